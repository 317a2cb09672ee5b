# 便民服务站程序：没有网络也能安装（Windows）。还没有在 Windows 上运行过。
# Installs the station's program without a network. NOT RUN YET on a Windows: written beside install.sh, step by step.
#
# Every file is compared with SHA256SUMS before anything is written. A version goes into a folder of its own, and the
# pointer current.txt is moved last: whatever cuts this short, the version from before goes on working.
param([string]$Prefix = (Join-Path $env:LOCALAPPDATA 'village-counter'), [string]$Python = '')
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
[Console]::OutputEncoding = [Text.Encoding]::UTF8
$kit = Split-Path -Parent $MyInvocation.MyCommand.Path
$parts = Join-Path $kit 'parts'
$bin = Join-Path $Prefix 'bin'
foreach ($name in 'PYTHONPATH', 'PYTHONHOME', 'PYTHONSTARTUP') { Remove-Item "Env:$name" -ErrorAction SilentlyContinue }

function Say([string]$Chinese, [string]$English) {
    Write-Host $Chinese
    Write-Host $English
}

function Refuse([string]$Chinese, [string]$English) {
    Say "未安装：$Chinese" "Not installed: $English"
    exit 1
}

function Read-Facts {
    $facts = @{}
    foreach ($line in [IO.File]::ReadAllLines((Join-Path $parts 'kit.txt'))) {
        $name, $value = $line -split '=', 2
        $facts[$name] = $value
    }
    return $facts
}

function Test-Whole([hashtable]$Facts) {
    Say '正在核对安装包……' 'Checking the kit...'
    $lines = @([IO.File]::ReadAllLines((Join-Path $kit 'SHA256SUMS')) | Where-Object { $_ })
    $bad = @()
    foreach ($line in $lines) {
        $hash, $name = $line -split '  ', 2
        $path = Join-Path $kit $name
        if (-not (Test-Path -LiteralPath $path -PathType Leaf)) { $bad += $name; continue }
        if ((Get-FileHash -LiteralPath $path -Algorithm SHA256).Hash -ne $hash) { $bad += $name }
    }
    if ($bad.Count) { Refuse "文件损坏或缺失，请重新拷贝：$bad" "damaged or missing, copy it again: $bad" }
    if ("$($lines.Count)" -ne $Facts['files']) {
        Refuse '核对清单 SHA256SUMS 损坏，请重新拷贝整个文件夹。' 'SHA256SUMS is damaged; copy the entire folder again.'
    }
}

function Test-Suits([string]$Program, [string]$Wanted) {
    $code = "import sys, struct, venv, zlib, ssl, ctypes; " +
        "sys.exit('%d.%d' % sys.version_info[:2] != '$Wanted' or struct.calcsize('P') != 8)"
    try { & $Program -I -c $code 2>$null | Out-Null; return $LASTEXITCODE -eq 0 } catch { return $false }
}

function Find-Python([string]$Wanted) {
    if ($Python) { $candidates = @($Python) } else { $candidates = @('python', 'python3') }
    if (Get-Command py -ErrorAction SilentlyContinue) {
        try { $listed = & py "-$Wanted" -c 'import sys; print(sys.executable)' 2>$null; if ($listed) { $candidates += $listed } } catch { }
    }
    foreach ($each in $candidates) {
        if (Test-Suits $each $Wanted) { return (Get-Command $each).Source }
    }
    Refuse "需要完整的 Python $Wanted（64 位），本机没有。请用自带 Python 的安装包。" `
        "a whole Python $Wanted is needed (64 bit); there is none here. Take a kit that carries Python."
}

if (-not (Test-Path (Join-Path $kit 'SHA256SUMS')) -or -not (Test-Path (Join-Path $parts 'kit.txt'))) {
    Refuse '安装包不完整，请重新拷贝整个文件夹。' 'the kit is not whole; copy the entire folder again.'
}
$facts = Read-Facts
Test-Whole $facts
if (-not [Environment]::Is64BitOperatingSystem -or $env:PROCESSOR_ARCHITECTURE -notin 'AMD64', 'IA64') {
    Refuse "这个安装包用于 $($facts['platform'])，本机不是。" "this kit is for $($facts['platform']), and this computer is not."
}
$target = Join-Path $Prefix "versions\$($facts['version'])-$($facts['build'])"
$program = Join-Path $target 'env\Scripts\python.exe'

# A version that is there whole is tried, not made again. Anything else of that name is what a cut left behind.
$there = $false
if (Test-Path (Join-Path $target 'complete')) {
    & $program -I -X utf8 (Join-Path $parts 'self_test.py') 2>$null | Out-Null
    $there = $LASTEXITCODE -eq 0
}
if ($there) {
    Say '这个版本已经装好，只再检查一遍。' 'This version is installed already; it is only checked again.'
} else {
    if (Test-Path $target) { Remove-Item -Recurse -Force -LiteralPath $target }
    $drive = New-Object IO.DriveInfo ([IO.Path]::GetPathRoot($Prefix))
    $free = [int]($drive.AvailableFreeSpace / 1MB)
    if ($free -lt [int]$facts['needs_mb']) {
        Refuse "磁盘空间不够：需要 $($facts['needs_mb']) MB，只剩 $free MB。" "not enough space: $($facts['needs_mb']) MB are needed, $free MB are free."
    }
    New-Item -ItemType Directory -Force -Path $target, $bin | Out-Null
    if ($facts['packed']) {
        Say '正在解开自带的 Python……' "Unpacking the kit's own Python..."
        Expand-Archive -LiteralPath (Join-Path $parts $facts['packed']) -DestinationPath (Join-Path $target 'python')
        $program = Join-Path $target 'python\python.exe'
        if (-not (Test-Suits $program $facts['python'])) {
            Remove-Item -Recurse -Force -LiteralPath $target
            Refuse '自带的 Python 在这台电脑上不能启动。' "the kit's own Python does not start on this computer."
        }
    } else {
        $program = Find-Python $facts['python']
    }
}
& $program -I -X utf8 (Join-Path $parts 'install.py') $kit $target $bin
$code = $LASTEXITCODE
if ($code -ne 0 -and -not (Test-Path (Join-Path $target 'complete'))) {
    Remove-Item -Recurse -Force -LiteralPath $target -ErrorAction SilentlyContinue
}
if ($code -eq 0) {
    $path = [Environment]::GetEnvironmentVariable('Path', 'User')
    if (-not $path) { $path = '' }
    if ($path -notlike "*$bin*") { [Environment]::SetEnvironmentVariable('Path', "$path;$bin".TrimStart(';'), 'User') }
}
exit $code

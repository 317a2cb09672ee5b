#!/bin/sh
# 便民服务站程序：没有网络也能安装。用法见 README.txt。
# Installs the station's program without a network: sh install.sh [--prefix DIR] [--bin DIR] [--python FILE] [--uninstall]
#
# Every file is compared with SHA256SUMS before anything is written. A version goes into a folder of its own, and the
# pointer `current` is moved last: whatever cuts this short, the version from before goes on working.
set -u
umask 022
unset PYTHONPATH PYTHONHOME PYTHONSTARTUP
export LC_ALL=C

kit=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P) || exit 1
parts=$kit/parts
prefix='' bin='' python='' uninstall='' begun=''

say() {
    printf '%s\n%s\n' "$1" "$2"
}

# Where a version was begun, what is there of it goes; the space is the clerk's.
refuse() {
    if [ -n "$begun" ]; then rm -rf -- "$begun"; fi
    say "未安装：$1" "Not installed: $2" >&2
    exit 1
}

usage() {
    say "用法：sh install.sh [--prefix 文件夹] [--bin 文件夹] [--python 程序] [--uninstall]" \
        "Usage: sh install.sh [--prefix DIR] [--bin DIR] [--python FILE] [--uninstall]" >&2
    exit 2
}

# One value of kit.txt.
of_kit() {
    sed -n "s/^$1=//p" "$parts/kit.txt" 2>/dev/null | head -n 1
}

absolute() {
    case $1 in
    /*) printf '%s' "$1" ;;
    *) printf '%s/%s' "$(pwd -P)" "$1" ;;
    esac
}

choose_places() {
    if [ "$(id -u)" = 0 ]; then
        prefix=${prefix:-/opt/village-counter} bin=${bin:-/usr/local/bin}
        return
    fi
    [ -n "${HOME:-}" ] || [ -n "$prefix$bin" ] || refuse "不知道个人文件夹在哪里，请加 --prefix 和 --bin。" \
        "HOME is not set; give --prefix and --bin."
    prefix=${prefix:-$HOME/.local/share/village-counter} bin=${bin:-$HOME/.local/bin}
}

remove_program() {
    if [ ! -d "$prefix/versions" ]; then
        say "这里没有安装过：$prefix" "Nothing is installed at $prefix"
        exit 0
    fi
    if grep -q village-counter "$bin/station" 2>/dev/null; then rm -f -- "$bin/station"; fi
    rm -rf -- "$prefix/current" "$prefix/versions" "$prefix/installing"
    rmdir -- "$prefix" 2>/dev/null
    say "程序已删除。办件数据没有动，仍在本站的数据文件夹里。" \
        "The program is removed. The work of the station was not touched: it stays in its home."
    exit 0
}

check_whole() {
    [ -f "$kit/SHA256SUMS" ] && [ -f "$parts/kit.txt" ] ||
        refuse "安装包不完整，请重新拷贝整个文件夹。" "the kit is not whole; copy the entire folder again."
    command -v sha256sum >/dev/null 2>&1 || refuse "系统没有 sha256sum，无法核对安装包。" \
        "there is no sha256sum on this system, so the kit cannot be checked."
    say "正在核对安装包……" "Checking the kit..."
    listed=$(grep -c . "$kit/SHA256SUMS")
    compared=$(cd -- "$kit" && sha256sum -c SHA256SUMS 2>/dev/null)
    bad=$(printf '%s\n' "$compared" | sed -n 's/: FAILED.*$//p')
    good=$(printf '%s\n' "$compared" | grep -c ': OK$')
    [ -z "$bad" ] || refuse "文件损坏或缺失，请重新拷贝：$(printf '%s ' $bad)" \
        "damaged or missing, copy it again: $(printf '%s ' $bad)"
    [ "$good" = "$listed" ] && [ "$good" = "$(of_kit files)" ] ||
        refuse "核对清单 SHA256SUMS 损坏，请重新拷贝整个文件夹。" "SHA256SUMS is damaged; copy the entire folder again."
}

check_platform() {
    platform=$(of_kit platform)
    machine=$(uname -m)
    case $machine in
    amd64) machine=x86_64 ;;
    arm64) machine=aarch64 ;;
    esac
    here=$(uname -s | tr '[:upper:]' '[:lower:]')-$machine
    [ "$here" = "$platform" ] ||
        refuse "这个安装包用于 $platform，本机是 $here。请换对应的安装包。" \
            "this kit is for $platform, and this computer is $here. Take the kit for it."
}

check_glibc() {
    needed=$(of_kit glibc)
    have=$(getconf GNU_LIBC_VERSION 2>/dev/null | sed -n 's/^glibc //p')
    [ -n "$have" ] || have=$(ldd --version 2>/dev/null | sed -n '1s/.* \([0-9][0-9]*\.[0-9][0-9]*\)$/\1/p')
    [ -n "$have" ] || refuse "系统没有 glibc（安装包需要 $needed 或更高）。" \
        "this system has no glibc; the kit needs $needed or newer."
    [ "${have%%.*}" -gt "${needed%%.*}" ] && return
    [ "${have%%.*}" -eq "${needed%%.*}" ] && [ "${have#*.}" -ge "${needed#*.}" ] && return
    refuse "系统太旧：glibc 是 $have，安装包需要 $needed 或更高。" \
        "the system is too old: its glibc is $have, and the kit needs $needed or newer."
}

check_space() {
    place=$prefix
    while [ ! -d "$place" ]; do place=$(dirname -- "$place"); done
    free=$(df -Pk -- "$place" | awk 'NR == 2 { print int($4 / 1024) }')
    [ "${free:-0}" -ge "$(of_kit needs_mb)" ] ||
        refuse "磁盘空间不够：需要 $(of_kit needs_mb) MB，只剩 ${free:-0} MB（$place）。" \
            "not enough space: $(of_kit needs_mb) MB are needed, ${free:-0} MB are free at $place."
}

check_writable() {
    for place in "$prefix/versions" "$bin"; do
        mkdir -p -- "$place" 2>/dev/null && [ -w "$place" ] ||
            refuse "不能写入 $place。请换文件夹（--prefix、--bin）或换账户。" \
                "$place cannot be written. Choose other folders (--prefix, --bin) or another account."
    done
}

# The right to install ends with its process; a number that was left by a power cut belongs to nobody or to a stranger.
be_alone() {
    other=$(cat "$prefix/installing" 2>/dev/null)
    if [ -n "$other" ] && [ "$other" != $$ ] && grep -q install "/proc/$other/cmdline" 2>/dev/null; then
        refuse "另一个安装正在进行（进程 $other），请等它结束。" "another installation is at work (process $other); wait for it."
    fi
    echo $$ >"$prefix/installing"
}

suits() {
    "$1" -I -c "import sys, struct, venv, zlib, ssl, ctypes
sys.exit('%d.%d' % sys.version_info[:2] != '$2' or struct.calcsize('P') != 8)" >/dev/null 2>&1
}

find_python() {
    wanted=$(of_kit python)
    seen=''
    for each in ${python:+"$python"} "python$wanted" python3 python; do
        command -v "$each" >/dev/null 2>&1 || continue
        if suits "$each" "$wanted"; then
            python=$(command -v "$each")
            return
        fi
        seen="$seen $each=$("$each" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)"
    done
    refuse "需要完整的 Python $wanted（64 位，含 venv），本机没有：${seen:- 无}。请用自带 Python 的安装包。" \
        "a whole Python $wanted is needed (64 bit, with venv); here there is:${seen:- none}. Take a kit that carries Python."
}

unpack_python() {
    python=$target/python/bin/python3
    say "正在解开自带的 Python……" "Unpacking the kit's own Python..."
    mkdir -p -- "$target/python" && gzip -dc "$parts/$packed" | tar -xf - -C "$target/python" ||
        refuse "解包失败：磁盘已满或 U 盘读不出。原来的版本没有动。" \
            "unpacking failed: the disk is full or the stick cannot be read. The version from before is untouched."
    suits "$python" "$(of_kit python)" || refuse "自带的 Python 在这台电脑上不能启动。" \
        "the kit's own Python does not start on this computer."
}

while [ $# -gt 0 ]; do
    case $1 in
    --prefix) [ $# -ge 2 ] || usage; prefix=$(absolute "$2"); shift 2 ;;
    --bin) [ $# -ge 2 ] || usage; bin=$(absolute "$2"); shift 2 ;;
    --python) [ $# -ge 2 ] || usage; python=$2; shift 2 ;;
    --uninstall) uninstall=yes; shift ;;
    *) usage ;;
    esac
done

choose_places
[ -z "$uninstall" ] || remove_program
check_whole
check_platform
check_glibc
target=$prefix/versions/$(of_kit version)-$(of_kit build)
packed=$(of_kit packed)
check_writable
be_alone

# A version that is there whole is tried, not made again. Anything else of that name is what a cut left behind.
if [ -f "$target/complete" ] && "$target/env/bin/python" -I -X utf8 "$parts/self_test.py" >/dev/null 2>&1; then
    say "这个版本已经装好，只再检查一遍。" "This version is installed already; it is only checked again."
    python=$target/env/bin/python
else
    rm -rf -- "$target"
    check_space
    begun=$target
    if [ -n "$packed" ]; then unpack_python; else find_python; fi
fi
"$python" -I -X utf8 "$parts/install.py" "$kit" "$target" "$bin"
code=$?
if [ "$code" != 0 ] && [ -n "$begun" ] && [ ! -f "$begun/complete" ]; then rm -rf -- "$begun"; fi
rm -f -- "$prefix/installing"
exit "$code"

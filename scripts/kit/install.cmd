@echo off
rem Installs the station without a network: starts install.ps1, whatever this computer's policy for scripts is.
powershell -NoProfile -ExecutionPolicy Bypass -File "%~dp0install.ps1" %*
set CODE=%ERRORLEVEL%
pause
exit /b %CODE%

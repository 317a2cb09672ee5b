"""The kit's installer: it looks before it touches anything, and what cuts it short leaves the old version working."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit_ground import PYTHON, Computer, Kit, retold, small_kit

import kit_install  # isort: skip  (tests.kit_ground tells where it is)


@pytest.fixture(scope="module")
def kits(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Kit]:
    folder = tmp_path_factory.mktemp("kits")
    return {version: small_kit(folder / version, version) for version in ("0.1.0", "0.2.0")}


@pytest.fixture
def kit(kits: dict[str, Kit], tmp_path: Path) -> Kit:
    """A kit that a test may spoil."""
    folder = shutil.copytree(kits["0.1.0"].folder, tmp_path / "stick")
    return kits["0.1.0"]._replace(folder=folder)


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return Computer(tmp_path / "computer")


def refused(computer: Computer, kit: Kit, *arguments: str) -> str:
    """The English sentence of a refusal that wrote nothing."""
    done = computer.install(kit, *arguments)
    assert done.returncode == 1
    chinese, english = done.stderr.splitlines()
    assert chinese.startswith("未安装：")
    assert list(computer.home.iterdir()) == []
    return english.removeprefix("Not installed: ")


def running(computer: Computer, kit: Kit, pipe: Path) -> subprocess.Popen[bytes]:
    """An installation that has come to its self-test, and waits there."""
    os.mkfifo(pipe)
    process = subprocess.Popen(
        computer.command(kit),
        env=computer.environment(TINY_WAITS=str(pipe)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    pipe.read_text()
    return process


def test_the_installer_is_a_script_of_plain_sh(kits: dict[str, Kit]) -> None:
    subprocess.run(["sh", "-n", str(kits["0.1.0"].folder / "install.sh")], check=True)


def test_installed_run_again_killed_in_an_update_updated_and_removed(
    kits: dict[str, Kit], computer: Computer, tmp_path: Path
) -> None:
    done = computer.install(kits["0.1.0"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "station init" in done.stdout
    (computer.home / "screens").mkdir()  # a folder of that name where the clerk stands is not the program
    version, utf8, safe, file, here, arguments = json.loads(computer.says("a", "b c"))
    assert (version, utf8, safe, here, arguments) == ("0.1.0", 1, True, str(computer.home), ["a", "b c"])
    assert "/versions/0.1.0-" in file  # the version itself, not the pointer: a running station keeps its files
    compiled = list(Path(file).parent.glob("__pycache__/command_line.*.pyc"))
    assert compiled[0].read_bytes()[4] == 0b01  # by hash, unchecked

    before = sorted(computer.prefix.rglob("*"))
    done = computer.install(kits["0.1.0"])
    assert done.returncode == 0
    assert "installed already" in done.stdout
    assert sorted(computer.prefix.rglob("*")) == before

    process = running(computer, kits["0.2.0"], tmp_path / "pipe")
    busy = computer.install(kits["0.2.0"])
    assert busy.returncode == 1
    assert f"process {process.pid}" in busy.stderr
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert json.loads(computer.says("x"))[0] == "0.1.0"
    assert len(list((computer.prefix / "versions").iterdir())) == 2
    for half in (computer.prefix / "versions").glob("0.2.0-*/env/lib/*/site-packages/screens/command_line.py"):
        half.write_text("half a fi")
        shutil.rmtree(half.parent / "__pycache__")

    done = computer.install(kits["0.2.0"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(computer.says("x"))[0] == "0.2.0"

    work = computer.prefix / "station" / "station.db"
    work.parent.mkdir()
    work.write_text("work")
    assert computer.install(kits["0.2.0"], "--uninstall").returncode == 0
    assert list(computer.prefix.iterdir()) == [work.parent]
    assert not computer.station.exists()


def test_a_version_that_fails_its_self_test_is_not_put_in_force(kit: Kit, computer: Computer) -> None:
    done = computer.install(kit, TINY_FAILS="1")
    assert done.returncode == 1
    assert "the tiny self-test fails" in done.stdout
    assert "The version from before is untouched" in done.stderr
    assert kit_install.pointed(computer.prefix) == ""
    assert list((computer.prefix / "versions").iterdir()) == []
    assert not computer.station.exists()


def test_the_pointer_is_moved_last(kits: dict[str, Kit], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    target, programs = tmp_path / "p" / "versions" / "1", tmp_path / "bin"

    def make(_parts: Path, made: Path) -> None:
        made.mkdir(parents=True)
        steps.append("made")

    def point(_prefix: Path, version: str) -> None:
        steps.append(f"pointed to {version}, whole: {(target / 'complete').exists()}, {programs / 'station'} there")
        assert (programs / "station").exists()

    monkeypatch.setattr(kit_install, "_make", make)
    monkeypatch.setattr(kit_install, "point", point)
    monkeypatch.setattr(kit_install, "_run", lambda command: steps.append(Path(command[-1]).name))
    kit_install.install(kits["0.1.0"].folder, target, programs)
    assert steps == ["made", "self_test.py", f"pointed to 1, whole: True, {programs / 'station'} there", "--help"]


def test_a_launcher_that_fails_gives_the_old_version_back(
    kits: dict[str, Kit], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, programs = tmp_path / "p" / "versions" / "2", tmp_path / "bin"
    for version in ("1", "2"):
        (target.parent / version).mkdir(parents=True)
        (target.parent / version / "complete").touch()
    kit_install.point(tmp_path / "p", "1")

    def fail(_command: list[str]) -> None:
        assert kit_install.pointed(tmp_path / "p") == "2"
        raise kit_install.InstallTrouble("坏", "bad")

    monkeypatch.setattr(kit_install, "_run", fail)
    with pytest.raises(kit_install.InstallTrouble):
        kit_install.install(kits["0.1.0"].folder, target, programs)
    assert kit_install.pointed(tmp_path / "p") == "1"


def test_a_damaged_file_is_named(kit: Kit, computer: Computer) -> None:
    wheel = next((kit.folder / "parts" / "wheels").glob("tiny-*.whl"))
    wheel.write_bytes(wheel.read_bytes()[:-1] + b"!")
    (kit.folder / "parts" / "requirements.txt").unlink()
    said = refused(computer, kit)
    assert said.startswith("damaged or missing")
    assert f"parts/wheels/{wheel.name}" in said
    assert "parts/requirements.txt" in said


@pytest.mark.parametrize("spoil", ["half", "empty", "gone", "line"])
def test_a_damaged_list_of_hashes_hides_nothing(kit: Kit, computer: Computer, spoil: str) -> None:
    sums = kit.folder / "SHA256SUMS"
    text = sums.read_text()
    if spoil == "gone":
        sums.unlink()
    else:
        sums.write_text({"half": text[: len(text) // 2], "empty": "", "line": text.partition("\n")[2]}[spoil])
    said = refused(computer, kit)
    assert "copy the entire folder again" in said or (spoil == "half" and "copy it again" in said)


@pytest.mark.parametrize(
    ("name", "script", "reason"),
    [
        ("uname", '[ "$1" = -m ] && echo loongarch64 || echo Linux', "this computer is linux-loongarch64"),
        ("uname", '[ "$1" = -m ] && echo x86_64 || echo Darwin', "this computer is darwin-x86_64"),
        ("getconf", "echo glibc 2.16", "its glibc is 2.16, and the kit needs 2.17"),
        ("df", "echo head; echo disk 9 9 2048 9% /", "are needed, 2 MB are free"),
        ("sha256sum", "exit 127", "SHA256SUMS is damaged"),
    ],
)
def test_a_computer_that_does_not_fit_is_told_why(
    kit: Kit, computer: Computer, name: str, script: str, reason: str
) -> None:
    retold(kit, glibc="2.17")
    computer.has(name, script)
    done = computer.install(kit)
    assert done.returncode == 1
    assert reason in done.stderr
    assert list(computer.home.rglob("versions/*")) == []


def test_without_the_right_python_it_says_which_are_there(kit: Kit, computer: Computer) -> None:
    for name in (f"python{PYTHON}", "python3", "python"):
        computer.has(name, '[ "$1" = -c ] && echo 3.8; exit 1')
    done = computer.install(kit, "--python", str(computer.programs / "python3"))
    assert done.returncode == 1
    assert f"a whole Python {PYTHON} is needed" in done.stderr
    assert "python3=3.8" in done.stderr
    retold(kit, python="3.99")
    done = computer.install(kit)
    assert done.returncode == 1
    assert f"a whole Python 3.99 is needed (64 bit, with venv); here there is: {sys.executable}={PYTHON}" in done.stderr
    assert list(computer.home.rglob("versions/*")) == []


def test_a_program_of_somebody_else_is_not_written_over(kits: dict[str, Kit], computer: Computer) -> None:
    computer.station.parent.mkdir(parents=True)
    computer.station.write_text("#!/bin/sh\necho trains\n")
    done = computer.install(kits["0.1.0"])
    assert done.returncode == 1
    assert "is another program" in done.stderr
    assert "trains" in computer.station.read_text()
    assert list(computer.home.rglob("versions/*")) == []


def test_a_place_that_cannot_be_written_is_named(kit: Kit, computer: Computer) -> None:
    (computer.home / "file").touch()
    done = computer.install(kit, "--prefix", "file/here")
    assert done.returncode == 1
    assert f"{computer.home}/file/here/versions cannot be written" in done.stderr


def test_wrong_usage_is_told(kit: Kit, computer: Computer) -> None:
    assert computer.install(kit, "--what").returncode == 2
    assert computer.install(kit, "--prefix").returncode == 2

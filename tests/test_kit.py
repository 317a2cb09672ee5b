"""The offline kit as it is made: what of the lock goes in, each against its hash, and nothing said that is not so."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import struct
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from screens.words import LANGUAGES, Words
from tests.kit_ground import PYTHON, ROOT, Kit, as_made, lock, small_kit, wheel

import kit_archive  # isort: skip  (tests.kit_ground tells where they are)
import kit_elf  # isort: skip
import kit_making  # isort: skip
import kit_python  # isort: skip
import kit_self_test  # isort: skip
import kit_sheet  # isort: skip
import kit_wheel_of_ours  # isort: skip
import kit_wheels  # isort: skip
from kit_sheet import Enrolment  # isort: skip
from kit_wheels import TARGETS, KitTrouble, Wanted  # isort: skip

LINUX, ARM, WINDOWS = TARGETS["linux-x86_64"], TARGETS["linux-aarch64"], TARGETS["windows-amd64"]
LOCK = (ROOT / "locks" / "station.txt").read_text(encoding="utf-8")
CODE = "7K2M-0QRS-9ABC-XYZ4"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    return as_made(tmp_path_factory.mktemp("kit"), enrolment=told())


def told() -> Enrolment:
    ca = subprocess.run(
        [sys.executable, "-c", "import certifi, sys; sys.stdout.write(open(certifi.where()).read())"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    begin = ca.index("-----BEGIN")
    pem = ca[begin : ca.index("-----END CERTIFICATE-----", begin) + len("-----END CERTIFICATE-----")] + "\n"
    return Enrolment(
        station="军营村便民服务站", division="350200001001", hub="https://hub.example.cn:8443", code=CODE, ca=pem
    )


def names(target: kit_wheels.Target, python: str) -> set[str]:
    return {package.name for package in kit_wheels.wanted(LOCK, target, python)}


def pinned(path: Path) -> Wanted:
    name, version = path.name.split("-")[:2]
    return Wanted(name, version, frozenset({kit_wheels.sha256(path)}))


def test_markers_are_read_for_the_target_and_not_for_this_computer() -> None:
    assert names(LINUX, "3.11") == names(ARM, "3.11")
    assert {"secretstorage", "jeepney"} <= names(LINUX, "3.11")
    assert names(WINDOWS, "3.11") & {"secretstorage", "jeepney", "pywin32-ctypes"} == {"pywin32-ctypes"}
    assert names(LINUX, "3.11") - names(LINUX, "3.12") >= {"backports-tarfile", "zipp"}
    assert len(names(WINDOWS, "3.12")) > 30


def test_every_package_of_the_lock_has_its_hashes() -> None:
    assert all(package.hashes for package in kit_wheels.wanted(LOCK, LINUX, "3.11"))
    with pytest.raises(KitTrouble, match="no pin with hashes"):
        kit_wheels.wanted(LOCK + "stranger==1.0\n", LINUX, "3.11")


def test_tags_end_at_the_glibc_of_the_oldest_target() -> None:
    tags = kit_wheels.tags(LINUX, "2.28")
    assert {"manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux1_x86_64"} <= set(tags)
    assert "manylinux_2_29_x86_64" not in tags
    assert "manylinux2014_aarch64" not in kit_wheels.tags(ARM, "2.16")
    assert kit_wheels.tags(WINDOWS, "2.28") == ["win_amd64"]


@pytest.mark.parametrize(
    ("tags", "glibc"),
    [
        (["none-any"], "2.5"),
        (["abi3-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64"], "2.17"),
        (["abi3-manylinux_2_34_x86_64", "none-any", "cp311-manylinux1_x86_64"], "2.34"),
        (["abi3-win_amd64"], "2.5"),
    ],
)
def test_the_glibc_of_a_kit_is_that_of_its_most_demanding_wheel(tags: list[str], glibc: str) -> None:
    assert kit_wheels.glibc_of([Path(f"p{place}-1.0-cp311-{tag}.whl") for place, tag in enumerate(tags)]) == glibc


def test_a_wheel_that_is_not_as_locked_is_found(tmp_path: Path) -> None:
    one, two = (wheel(tmp_path / "w", name, "1.0", {f"{name}.py": ""}) for name in ("one", "two"))
    both = [pinned(one), pinned(two)]
    assert set(kit_wheels.checked(tmp_path / "w", both)) == {"one", "two"}
    with pytest.raises(KitTrouble, match="nobody asked for: two"):
        kit_wheels.checked(tmp_path / "w", both[:1])
    with pytest.raises(KitTrouble, match=r"one-1.0-py3-none-any.whl is not version 1.1"):
        kit_wheels.checked(tmp_path / "w", [both[0]._replace(version="1.1"), both[1]])
    one.write_bytes(one.read_bytes() + b"!")
    with pytest.raises(KitTrouble, match=r"one-1.0-py3-none-any.whl is not what the lock has"):
        kit_wheels.checked(tmp_path / "w", both)
    one.unlink()
    with pytest.raises(KitTrouble, match="no wheel of one"):
        kit_wheels.checked(tmp_path / "w", both)


def test_pip_brings_what_is_locked_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    native = wheel(tmp_path / "index", "native", "1.0", {"native.py": ""}, "cp312-cp312-win_amd64")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    kit_wheels.fetch([pinned(native)], WINDOWS, "3.12", "2.28", tmp_path / "wheels")
    assert [path.name for path in (tmp_path / "wheels").iterdir()] == [native.name]
    locked = kit_wheels.wanted(lock(tmp_path, native).read_text(), WINDOWS, "3.12")
    native.write_bytes(native.read_bytes() + b"!")
    with pytest.raises(KitTrouble, match="DO NOT MATCH THE HASHES"):
        kit_wheels.fetch(locked, WINDOWS, "3.12", "2.28", tmp_path / "again")


def test_the_list_of_hashes_names_every_file_of_the_kit(made: Kit) -> None:
    lines = (made.folder / "SHA256SUMS").read_text().splitlines()
    listed = {name: digest for digest, name in (line.split("  ") for line in lines)}
    files = [path for path in made.folder.rglob("*") if path.is_file() and path.name != "SHA256SUMS"]
    assert listed == {
        path.relative_to(made.folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }
    assert len(lines) == int(made.facts["files"])
    assert {"README.txt", "install.sh", "ca.crt", "enrolment-sheet.txt", "enrolment-sheet.pdf"} <= set(listed)
    assert {"catalogue/catalogue.json", "parts/requirements.txt", "parts/install.py", "parts/kit.txt"} <= set(listed)
    assert sum(name.startswith("parts/pip-") for name in listed) == 1


def test_the_requirements_pin_each_wheel_by_the_hash_that_lies_there(made: Kit) -> None:
    lines = (made.folder / "parts" / "requirements.txt").read_text().splitlines()
    wheels = {path.name.split("-")[0]: path for path in (made.folder / "parts" / "wheels").iterdir()}
    assert [line.split("==")[0] for line in lines] == ["tiny", "village-counter"]
    assert lines[0].endswith(f"--hash=sha256:{kit_wheels.sha256(wheels['tiny'])}")


def test_what_holds_the_code_is_for_its_owner_only(made: Kit) -> None:
    secret = [
        path for path in (*made.folder.rglob("*"), made.archive) if path.is_file() and not path.stat().st_mode & 0o077
    ]
    assert {path.name for path in secret} == {"enrolment-sheet.txt", "enrolment-sheet.pdf", made.archive.name}
    with tarfile.open(made.archive) as archive:
        modes = {Path(entry.name).name: entry.mode for entry in archive if entry.isfile()}
    assert modes["enrolment-sheet.txt"] == kit_sheet.SECRET
    assert modes["install.sh"] == 0o644
    told_apart = [path for path in made.folder.rglob("*") if path.is_file() and CODE.encode() in path.read_bytes()]
    assert [path.name for path in told_apart] == ["enrolment-sheet.txt"]  # in the PDF it is compressed


def test_the_same_content_makes_the_same_archive(tmp_path: Path) -> None:
    made = [small_kit(tmp_path / name) for name in ("a", "b")]
    assert made[0].archive.read_bytes() == made[1].archive.read_bytes()
    assert made[0].archive.read_bytes()[4:8] == bytes(4)  # gzip's own date


def test_a_kit_is_never_written_over_and_half_a_kit_is_never_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_kit(tmp_path / "a")
    with pytest.raises(KitTrouble, match="there already"):
        small_kit(tmp_path / "a")

    def fail(*_arguments: object, **_named: object) -> None:
        raise KitTrouble("no sheet")

    monkeypatch.setattr(kit_sheet, "write_sheet", fail)
    with pytest.raises(KitTrouble, match="no sheet"):
        small_kit(tmp_path / "b")
    assert [path.name for path in (tmp_path / "b").iterdir() if path.name.startswith(("village", "."))] == []


def test_a_kit_for_windows_is_written_for_windows_and_says_that_it_was_not_run(tmp_path: Path) -> None:
    made = small_kit(tmp_path, target=WINDOWS)
    assert made.archive.suffix == ".zip"
    script, readme = ((made.folder / name).read_bytes() for name in ("install.ps1", "README.txt"))
    assert script.startswith(b"\xef\xbb\xbf")  # PowerShell 5 takes a script without it for the local code page
    assert (made.folder / "install.cmd").read_bytes().startswith(b"@echo off\r\n")
    assert script.count(b"\n") == script.count(b"\r\n") > 50
    assert "还没有在 Windows 上运行过".encode() in readme
    assert b"NOT RUN YET" in readme
    assert not (made.folder / "install.sh").exists()
    with zipfile.ZipFile(made.archive) as archive:
        assert f"{made.folder.name}/parts/kit.txt" in archive.namelist()


@pytest.mark.parametrize("target", [LINUX, WINDOWS], ids=["linux", "windows"])
def test_the_readme_has_no_blank_left_and_begins_in_chinese(tmp_path: Path, target: kit_wheels.Target) -> None:
    text = (small_kit(tmp_path, target=target).folder / "README.txt").read_text(encoding="utf-8-sig")
    assert text.startswith("便民服务站程序 0.1.0：离线安装包")
    assert "{" not in text
    assert f"本机须有 Python {PYTHON}" in text
    assert len(text.splitlines()) < 50


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_sheet_tells_what_to_type(lang: str) -> None:
    paper = kit_sheet.sheet(told(), LINUX, "0.1.0", Words.of(lang))
    text = kit_sheet.text(paper)
    assert "station init --division 350200001001 --name 军营村便民服务站\n" in text
    assert f"station enrol https://hub.example.cn:8443 {CODE} --ca ca.crt\n" in text
    assert kit_sheet.fingerprint(told().ca)[:39] in text
    assert kit_sheet.pdf(paper).startswith(b"%PDF-")


def test_a_sheet_alone_for_one_more_station(tmp_path: Path) -> None:
    request = kit_making.Request(target=LINUX, out=tmp_path / "s", glibc="2.28", enrolment=told())
    kit_making.sheet_alone(request)
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "s").iterdir()} == {
        "enrolment-sheet.txt": kit_sheet.SECRET,
        "enrolment-sheet.pdf": kit_sheet.SECRET,
    }
    with pytest.raises(KitTrouble, match="there already"):
        kit_making.sheet_alone(request)


def test_what_is_not_given_is_a_blank_for_the_pen() -> None:
    text = kit_sheet.text(kit_sheet.sheet(Enrolment(), WINDOWS, "0.1.0", Words.of("zh-Hans")))
    assert "登记码                   ____________________" in text
    assert "用笔填写" in text
    assert "install.cmd" in text


def test_a_name_with_a_blank_is_quoted_as_the_system_wants_it() -> None:
    one = Enrolment(station="军营村 便民站")
    assert "--name '军营村 便民站'" in kit_sheet.text(kit_sheet.sheet(one, LINUX, "1", Words.of("en")))
    assert '--name "军营村 便民站"' in kit_sheet.text(kit_sheet.sheet(one, WINDOWS, "1", Words.of("en")))


def test_the_fingerprint_is_the_same_on_paper_and_in_the_installer(made: Kit) -> None:
    import kit_install  # noqa: PLC0415

    assert kit_install.fingerprint(made.folder / "ca.crt") == kit_sheet.fingerprint(told().ca)
    assert len(kit_sheet.fingerprint(told().ca).replace(" ", "")) == 64


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (Enrolment(code="7K2M"), "no enrolment code"),
        (Enrolment(division="35"), "digits: 35"),
        (Enrolment(hub="http://hub"), "begins with https"),
        (Enrolment(ca="nothing"), "no certificate"),
    ],
)
def test_what_the_hub_would_turn_down_is_not_printed(wrong: Enrolment, said: str) -> None:
    with pytest.raises(KitTrouble, match=said):
        wrong.check()


def test_the_catalogue_can_be_read_and_says_that_it_is_the_demo() -> None:
    data = (ROOT / "station" / "demo" / "catalog_seed.json").read_bytes()
    text = kit_sheet.catalogue_text(data, Words.of("zh-Hans"))
    assert "演示目录，不能用来办事" in text
    assert "城乡居民基本医疗保险参保登记" in text
    with pytest.raises(KitTrouble, match="no JSON of the form"):
        kit_sheet.catalogue_text(b"[]", Words.of("en"))


@pytest.mark.slow
def test_two_builds_of_our_wheel_are_the_same_and_hold_what_a_station_reads(tmp_path: Path) -> None:
    built, lacking = kit_wheel_of_ours.build(ROOT, tmp_path / "wheels", kit_wheel_of_ours.EPOCH)
    with zipfile.ZipFile(built) as opened:
        inside = set(opened.namelist())
    assert {"screens/words/zh-Hans/errors.toml", "station/migrations/env.py", "sync/runner.py"} <= inside
    assert [name for name in inside if name.startswith(("tests/", "scripts/", "docs/"))] == []
    print("not in the wheel:", lacking)


def test_a_file_that_the_wheel_lacks_is_named(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for name in ("station/__init__.py", "station/data.jsonl", "station/__pycache__/x.pyc"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).touch()
    built = wheel(tmp_path / "w", "ours", "1.0", {"station/__init__.py": ""})
    assert kit_wheel_of_ours._missing(tree, built) == ["station/data.jsonl"]


def test_a_program_looks_beside_itself_and_its_libraries_nowhere() -> None:
    program = elf("/opt/some/python/lib")
    assert (kit_elf.run_path(program), kit_elf.needed(program)) == ("/opt/some/python/lib", ["libone.so.1"])
    moved = kit_elf.with_run_path(program, "$ORIGIN/../lib")
    assert kit_elf.run_path(moved) == "$ORIGIN/../lib"
    assert b"/opt/some" not in moved
    assert len(moved) == len(program)
    assert struct.pack("<QQ", 15, 13) in moved  # DT_RPATH: for libraries of libraries too
    bare = kit_elf.without_run_path(program)
    assert (kit_elf.run_path(bare), kit_elf.needed(bare), len(bare)) == (None, ["libone.so.1"], len(program))
    with pytest.raises(KitTrouble, match="cannot be moved"):
        kit_elf.with_run_path(elf("/opt/py"), "$ORIGIN/../lib")
    assert kit_elf.newest_glibc(b"\0GLIBC_2.4\0GLIBC_2.35\0GLIBC_PRIVATE\0GLIBC_2.2.5\0") == (2, 35)
    assert kit_elf.machine(program) == "x86_64"


def elf(path: str) -> bytes:
    """The least that the loader calls a program: headers, a dynamic table, its names."""
    strings = b"\0libone.so.1\0" + path.encode() + b"\0"
    table = b"".join(struct.pack("<QQ", *each) for each in ((1, 1), (29, 13), (5, 0x1000 + 0x200), (0, 0)))
    header = struct.pack("<16sHHIQQQIHHHHHH", kit_elf.MAGIC, 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, 0x1000, 0x1000, 0x300, 0x300, 0x1000)
    dynamic = struct.pack("<IIQQQQQQ", 2, 6, 0x100, 0x1100, 0x1100, len(table), len(table), 8)
    return ((header + load + dynamic).ljust(0x100, b"\0") + table).ljust(0x200, b"\0") + strings.ljust(0x100, b"\0")


def test_the_systems_own_python_and_half_a_python_are_not_packed(tmp_path: Path) -> None:
    with pytest.raises(KitTrouble, match="the system's own Python"):
        kit_python.pack(Path("/usr"), LINUX, tmp_path, 0)
    with pytest.raises(KitTrouble, match="no whole Python below"):
        kit_python.pack(tmp_path, LINUX, tmp_path, 0)
    with pytest.raises(KitTrouble, match="no whole Python for Windows"):
        kit_python.pack(tmp_path, WINDOWS, tmp_path, 0)


def test_what_a_station_never_starts_stays_behind() -> None:
    names = ["os.py", "test", "idlelib", "tkinter", "__pycache__", "config-3.11-x86_64-linux-gnu", "ssl.py", "x.a"]
    assert set(names) - set(kit_python._left_out("lib/python3.11", names)) == {"os.py", "ssl.py"}
    modules = ["_ssl.cpython-311.so", "_tkinter.cpython-311.so", "_testcapi.cpython-311.so", "_sqlite3.cpython-311.so"]
    assert kit_python._left_out("lib-dynload", modules) == modules[1:3]
    for name in ("libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "linux-vdso.so.1", "libpthread.so.0"):
        assert kit_python.SYSTEM.fullmatch(name)
    assert not any(map(kit_python.SYSTEM.fullmatch, ("libcrypt.so.1", "libcrypto.so.3", "libz.so.1", "libuuid.so.1")))


def test_an_archive_keeps_links_and_rights_and_forgets_whose_it_was(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "bin").mkdir(parents=True)
    (tree / "bin" / "one").write_text("1")
    (tree / "bin" / "one").chmod(0o775)
    (tree / "bin" / "two").symlink_to("one")
    os.utime(tree / "bin" / "one", (1, 1))
    file = kit_archive.tar(tree, tmp_path / "a.tar.gz", 315_619_200, inside="")
    with tarfile.open(file) as archive:
        entries = {entry.name: entry for entry in archive}
    assert (entries["bin/one"].mode, entries["bin/one"].mtime, entries["bin/one"].uid) == (0o755, 315_619_200, 0)
    assert entries["bin/two"].issym()
    shutil.rmtree(tree)
    subprocess.run(["tar", "-xzf", str(file), "-C", str(tmp_path)], check=True)
    assert stat.S_IMODE((tmp_path / "bin" / "one").stat().st_mode) & 0o100


def test_the_self_test_passes_here_and_lets_nothing_out() -> None:
    script = Path(kit_self_test.__file__)
    subprocess.run([sys.executable, "-X", "utf8", str(script)], check=True, cwd=ROOT)
    reach = "import kit_self_test, socket, sys; sys.addaudithook(kit_self_test._no_network); "
    reach += "socket.socket().connect(('127.0.0.1', 9))"
    done = subprocess.run([sys.executable, "-c", reach], cwd=script.parent, capture_output=True, text=True, check=False)
    assert "reached for the network: socket.connect" in done.stderr

"""Printing at the counter: what comes out, what marks a reprint, every trouble as a sentence; the desk goes on."""

from __future__ import annotations

import fcntl
import os
import select
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from escpos_reader import read
from fake_printers import FakePrinter, answering, reset_at_once, silent, unplugged_after_one
from loop_city import BASE_KEY, Station
from sqlcipher3 import dbapi2

from screens.papers import printer_setting, printers
from screens.papers.facts import PaperSettings
from screens.papers.printer_setting import PrinterSetting, Typed
from screens.print_jobs import PrintJobs, Report
from screens.words import LANGUAGES, Words
from station import database as station_database
from station import settings
from station.database import Database
from station.errors import BadInput, Refused, StationError

pytest_plugins = ["loop_fixtures"]

ZH = Words.of("zh-Hans")
SOON_S = 15.0
REPLACED = "INSERT OR REPLACE INTO printed (seq, case_id, doc, at, clerk, format, whole) VALUES (1,1,1,1,1,1,1)"


@pytest.fixture
def jobs(village: Station) -> Iterator[PrintJobs]:
    made = PrintJobs(village.database, lambda: village.clerk("林小梅"))
    yield made
    made.end()


@pytest.fixture
def case(village: Station) -> Any:
    return village.take(materials=[])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "papers"
    made.mkdir()
    return made


def choose(village: Station, target: str, **more: Any) -> None:
    with village.database.changing() as rows:
        settings.keep(rows, printer_setting.KEY, PrinterSetting(target=target, **more))


def printed(jobs: PrintJobs, case: Any, doc: str = "receipt", words: Words = ZH) -> Report:
    return jobs.print(doc, case.case, case.number, words).result(SOON_S)


def rows_of(village: Station) -> list[tuple[Any, ...]]:
    with village.database.reading() as reader:
        return list(reader.execute("SELECT doc, clerk, format, whole FROM printed ORDER BY seq").fetchall())


# What comes out


def test_a_printer_that_answers_has_printed_and_a_silent_one_was_sent_to(
    village: Station, jobs: PrintJobs, case: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printers, "ANSWER_S", 0.1)
    for behave, expected in ((answering, "printed"), (silent, "sent")):
        printer = FakePrinter(behave)
        choose(village, printer.target, paper="80")
        report = printed(jobs, case)
        assert (report.ending, report.number, report.noted) == (expected, case.number, True)
        out = read(printer.end().replace(printers.ASK, b""))
        assert [line.barcode for line in out.lines if line.barcode] == [case.number] * 2
    assert rows_of(village) == [("receipt", "林小梅", "escpos", 1)] * 2


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_reprint_says_so_on_each_part_and_counts(village: Station, jobs: PrintJobs, case: Any, lang: str) -> None:
    words = Words.of(lang)
    printer = FakePrinter(silent, jobs=3)
    choose(village, printer.target)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(printers, "ANSWER_S", 0.05)
        assert [printed(jobs, case, words=words).times for _ in range(3)] == [0, 1, 2]
    printer.end()
    mark = words.say("reprint.mark", times=2, day="", time="").split()[0]
    told = [
        sum(line.text.startswith(mark) for line in read(job.replace(printers.ASK, b"")).lines) for job in printer.jobs
    ]
    assert told == [0, 2, 2]


def test_copies_are_one_paper(village: Station, jobs: PrintJobs, case: Any) -> None:
    printer = FakePrinter(answering)
    choose(village, printer.target, copies=3)
    assert printed(jobs, case).ending == "printed"
    assert len(read(printer.end().replace(printers.ASK, b"")).cuts) == 6
    assert len(rows_of(village)) == 1


def test_files_go_into_a_folder_and_a_reprint_replaces_none(
    village: Station, jobs: PrintJobs, case: Any, folder: Path
) -> None:
    for paper in ("80", "a5"):
        choose(village, f"{folder}/", paper=paper, copies=3)
        assert printed(jobs, case).ending == "kept"
    names = [f"{case.number}-receipt-2.pdf", f"{case.number}-receipt.txt"]
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == names
    assert all((folder / name).stat().st_mode & 0o077 == 0 for name in names)
    assert (folder / names[0]).read_bytes().count(b"%PDF-") == 1
    assert "补打" not in (folder / names[1]).read_text("utf-8")


LP = """#!/bin/sh
echo "$@" > {folder}/words
cat > {folder}/job
exit {code}
"""


@pytest.mark.parametrize(("code", "ending"), [(0, "queued"), (1, "failed")])
def test_the_systems_printing_gets_pages(
    village: Station,
    jobs: PrintJobs,
    case: Any,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    ending: str,
) -> None:
    lp = folder / "bin" / "lp"
    lp.parent.mkdir()
    lp.write_text(LP.format(folder=folder, code=code))
    lp.chmod(0o755)
    monkeypatch.setenv("PATH", f"{lp.parent}:{os.environ['PATH']}")
    choose(village, "cups:HP_A4", paper="a5")
    report = printed(jobs, case)
    assert report.ending == ending
    assert (folder / "words").read_text().split() == ["-d", "HP_A4", "-o", "media=A5"]
    assert (folder / "job").read_bytes().startswith(b"%PDF-")
    assert len(rows_of(village)) == (code == 0)


def test_what_was_not_chosen_is_not_printed(village: Station, jobs: PrintJobs, case: Any, folder: Path) -> None:
    def taken(doc: str) -> str:
        return jobs.print_taken(doc, case.case, case.number, ZH).result(SOON_S).ending

    assert taken("receipt") == "none"
    choose(village, f"{folder}/", paper="80", automatic=False, notice=True)
    assert (taken("receipt"), taken("notice")) == ("by_hand", "by_hand")
    choose(village, f"{folder}/", paper="80")
    assert (taken("receipt"), taken("notice")) == ("kept", "by_hand")
    choose(village, f"{folder}/", paper="80", notice=True)
    assert taken("notice") == "kept"


def test_a_paper_that_is_being_printed_is_not_begun_twice(village: Station, jobs: PrintJobs, case: Any) -> None:
    hold = threading.Event()
    printer = FakePrinter(lambda way: bytes(hold.wait(SOON_S)))
    choose(village, printer.target)
    future = jobs.print("receipt", case.case, case.number, ZH)
    with pytest.raises(Refused, match="printing_already"):
        jobs.print("receipt", case.case, case.number, ZH)
    hold.set()
    future.result(SOON_S)
    printer.end()


@pytest.mark.parametrize("sql", ["UPDATE printed SET whole = 0", "DELETE FROM printed", REPLACED])
def test_what_left_is_never_changed(village: Station, jobs: PrintJobs, case: Any, folder: Path, sql: str) -> None:
    choose(village, f"{folder}/", paper="80")
    printed(jobs, case)
    with pytest.raises(dbapi2.IntegrityError, match="append-only"), village.database.changing() as rows:
        rows.execute(sql)
    assert len(rows_of(village)) == 1


# Trouble: what happened, what is kept, what to do


def nobody_listens(_folder: Path, _patch: pytest.MonkeyPatch) -> str:
    printer = FakePrinter(silent, jobs=0)
    printer.end()
    return printer.target


def cable_pulled(_folder: Path, patch: pytest.MonkeyPatch) -> str:
    patch.setattr(printers, "CHUNK", 16)
    return FakePrinter(reset_at_once).target


def pulled_after_the_slip(_folder: Path, _patch: pytest.MonkeyPatch) -> str:
    return FakePrinter(unplugged_after_one).target


def pipe(folder: Path) -> tuple[str, int]:
    path = folder / "lp0"
    os.mkfifo(path)
    return str(path), os.open(path, os.O_RDONLY | os.O_NONBLOCK)


def fifo_without_a_reader(folder: Path, _patch: pytest.MonkeyPatch) -> str:
    path, reader = pipe(folder)
    os.close(reader)
    return path


def fifo_whose_reader_goes(folder: Path, _patch: pytest.MonkeyPatch) -> str:
    path, reader = pipe(folder)
    fcntl.fcntl(reader, 1031, 4096)  # F_SETPIPE_SZ: the paper is longer than the pipe

    def some_then_gone() -> None:
        select.select([reader], [], [])
        os.read(reader, 100)
        os.close(reader)

    threading.Thread(target=some_then_gone, daemon=True).start()
    return path


def device_that_takes_nothing(folder: Path, patch: pytest.MonkeyPatch) -> str:
    path, reader = pipe(folder)
    fcntl.fcntl(reader, 1031, 4096)
    patch.setattr(printers.DevicePrinter.__init__, "__kwdefaults__", {"baud": printers.BAUD, "write_s": 0.2})
    return path


def line_unplugged(_folder: Path, _patch: pytest.MonkeyPatch) -> str:
    ours, theirs = os.openpty()
    name = os.ttyname(theirs)
    os.close(theirs)
    os.close(ours)
    return name


def no_paper(_folder: Path, _patch: pytest.MonkeyPatch) -> str:
    return "/dev/full"  # answers as a printer without paper: ENOSPC


def folder_gone(folder: Path, _patch: pytest.MonkeyPatch) -> str:
    return f"{folder}/gone/"


def no_such_host(_folder: Path, _patch: pytest.MonkeyPatch) -> str:
    return "tcp://no-such-printer.invalid"


TROUBLES: tuple[tuple[Callable[[Path, pytest.MonkeyPatch], str], str, str, bool], ...] = (
    (nobody_listens, "printer_unreachable", "refused", False),
    (no_such_host, "printer_unreachable", "name", False),
    (cable_pulled, "printer_cut_off", "", True),
    (pulled_after_the_slip, "printer_cut_off", "", True),
    (fifo_without_a_reader, "printer_unreachable", "absent", False),
    (fifo_whose_reader_goes, "printer_cut_off", "", True),
    (device_that_takes_nothing, "printer_cut_off", "timeout", True),
    (line_unplugged, "printer_unreachable", "absent", False),
    (no_paper, "printer_unreachable", "paper", False),
    (folder_gone, "printer_unreachable", "folder", False),
)


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble[0].__name__)
def test_trouble_is_a_sentence_and_the_case_is_safe(
    village: Station, jobs: PrintJobs, case: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, trouble: Any
) -> None:
    made, code, reason, left = trouble
    target = made(folder, monkeypatch)
    choose(village, target, copies=5, paper="80")
    report = printed(jobs, case)
    assert report.error is not None
    assert (report.ending, report.error.code, report.error.fields["reason"]) == ("failed", code, reason)
    for lang in LANGUAGES:
        said = Words.of(lang).error(report.error)
        assert any(kept in said for kept in ("编号", "編號", "number")), said
        assert "…" not in said
    assert rows_of(village) == ([("receipt", "林小梅", "escpos", 0)] if left else [])
    choose(village, f"{folder}/", paper="80")
    assert printed(jobs, case).times == left  # the desk goes on, and what may be out is marked


def test_a_full_disk_leaves_no_half_file(village: Station, jobs: PrintJobs, case: Any, folder: Path) -> None:
    choose(village, f"{folder}/", paper="a4")
    name = f"{case.number}-receipt.pdf"
    (folder / f".{name}.new").symlink_to("/dev/full")
    report = printed(jobs, case)
    assert report.error is not None
    assert report.error.document() == {
        "code": "printer_unreachable",
        "printer": str(folder / name),
        "reason": "disk_full",
    }
    assert [path.name for path in folder.iterdir() if path.is_file()] == []
    assert printed(jobs, case).ending == "kept"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody without the right")
def test_a_device_without_the_right_to_it_says_so(folder: Path) -> None:
    ours, theirs = os.openpty()
    os.fchmod(theirs, 0o600)
    answer, theirs_end = os.pipe()
    child = os.fork()
    if not child:
        os.setgroups([])
        os.setuid(65534)
        try:
            printers.DevicePrinter(os.ttyname(theirs)).send([b"x"])
        except StationError as error:
            os.write(theirs_end, f"{error.code} {error.fields['reason']}".encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(answer, 100) == b"printer_unreachable permission"
    for handle in (ours, theirs, answer, theirs_end):
        os.close(handle)


def test_a_base_that_is_busy_while_the_paper_leaves_is_noted_with_the_next_one(
    village: Station, jobs: PrintJobs, case: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(station_database, "_SETTINGS", ("busy_timeout=100", *station_database._SETTINGS[1:]))
    other = Database(village.database.path, BASE_KEY).connect()
    village.database.close()

    def while_somebody_writes(way: Any) -> bytes:
        other.execute("BEGIN IMMEDIATE")
        return answering(way)

    printer = FakePrinter(while_somebody_writes)
    choose(village, printer.target)
    report = printed(jobs, case)
    printer.end()
    assert (report.ending, report.noted) == ("printed", False)
    other.execute("ROLLBACK")
    other.close()
    assert (rows_of(village), len(jobs.preview("receipt", case.case, ZH).history)) == ([], 1)
    second = FakePrinter(answering)
    choose(village, second.target)
    assert printed(jobs, case).times == 1
    second.end()
    assert len(rows_of(village)) == 2


def test_a_base_that_is_busy_before_the_paper_is_made_prints_nothing_and_says_so(
    village: Station, jobs: PrintJobs, case: Any, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setattr(station_database, "_SETTINGS", ("busy_timeout=100", *station_database._SETTINGS[1:]))
    choose(village, f"{folder}/", paper="80")
    village.database.close()
    other = Database(village.database.path, BASE_KEY).connect()
    other.execute("BEGIN IMMEDIATE")
    report = printed(jobs, case)
    other.close()
    assert report.error is not None
    assert report.error.code == "busy"
    assert [path.name for path in folder.iterdir() if path.is_file()] == []


def test_a_fault_of_the_program_is_told_and_the_next_paper_comes(
    village: Station, jobs: PrintJobs, case: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(village, f"{folder}/", paper="80")
    with monkeypatch.context() as patch:
        patch.setattr("screens.papers.text.text", lambda *_: 1 / 0)
        report = printed(jobs, case)
    assert report.error is not None
    assert "ZeroDivisionError" in ZH.error(report.error)
    assert printed(jobs, case).ending == "kept"


# The setting


def test_the_setting_of_an_older_program_is_read() -> None:
    assert printer_setting.of({"target": "/dev/usb/lp0", "width": 80}).paper == "80"
    assert printer_setting.of({"target": 5}) == PrinterSetting()
    assert printer_setting.of({}).kind == "none"


@pytest.mark.parametrize(
    ("typed", "code", "field"),
    [
        (Typed(way="network", address=""), "printer_form", "target"),
        (Typed(way="network", address="a b"), "printer_form", "target"),
        (Typed(way="network", address="printer:99999"), "printer_form", "target"),
        (Typed(way="network", address="192.168.1.50", paper="a4"), "printer_paper", "paper"),
        (Typed(way="found", target="cups:HP", paper="58"), "printer_paper", "paper"),
        (Typed(way="folder", address="receipts"), "printer_folder", "target"),
        (Typed(way="folder", address="/no/such/folder"), "printer_folder", "target"),
        (Typed(way="none", copies="0"), "copies_range", "copies"),
        (Typed(way="none", copies="\uff16"), "copies_range", "copies"),
        (Typed(way="none", phone="123"), "public_phone_form", "public_phone"),
        (Typed(way="none", query_url="www.example.cn"), "query_url_form", "query_url"),
        (Typed(way="none", query_url="https://查询.cn/"), "query_url_form", "query_url"),
        (Typed(way="none", query_url="https://a.example/" + "x" * 300), "query_url_form", "query_url"),
    ],
)
def test_what_cannot_be_printed_with_is_refused_at_its_field(typed: Typed, code: str, field: str) -> None:
    with pytest.raises(BadInput) as trouble:
        printer_setting.read(typed)
    assert (trouble.value.code, trouble.value.fields["field"]) == (code, field)


def test_a_folder_that_is_gone_is_still_a_folder(tmp_path: Path) -> None:
    assert PrinterSetting(target=f"{tmp_path}/gone/", paper="a4").kind == "folder"


def test_an_address_is_taken_as_an_input_method_writes_it() -> None:
    setting, papers = printer_setting.read(Typed(way="network", address=" 192。168。1。50：9101 ", phone="12345"))
    assert (setting.target, papers.phone) == ("tcp://192.168.1.50:9101", "12345")


def test_the_number_follows_the_query_address_or_stands_in_it() -> None:
    assert PaperSettings(query_url="https://q.example/?no=").address_of("26") == "https://q.example/?no=26"
    assert PaperSettings(query_url="https://q.example/{number}/x").address_of("26") == "https://q.example/26/x"
    assert PaperSettings().address_of("26") == ""

"""Printers: a real socket that answers, is silent, closes half-way or is not there; files and a serial line."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest

from screens.papers import printers
from screens.papers.escpos import escpos
from screens.words import Words
from station.errors import BadInput, StationError
from station.paper import Barcode, Paper, Paragraph, Part, Title
from tests.escpos_reader import read
from tests.fake_printers import FakePrinter, answering, silent, unplugged_after_one

BLOCKS = (Title("收件凭证"), Barcode("260000000010"), Paragraph("陈秀英"))
PAPER = Paper("收件凭证", (Part("回执联", BLOCKS), Part("存根联", BLOCKS)))


def test_a_printer_that_answers_confirms_each_part() -> None:
    printer = FakePrinter(answering)
    parts = escpos(PAPER)
    sent = printers.at(f"tcp://127.0.0.1:{printer.port}").send(parts)
    assert (sent.parts, sent.bytes, sent.confirmed) == (2, sum(map(len, parts)), 2)
    assert read(printer.end()).cuts == read(b"".join(parts)).cuts


def test_a_printer_that_never_answers_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printers, "ANSWER_S", 0.1)
    printer = FakePrinter(silent)
    sent = printers.TcpPrinter("127.0.0.1", printer.port).send([b"one\n", b"two\n"])
    assert (sent.parts, sent.confirmed) == (2, 0)
    assert printer.end() == b"one\n" + printers.ASK + b"two\n"


def test_a_cable_pulled_half_way_says_what_came_out() -> None:
    printer = FakePrinter(unplugged_after_one)
    with pytest.raises(StationError) as trouble:
        printers.TcpPrinter("127.0.0.1", printer.port).send([b"one\n", b"x" * 50_000_000])
    told_of = trouble.value.document()
    assert (told_of["code"], told_of["printed"], told_of["taken"], told_of["parts"]) == ("printer_cut_off", 1, 1, 2)
    assert 4 <= told_of["sent"] < told_of["bytes"]
    assert "共2联，确定打完1联" in Words.of("zh-Hans").error(trouble.value)


def test_a_printer_that_takes_nothing_is_given_up() -> None:
    hold = threading.Event()
    printer = FakePrinter(lambda way: b"" if hold.wait(10) else way.recv(1))
    with pytest.raises(StationError, match="printer_cut_off"):
        printers.TcpPrinter("127.0.0.1", printer.port, write_s=0.3).send([b"x" * 50_000_000])
    hold.set()
    printer.end()


def test_a_printer_that_is_off_is_unreachable(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    for printer in (
        printers.TcpPrinter("127.0.0.1", port),
        printers.DevicePrinter(str(tmp_path / "lp0")),
        printers.FilePrinter(str(tmp_path / "nowhere" / "paper")),
    ):
        with pytest.raises(StationError) as trouble:
            printer.send([b"x"])
        assert trouble.value.code == "printer_unreachable"


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    out = tmp_path / "receipt.bin"
    out.write_bytes(b"old")
    assert printers.at(str(out)).send([b"one", b"two"]).bytes == 6
    assert out.read_bytes() == b"onetwo"
    assert [path.name for path in tmp_path.iterdir()] == ["receipt.bin"]


@pytest.mark.parametrize("target", ["tcp://", "tcp://:9100", "tcp://a:b", "tcp://a:99999", "tcp://a/path"])
def test_a_wrong_address_is_said_so(target: str) -> None:
    with pytest.raises(BadInput, match="printer_form"):
        printers.at(target)


def test_a_serial_printer_gets_every_byte_as_it_is() -> None:
    pty = pytest.importorskip("pty", reason="no serial lines to try on this system")
    ours, theirs = pty.openpty()
    try:
        name = os.ttyname(theirs)
        data = bytes(range(256))
        assert isinstance(printers.at(name), printers.DevicePrinter)
        assert printers.DevicePrinter(name, write_s=2).send([data]).bytes == 256
        got = b""
        while len(got) < 256:
            got += os.read(ours, 256)
        assert got == data
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_device_that_is_read_slowly_gets_all_and_one_that_stops_is_given_up(tmp_path: Path) -> None:
    pipe = tmp_path / "lp0"
    os.mkfifo(pipe)
    with pytest.raises(StationError, match="printer_unreachable"):
        printers.at(str(pipe)).send([b"nobody reads"])
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with pytest.raises(StationError) as trouble:
            printers.DevicePrinter(str(pipe), write_s=0.2).send([b"one\n", b"x" * 1_000_000])
        assert (trouble.value.code, trouble.value.fields["taken"]) == ("printer_cut_off", 1)
    finally:
        os.close(reader)

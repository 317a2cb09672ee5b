"""`station print` as an operator calls it: real processes, a real station, an audited read, a mark on a reprint."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import cli_city
from tests.cli_city import CLERK, ELDERS, Hub, answer, as_lines, intake, station, take
from tests.escpos_reader import read

ID_CARD = [{"name": "申请人居民身份证", "got": "original_seen"}]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    made = Hub(tmp_path_factory.mktemp("hub") / "home")
    made.start()
    yield made
    if made.process is not None:
        made.stop()


@pytest.fixture(scope="module")
def village(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cli_city.enrolled(hub, tmp_path_factory.mktemp("village") / "home")


@pytest.fixture(scope="module")
def number(village: Path) -> str:
    [taken] = take(village, intake(1, item=ELDERS, materials=ID_CARD))
    return str(taken["number"])


def printing(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return station(home, "--as", CLERK, "print", *words)


def code_of(home: Path, *words: str, code: int = 1, clerk: str | None = CLERK) -> str:
    who = ("--as", clerk) if clerk else ()
    return str(answer(home, *who, "print", *words, code=code)["error"]["code"])


def test_a_receipt_comes_out_on_standard_output(village: Path, number: str) -> None:
    reads = answer(village, "verify")["reads"]
    done = printing(village, number, "--doc", "receipt", "--out", "-", "--width", "58")
    assert (done.returncode, done.stderr) == (0, "")
    assert "收件凭证" in done.stdout
    assert "本机估算" in done.stdout
    assert "350200195503120025" not in done.stdout
    assert answer(village, "verify")["reads"] == reads + 1


def test_every_format_goes_to_a_file(village: Path, number: str, tmp_path: Path) -> None:
    for form in ("txt", "pdf", "escpos"):
        out = tmp_path / f"receipt.{form}"
        told = answer(village, "--as", CLERK, "print", number, "--doc", "receipt", "--format", form, "--out", str(out))
        assert (told["number"], told["doc"], told["format"], told["bytes"]) == (
            number,
            "receipt",
            form,
            out.stat().st_size,
        )
    assert (tmp_path / "receipt.pdf").read_bytes().startswith(b"%PDF-")
    assert [line.barcode for line in read((tmp_path / "receipt.escpos").read_bytes()).lines if line.barcode] == [
        number
    ] * 2


def test_standard_output_as_json_is_still_one_document(village: Path, number: str) -> None:
    told = answer(village, "--as", CLERK, "print", number, "--doc", "receipt", "--out", "-")
    assert "收件凭证" in told["text"]
    told = answer(village, "--as", CLERK, "print", number, "--doc", "receipt", "--out", "-", "--format", "pdf")
    assert told["base64"].startswith("JVBERi")


def test_a_notice_in_another_language_and_before_and_after_the_act(village: Path, number: str) -> None:
    before = printing(village, number, "--doc", "notice", "--out", "-", "--paper-lang", "zh-Hant").stdout
    assert "一次性告知單" in before
    assert "由受理機關另行告知" in before
    asked = station(
        village, "--json", "--as", CLERK, "act", "-", stdin=as_lines({"case": number, "act": "ask_correction"})
    )
    after = printing(village, number, "--doc", "notice", "--out", "-").stdout
    assert ("在90天内补齐" in after) == (json.loads(asked.stdout).get("status") == "CORRECTION")


def test_what_cannot_be_printed_says_why(village: Path, number: str, tmp_path: Path) -> None:
    assert code_of(village, number, "--doc", "acceptance", "--out", "-") == "not_yet"
    assert code_of(village, "260000000999", "--doc", "receipt", "--out", "-") == "case_unknown"
    assert code_of(village, number, "--doc", "receipt", "--out", "-", clerk=None, code=5) == "clerk_needed"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert code_of(village, number, "--doc", "receipt", "--out", f"tcp://127.0.0.1:{port}") == "printer_unreachable"
    font = str(tmp_path / "none.ttf")
    words = (number, "--doc", "receipt", "--format", "pdf", "--font", font, "--out", str(tmp_path / "x.pdf"))
    assert code_of(village, *words) == "font_missing"
    assert not (tmp_path / "x.pdf").exists()
    assert printing(village, number, "--doc", "receipt", "--out", "-", "--width", "76").returncode == 2


def test_a_second_paper_is_marked_as_a_reprint_in_the_language_of_the_paper(village: Path, tmp_path: Path) -> None:
    [taken] = take(village, intake(2, item=ELDERS, materials=ID_CARD))
    number = str(taken["number"])
    first = answer(village, "--as", CLERK, "print", number, "--doc", "receipt", "--out", "-")
    assert (first["copy"], "补打" in first["text"]) == (1, False)
    again = printing(village, number, "--doc", "receipt", "--out", "-").stdout
    assert again.count("补打 第1次 20") == 2  # on the slip and on the stub
    words = ("--doc", "receipt", "--paper-lang", "zh-Hant", "--out", f"{tmp_path}/")
    third = answer(village, "--as", CLERK, "print", number, *words)
    assert (third["copy"], third["out"]) == (3, str(tmp_path / f"{number}-receipt-3.txt"))
    assert "補印 第2次" in Path(third["out"]).read_text("utf-8")
    notice = answer(village, "--as", CLERK, "print", number, "--doc", "notice", "--paper-lang", "en", "--out", "-")
    assert (notice["copy"], "Reprint" in notice["text"]) == (1, False)


def test_a_paper_that_never_left_leaves_the_next_one_unmarked(village: Path, tmp_path: Path) -> None:
    [taken] = take(village, intake(3, item=ELDERS, materials=ID_CARD))
    words = (str(taken["number"]), "--doc", "receipt", "--out")
    assert code_of(village, *words, str(tmp_path / "nowhere" / "paper")) == "printer_unreachable"
    assert answer(village, "--as", CLERK, "print", *words, "-")["copy"] == 1

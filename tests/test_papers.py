"""Papers: exact in cells, bytes read back by a small printer, no stranger's byte obeyed, pages read by poppler."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from screens.cells import cell_width
from screens.line_breaks import wrap
from screens.papers import raster
from screens.papers.escpos import Charset, column_width, escpos
from screens.papers.facts import Facts, PaperSettings, masked, masked_phone
from screens.papers.notice import notice
from screens.papers.pdf import pdf
from screens.papers.receipt import receipt
from screens.papers.text import text
from screens.words import LANGUAGES, Words
from station.case import Case, HistoryLine
from station.case_document import document
from station.errors import BadInput, Refused, StationError
from station.item_record import item_of
from station.paper import (
    Barcode,
    Block,
    Entry,
    Heading,
    KeyValues,
    Numbered,
    Pair,
    Paper,
    Paragraph,
    Part,
    Qr,
    Signature,
    Title,
)
from station.workdays import Calendar
from tests.escpos_reader import Printout, read

DATA = Path(__file__).parent / "data"
SEED = json.loads((Path(__file__).parent.parent / "station" / "demo" / "catalog_seed.json").read_text("utf-8"))
MINIMUM_LIVING, INSURANCE = item_of(SEED["items"][6]), item_of(SEED["items"][0])
ZH = Words.of("zh-Hans")
TOLD: dict[str, Any] = {
    "told_on": "2026-11-22",
    "within_days": 90,
    "missing": ["申请人居民户口簿", "家庭经济状况核查授权书", "answers.kin", "另外请带户主本人来签字"],
}
POPPLER = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not on this machine")


def hostile() -> list[str]:
    blns = json.loads((DATA / "blns.json").read_text("utf-8"))
    escapes = [each["payload"] for each in json.loads((DATA / "terminal_escapes_examples.json").read_text("utf-8"))]
    spoofs = [each["text"] for each in json.loads((DATA / "unicode_spoof_examples.json").read_text("utf-8"))]
    printers_own = [
        "\x1dV\x00",
        "\x1bp\x00\x19\xfa",
        "\x1b@",
        "\x10\x14\x01\x00\x01",
        "\x1c&",
        "\x1dk\x49\x02",
        "王\n\n三",
    ]
    return [one for one in [*blns, *escapes, *spoofs, *printers_own] if one]


def facts(name: str = "陈秀英", *, sync: str = "acknowledged", phone: str = "0592-7000000", **fields: Any) -> Facts:
    """A case of 最低生活保障: two materials here, one proposed to come later, three missing."""
    item = fields.pop("of", MINIMUM_LIVING)
    known = {
        "status": "RECEIVED",
        "number": "260000000010",
        "item": item.code,
        "item_version": 1,
        "division": "350212105206",
        "received_on": "2026-11-22",
        "intake_from": "2026-11-22",
        "taken_by": "林小梅",
        "applicant.kind": "person",
        "applicant.name": name,
        "applicant.id_kind": "resident_id",
        "applicant.id_no": "350200195503120025",
        "applicant.phone": "13800000001",
        "answers.illness": "yes",
    }
    if item is MINIMUM_LIVING:
        known |= {
            "materials.m_form": "paper",
            "materials.m_id_cards": "original_seen",
            "materials.m_illness": "deferred",
        }
    case = Case("c", known | fields, (HistoryLine(op="o", at=1, act="ask_correction", by="洪丽娜"),))
    return Facts(
        document=document(case, item, Calendar(1, frozenset({2026})), sync=sync),
        case=case,
        item=item,
        station="军营村便民服务站",
        division="350212105206",
        today=date(2026, 11, 22),
        settings=PaperSettings(phone=phone),
    )


def told(**more: Any) -> Facts:
    return facts(status="CORRECTION", correction=TOLD, **more)


def printed(paper: Paper, width: int = 58, charset: Charset | None = None) -> Printout:
    return read(b"".join(escpos(paper, width, charset)))


RECEIPT_58 = """\
军营村便民服务站（350212105206）
            收件凭证
       回执联（交申请人）
         *260000000010*
编号        2600 0000 0010
事项        最低生活保障审核确认
申请人      陈秀英
居民身份证  350200********0025
电话        138****0001
收件日期    2026年11月22日 周日
经办人      林小梅
--------------------------------
已收材料 2份
1. 最低生活保障申请书/承诺书
                        收纸质件
2. 全体共同生活成员居民身份证
                        已验原件
还缺材料 4份
1. 申请人居民户口簿
2. 家庭经济状况核查授权书
3. 收入财产申报表
4. 疾病诊断或残疾证明
              拟容缺，待镇里确认
还要填写 5项
1. 申请人与经办人员或村(居)干部
   有无近亲属关系？
2. 由谁提出申请？
3. 共同生活家庭成员人数
4. 家庭月人均收入
5. 申请理由
--------------------------------
办理时限
告知是否受理  最晚 11月27日 周五
本凭证证明收到以上材料，不等于已
经受理。办结期限从受理之日算起。
查进度：带上编号和身份证，到任何
一个便民服务站，或打电话
0592-7000000。


经办人签名 _____________________
打印日期 2026年11月22日 周日

- - - - -  沿此线裁开 - - - - -
"""


def test_a_receipt_of_58_mm_is_exact() -> None:
    assert text(receipt(facts(), ZH), 32).startswith(RECEIPT_58)


@pytest.mark.parametrize("columns", [32, 48, 80])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_line_is_wider_than_the_paper(columns: int, lang: str) -> None:
    words = Words.of(lang)
    for paper in (receipt(facts(), words), notice(told(), words)):
        assert max(map(cell_width, text(paper, columns).splitlines())) <= columns


def test_the_receipt_says_what_a_receipt_must() -> None:
    said = text(receipt(facts(), ZH))
    for each in ("收件凭证", "存根联", "回执联", "军营村便民服务站", "350212105206", "林小梅", "最晚 11月27日 周五"):
        assert each in said
    assert "350200195503120025" not in said
    assert "13800000001" not in said


def test_dates_that_this_computer_counted_or_that_may_move_are_marked() -> None:
    said = text(receipt(facts(sync="pending"), ZH))
    assert "周五（本机估算）" in said
    assert "以平台确认的为准" in said
    far = facts(status="ACCEPTED", accepted_on="2026-12-20", accepted_at=1_797_696_000_000)
    said = text(receipt(far, ZH))
    assert "最晚 2027年1月" in said
    assert "（暂估）" in said
    assert "（暂估）" not in text(receipt(facts(), ZH))


def test_a_pre_acceptance_is_not_called_an_acceptance() -> None:
    said = text(receipt(facts(pre_accepted_on="2026-11-22"), ZH))
    assert "预受理，要等平台确认后才算正式受理" in said
    assert "收件凭证" in said


def test_a_late_entry_says_why() -> None:
    assert "补录原因    停电" in text(receipt(facts(received_reason="停电"), ZH), 32)


@pytest.mark.parametrize("status", ["DRAFT", "VOID", "WITHDRAWN", "NOT_ACCEPTED", "NOT_REQUIRED", "TERMINATED"])
def test_no_receipt_for_what_is_not_or_no_longer_a_case(status: str) -> None:
    with pytest.raises(Refused) as refused:
        receipt(facts(status=status), ZH)
    assert refused.value.document() == {"code": "paper_not_now", "doc": "receipt", "status": status}


def test_the_notice_tells_all_at_once_with_the_applicants_own_period() -> None:
    said = text(notice(told(), ZH))
    for each in TOLD["missing"][:2]:
        assert each in said
    for each in (
        "申请人与经办人员",
        "另外请带户主本人来签字",
        "90天",
        "最晚 2027年2月20日 周六",
        "0592-7000000",
        "洪丽娜",
    ):
        assert each in said
    assert "原件1份 复印件1份" in said
    assert "首页、本人页" in said


def test_before_the_act_a_notice_sets_no_period() -> None:
    said = text(notice(facts(phone=""), ZH))
    assert "正式的补正告知和期限，由受理机关另行告知" in said
    assert "最晚" not in said
    assert "咨询电话 ____" in said


def test_a_complete_case_has_nothing_to_tell() -> None:
    here = {f"materials.{each.id}": "paper" for each in MINIMUM_LIVING.materials}
    answered = {f"answers.{each.id}": "yes" for each in MINIMUM_LIVING.askables}
    with pytest.raises(Refused, match="nothing_to_correct"):
        notice(facts(**here, **answered), ZH)
    with pytest.raises(Refused, match="paper_not_now"):
        notice(facts(status="ACCEPTED"), ZH)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("350200195503120025", "350200********0025"),
        ("E12345678", "E12****78"),
        ("91350200004155341D", "913502********341D"),
        ("12", "1*"),
        ("", ""),
    ],
)
def test_identity_numbers_are_masked(number: str, shown: str) -> None:
    assert masked(number) == shown


def test_telephone_numbers_are_masked() -> None:
    assert masked_phone("13800000001") == "138****0001"
    assert masked_phone("1234567") == "*******"


@pytest.mark.parametrize("room", range(4, 40))
def test_lines_break_as_chinese_does(room: int) -> None:
    said = "本凭证（编号260000000010）证明收到“申请书”、身份证等材料，不等于受理。办结期限：20个工作日！"
    lines = wrap(said, room, cell_width)
    assert "".join(lines) == said
    assert max(map(cell_width, lines)) <= room
    if room >= 20:
        assert not [line for line in lines if line[0] in "，。、：！）”" or line[-1] in "（“"]
        assert any("260000000010" in line for line in lines)


def test_nothing_wraps_to_nothing() -> None:
    assert wrap("", 10, cell_width) == [""]
    assert wrap("a" * 25, 10, cell_width) == ["a" * 10, "a" * 10, "a" * 5]


@pytest.mark.parametrize("width", [58, 80])
def test_a_printer_reads_back_what_the_paper_says(width: int) -> None:
    paper = receipt(facts(), ZH)
    out = printed(paper, width)
    columns = {58: 32, 80: 48}[width]
    assert len(out.cuts) == 2
    assert [line.barcode for line in out.lines if line.barcode] == ["260000000010"] * 2
    assert [line.qr for line in out.lines if line.qr] == ["260000000010"]
    assert max(column_width(line.text) * (2 if line.wide else 1) for line in out.lines) <= columns
    title = next(line for line in out.lines if line.text == "收件凭证")
    assert (title.wide, title.tall, title.strong, title.centred) == (True, True, True, True)
    assert not out.lines[-2].strong
    for each in ("陈秀英", "申请人居民户口簿", "最晚 11月27日 周五"):
        assert each in out.text


def test_the_first_bytes_reset_the_printer_and_the_last_cut() -> None:
    for part in escpos(receipt(facts(), ZH)):
        assert part.startswith(b"\x1b@\x1c&")
        assert part.endswith(b"\x1dVB\x03")
    with pytest.raises(BadInput, match="paper_width"):
        escpos(receipt(facts(), ZH), 76)


@pytest.mark.parametrize("draws", [True, False])
def test_no_hostile_text_gives_an_order_to_the_printer(draws: bool) -> None:
    """Every string stands in every kind of block; the printer obeys nothing that a harmless text does not ask for."""
    charset = Charset(draws=draws)

    def obeyed(texts: list[str]) -> dict[bytes, int]:
        out = read(b"".join(escpos(everywhere(texts), 58, charset)))
        return {code: out.commands.get(code, 0) for code in (b"\x1b@", b"\x1c&", b"\x1dV", b"\x1dh")}

    strings = hostile()
    assert len(strings) > 500
    assert obeyed(strings) == obeyed(["王"] * len(strings)) == {b"\x1b@": 1, b"\x1c&": 1, b"\x1dV": 1, b"\x1dh": 0}


def everywhere(texts: list[str]) -> Paper:
    blocks: list[Block] = []
    for one in texts:
        blocks += [
            Title(one, one, one),
            Heading(one),
            KeyValues((Pair(one[:20], one),)),
            Numbered((Entry(one, one, one),), large=True),
            Paragraph(one),
            Signature((one[:20],)),
        ]
    return Paper("t", (Part("p", tuple(blocks)),))


@pytest.mark.parametrize("one", ["\x1dV\x00", "\x1bp\x00\x19\xfa", "\x10\x14\x01\x00\x01", "\x1b@\x1bm", "王\n\n三"])
def test_a_hostile_name_cuts_no_paper_and_opens_no_drawer(one: str) -> None:
    harmless = printed(receipt(facts("王"), ZH))
    out = printed(receipt(facts(f"王{one}", **{"agent.name": one, "received_reason": one}), ZH))
    assert (len(out.cuts), out.commands[b"\x1b@"]) == (len(harmless.cuts), harmless.commands[b"\x1b@"])
    assert f"[U+{ord(next(char for char in one if ord(char) < 32)):04X}]" in out.text


def test_a_hostile_name_leaves_no_control_character_in_a_text() -> None:
    for one in hostile():
        said = text(receipt(facts(one), ZH), 48)
        assert not [char for char in said.replace("\n", "") if ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0], ascii(one)
        assert max(map(cell_width, said.splitlines())) <= 48, ascii(one)


def test_a_character_that_the_printer_lacks_is_never_dropped() -> None:
    out = printed(receipt(facts("𠮷野"), ZH), charset=Charset(draws=False))
    assert "〓[U+20BB7]野" in out.text
    assert "[U+001B]" in printed(receipt(facts("王\x1bm"), ZH)).text
    assert Charset("gb2312").has("镕") is False
    assert Charset("gbk").has("镕")
    assert Charset("gb18030").has("𠮷")


@pytest.mark.skipif(not raster.can_draw("𠮷"), reason="no font with this rare hanzi on this machine")
def test_a_rare_hanzi_is_drawn_as_dots() -> None:
    out = printed(receipt(facts("𠮷野"), ZH))
    rows = [line.dots for line in out.lines if line.dots]
    assert [(across, down) for across, down, _ in rows] == [(48, 24)] * 2
    assert all(any(dots) for _, _, dots in rows)


def test_codes_hold_only_what_every_printer_takes() -> None:
    for wrong in ("12a", "\uff11", "", "1" * 31):
        with pytest.raises(AssertionError):
            Barcode(wrong)
    with pytest.raises(AssertionError):
        Qr("https://例.cn")
    paper = Paper("t", (Part("p", (Barcode("123"), Qr("https://example.cn/123", "扫码"))),))
    out = printed(paper)
    assert [line.barcode for line in out.lines if line.barcode] == ["123"]
    assert [line.qr for line in out.lines if line.qr] == ["https://example.cn/123"]


def page_text(data: bytes, folder: Path) -> str:
    (folder / "paper.pdf").write_bytes(data)
    done = subprocess.run(
        ["pdftotext", "-layout", str(folder / "paper.pdf"), "-"], capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.parametrize("size", ["a4", "a5"])
@pytest.mark.parametrize("font", ["auto", "cid"])
def test_a_pdf_is_whole_and_the_same_each_time(size: str, font: str) -> None:
    paper = receipt(facts(), ZH)
    data = pdf(paper, size, font)  # type: ignore[arg-type]
    assert data.startswith(b"%PDF-")
    assert data.rstrip().endswith(b"%%EOF")
    assert data == pdf(paper, size, font)  # type: ignore[arg-type]
    assert (b"STSong-Light" in data) == (font == "cid" or b"FontFile2" not in data)
    assert b"Helvetica" not in data


@POPPLER
@pytest.mark.parametrize("size", ["a4", "a5"])
def test_poppler_reads_what_the_pages_say(size: str, tmp_path: Path) -> None:
    said = page_text(pdf(notice(told(), ZH), size), tmp_path)  # type: ignore[arg-type]
    for each in ("一次性告知单", "申请人居民户口簿", "最晚 2027年2月20日 周六 交到本站", "0592-7000000", "存根联"):
        assert each in said


@POPPLER
def test_a_short_receipt_is_one_sheet_of_a4_with_a_line_to_cut(tmp_path: Path) -> None:
    here: dict[str, Any] = {f"materials.{each.id}": "paper" for each in INSURANCE.materials[:2]}
    short = pdf(receipt(facts(of=INSURANCE, pre_accepted_on="2026-11-22", **here), ZH), page_words="第{page}页")
    said = page_text(short, tmp_path)
    assert said.count("\f") == 1
    assert "沿此线裁开" in said
    assert "第1页" not in said
    assert page_text(pdf(receipt(facts(), ZH), page_words="第{page}页"), tmp_path).count("\f") == 2


@POPPLER
def test_the_picture_of_a_page_has_ink_and_margins(tmp_path: Path) -> None:
    (tmp_path / "paper.pdf").write_bytes(pdf(receipt(facts("𠮷野"), ZH)))
    command = ["pdftoppm", "-r", "40", "-gray", "-singlefile", str(tmp_path / "paper.pdf"), str(tmp_path / "page")]
    subprocess.run(command, check=True)
    page = Image.open(tmp_path / "page.pgm").point(lambda level: 255 - level)
    left, top, right, bottom = page.getbbox() or (0, 0, 0, 0)
    assert 10 < left < right < page.width - 10
    assert 10 < top < bottom <= page.height - 5


@POPPLER
def test_a_hostile_name_stays_text_on_a_page(tmp_path: Path) -> None:
    paper = Paper("t", (Part("p", tuple(Paragraph(one) for one in hostile())),))
    said = page_text(pdf(paper), tmp_path)
    assert "[U+001B]" in said
    assert not [char for char in said if ord(char) < 0x20 and char not in "\n\f\r\t"]


def test_a_font_that_cannot_be_used_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "no.ttf").write_bytes(b"no font")
    for path in (tmp_path / "no.ttf", tmp_path / "nowhere.ttf"):
        with pytest.raises(StationError) as trouble:
            pdf(receipt(facts(), ZH), font=str(path))
        assert trouble.value.document() == {"code": "font_missing", "font": str(path)}


def test_without_any_font_the_viewers_own_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("screens.papers.fonts._files", dict)
    raster._fonts.cache_clear()
    raster._font_with.cache_clear()
    try:
        data = pdf(receipt(facts("𠮷野"), ZH))
    finally:
        raster._fonts.cache_clear()
        raster._font_with.cache_clear()
    assert b"STSong-Light" in data
    assert b"FontFile2" not in data

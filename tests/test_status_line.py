"""What the status line says of the hub: what is known and no more, in cells that fit, in three languages."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from textual.app import App, ComposeResult

from screens import hub_status
from screens.hub_reach import Reach
from screens.hub_status import Known
from screens.sync_process import SyncState
from screens.widgets.status_bar import Meter, StatusBar, SyncStatus, drawn
from screens.words import LANGUAGES, Words
from station.outbox import Failure, Glance

NOW = 1_790_000_000_000  # 22:13 in China
MINUTE = 60_000


def known(**more: Any) -> Known:
    reach = Reach()
    reach.answered(more.pop("reason", ""), 0, NOW - 2 * 3_600_000)
    glance = Glance(enrolled=True, **{"contact": NOW - 70 * MINUTE, "pending": 3, **more.pop("glance", {})})
    return Known(**{"glance": glance, "reach": reach, "attended": True, "now_ms": NOW, **more})


def said(status: SyncStatus, lang: str = "zh-Hans", columns: int = 80) -> str:
    class Bar(App[None]):
        words = Words.of(lang)

        def compose(self) -> ComposeResult:
            yield StatusBar(status)

    async def run() -> str:
        app = Bar()
        async with app.run_test(size=(columns, 3)):
            return app.query_one(StatusBar).text

    return asyncio.run(run())


FAILED = Failure(code="hub_unreachable", at=NOW - MINUTE, fields={"reason": "hub_busy"})
RUNNING = SyncState(phase="sending", done=2, sent=4, total=8, bytes_up=1_234, eta_s=3, beat=5)
LINES: dict[str, tuple[SyncStatus, str]] = {
    "online": (
        hub_status.status(known(next_ms=NOW + MINUTE)),
        " [在线] 未上送3步 | 上次联系 21:03(1小时前) | 下次自动 22:14",
    ),
    "offline": (
        hub_status.status(known(reason="timeout", next_ms=NOW + MINUTE)),
        " [离线] 未上送3步 | 20:13起平台无回应 | 上次联系 21:03(1小时前) | 下次自动 22:14",
    ),
    "failed": (
        hub_status.status(known(failed=FAILED)),
        " [未同步] 未上送3步 | 22:12平台正忙 | 上次联系 21:03(1小时前)",
    ),
    "never": (hub_status.status(known(glance={"contact": 0})), " [未同步] 未上送3步 | 还没联系过平台"),
    "unknown": (hub_status.status(known(reach=Reach())), " [查网络] 未上送3步 | 上次联系 21:03(1小时前)"),
    "alone": (hub_status.status(known(attended=False)), " [待登录] 未上送3步 | 上次联系 21:03(1小时前)"),
    "to decide": (
        hub_status.status(known(glance={"conflicts": 1, "problems": 2})),
        " [在线] 未上送3步 | 冲突1条 | 问题2条 | 上次联系 21:03(1小时前)",
    ),
    "stopped": (
        hub_status.status(known(cancelled=True)),
        " [在线] 未上送3步 | 已停止，都在 | 上次联系 21:03(1小时前)",
    ),
    "sending": (hub_status.status(known(running=RUNNING)), " [同步中] [#####-----] 上送 2/8  1.2kB  约3秒"),
    "still": (
        hub_status.status(known(running=SyncState(phase="waiting", total=1, sent=1, still_s=12, seconds=15))),
        " [同步中] [#########-] 等平台回应 0/1  0B  12秒没有数据",
    ),
    "receiving": (
        hub_status.status(known(running=SyncState(phase="receiving", pulled=12, bytes_down=3_400_000, beat=3))),
        " [同步中] [---#------] 接收12件  3.4MB  已0秒",
    ),
}


@pytest.mark.parametrize("name", LINES)
def test_the_line_says_what_is_known(name: str) -> None:
    status, line = LINES[name]
    assert said(status) == line


def test_a_part_without_room_is_left_out_whole() -> None:
    assert said(LINES["offline"][0], columns=65) == " [离线] 未上送3步 | 20:13起平台无回应 | 上次联系 21:03(1小时前)"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_part_has_words_and_the_first_three_have_room(lang: str) -> None:
    for status, _ in LINES.values():
        line = said(status, lang)
        assert not {f"{section}." for section in ("status", "why", "sync")} & set(line.split())
        assert len(line.split(" | ")) >= min(3, len(status.parts)) or status.meter is not None
        chrome = drawn(status.meter or Meter(0.0), 10)
        assert chrome.isascii()
    sentences = Words(lang)._sentences
    ids = {f"why.{reason}" for reason in (*hub_status.UNREACHABLE, *hub_status.CODES, "trouble")}
    ids |= {f"status.{phase}" for phase in ("connecting", "sending", "waiting", "receiving", "fetching", "installing")}
    assert ids <= set(sentences)


def test_a_meter_is_full_only_where_it_is_over() -> None:
    assert drawn(Meter(0.999), 10) == "[#########-]"
    assert drawn(Meter(1.0), 10) == "[##########]"
    assert SyncState(done=0, sent=7, total=7).share == pytest.approx(0.95)
    assert SyncState(done=7, total=7, phase="receiving", came=5, answer=10).share == pytest.approx(0.5)
    assert SyncState(done=7, total=7, phase="receiving").share is None

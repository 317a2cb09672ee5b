"""The state table: what may be done to a case, from which state, by whom, where, with which paper and clock.

Everything that decides a transition stands here; `docs/case-states.md` is drawn from it. What people get wrong:
`offline` speaks of a station, which never knows whether the hub would agree; the hub may do whatever its row allows.
Source: a synthesis of 行政许可法 articles 32, 42-45, GB/T 39046-2020 and real counters; no official enumeration exists.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

NEW = "-"  # before the first act
SAME = "="  # the state does not change
BACK = "<"  # back to where the case came from (after a special procedure, a suspension, a mistaken void)
ROUTE = ">"  # to the level that decides, by the item's `decide_level`


class State(StrEnum):
    """The states of a case, by their ids in the exchange."""

    DRAFT = "DRAFT"
    RECEIVED = "RECEIVED"
    CORRECTION = "CORRECTION"
    NOT_ACCEPTED = "NOT_ACCEPTED"
    NOT_REQUIRED = "NOT_REQUIRED"
    ACCEPTED = "ACCEPTED"
    REVIEW_TOWN = "REVIEW_TOWN"
    REVIEW_DEPT = "REVIEW_DEPT"
    SPECIAL = "SPECIAL"
    SUSPENDED = "SUSPENDED"
    DECIDED_GRANT = "DECIDED_GRANT"
    DECIDED_DENY = "DECIDED_DENY"
    CLOSED = "CLOSED"
    DELIVERED = "DELIVERED"
    WITHDRAWN = "WITHDRAWN"
    TERMINATED = "TERMINATED"
    ARCHIVED = "ARCHIVED"
    VOID = "VOID"


class Role(StrEnum):
    """Who acts. `HUB` is the hub itself, by a clock or a rule."""

    VILLAGE_CLERK = "village_clerk"
    TOWN_CLERK = "town_clerk"
    TOWN_REVIEWER = "town_reviewer"
    TOWN_SUPERVISOR = "town_supervisor"
    APPROVER = "approver"
    AUDITOR = "auditor"
    HUB = "hub"


class Place(StrEnum):
    """Where the person sits: at a station's replica, or at the hub."""

    STATION = "station"
    HUB = "hub"


class Offline(StrEnum):
    """What a station may do with this row on its own."""

    YES = "yes"
    NO = "no"  # needs a seal, a library or a refusal that binds: only prepared at a station
    ACCEPT = "accept"  # effective where the item says `offline_accept`, else a 预受理 flag on RECEIVED
    NOTICE = "notice"  # where the item lets this station check the form of an application
    DECIDE = "decide"  # on-the-spot items that need no check on line


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One fact: from this state this act leads there."""

    frm: str
    act: str
    to: str
    roles: frozenset[Role]
    places: frozenset[Place] = frozenset(Place)
    offline: Offline = Offline.YES
    when: str = ""  # an argument's value that chooses between two rows of the same act
    request: bool = False  # only asks the decider; nothing else changes
    paper: str = ""
    clock: str = ""
    source: str = ""


V, TC, TR = Role.VILLAGE_CLERK, Role.TOWN_CLERK, Role.TOWN_REVIEWER
TS, D, H = Role.TOWN_SUPERVISOR, Role.APPROVER, Role.HUB
AT_HUB = frozenset({Place.HUB})
AT_STATION = frozenset({Place.STATION})

NAMES = {
    State.DRAFT: "草稿",
    State.RECEIVED: "已收件",
    State.CORRECTION: "待补正",
    State.NOT_ACCEPTED: "不予受理",
    State.NOT_REQUIRED: "无需办理",
    State.ACCEPTED: "已受理",
    State.REVIEW_TOWN: "镇（街）初审",
    State.REVIEW_DEPT: "部门审查",
    State.SPECIAL: "特别程序中",
    State.SUSPENDED: "挂起",
    State.DECIDED_GRANT: "准予",
    State.DECIDED_DENY: "不予",
    State.CLOSED: "办结",
    State.DELIVERED: "已送达",
    State.WITHDRAWN: "已撤回",
    State.TERMINATED: "已终止",
    State.ARCHIVED: "已归档",
    State.VOID: "已作废",
}

BEFORE_ACCEPTANCE = (State.RECEIVED, State.CORRECTION)
IN_HAND = (State.ACCEPTED, State.REVIEW_TOWN, State.REVIEW_DEPT, State.SPECIAL, State.SUSPENDED)
REVIEWS = (State.REVIEW_TOWN, State.REVIEW_DEPT)
DECIDED = (State.DECIDED_GRANT, State.DECIDED_DENY)
AFTER_DECISION = (*DECIDED, State.CLOSED, State.DELIVERED)
ENDS = (State.NOT_ACCEPTED, State.NOT_REQUIRED, State.WITHDRAWN, State.TERMINATED, State.ARCHIVED)


def _row(frm: str, act: str, to: str, roles: set[Role], offline: Offline = Offline.YES, **more: object) -> Row:
    return Row(frm=frm, act=act, to=to, roles=frozenset(roles), offline=offline, **more)  # type: ignore[arg-type]


def _rows(states: tuple[State, ...], act: str, to: str, roles: set[Role], **more: object) -> list[Row]:
    return [_row(state, act, to, roles, **more) for state in states]  # type: ignore[arg-type]


YES, NO = Offline.YES, Offline.NO

TABLE: tuple[Row, ...] = (
    _row(NEW, "register", State.DRAFT, {V, TC}, source="咨询、预约、取号带入"),
    _row(NEW, "take", State.RECEIVED, {V, TC}, paper="收件凭证", clock="intake starts", source="第三十二条"),
    _row(State.DRAFT, "take", State.RECEIVED, {V, TC}, paper="收件凭证", clock="intake starts", source="第三十二条"),
    _row(State.DRAFT, "correct", SAME, {V, TC}, source="第三十二条第一款第三项 当场更正"),
    _row(State.DRAFT, "not_required", State.NOT_REQUIRED, {V, TC}, paper="告知单", source="第三十二条第一款第一项"),
    _row(
        State.DRAFT,
        "not_accept",
        State.NOT_ACCEPTED,
        {TC, D},
        NO,
        paper="不予受理通知书",
        source="第三十二条第一款第二项",
    ),
    _row(
        State.RECEIVED,
        "ask_correction",
        State.CORRECTION,
        {V, TC, TR, D},
        Offline.NOTICE,
        paper="一次性告知单",
        clock="intake stops, the applicant's period runs",
        source="第三十二条第一款第四项",
    ),
    _row(
        State.CORRECTION,
        "supplement",
        State.RECEIVED,
        {V, TC},
        paper="补正材料收件凭证",
        clock="intake restarts",
        source="第三十二条",
    ),
    *_rows(
        (State.RECEIVED, *IN_HAND),
        "supplement",
        SAME,
        {V, TC},
        paper="补正材料收件凭证",
        source="容缺补交、补齐欠缺材料",
    ),
    _row(State.CORRECTION, "terminate", State.TERMINATED, {TC, D, H}, NO, paper="退件通知单", source="逾期未补正"),
    _row(
        State.RECEIVED,
        "accept",
        State.ACCEPTED,
        {V, TC, D, H},
        Offline.ACCEPT,
        paper="受理通知书",
        clock="promised and statutory start",
        source="第三十二条第一款第五项",
    ),
    _row(
        State.RECEIVED,
        "deem_accepted",
        State.ACCEPTED,
        {H},
        NO,
        places=AT_HUB,
        clock="promised and statutory start on the day of receipt",
        source="第三十二条第一款第四项 逾期不告知",
    ),
    _row(
        State.RECEIVED,
        "defer",
        State.ACCEPTED,
        {TC, D},
        NO,
        paper="容缺受理通知书、承诺书",
        clock="promised and statutory start",
        source="容缺受理",
    ),
    _row(State.RECEIVED, "not_accept", State.NOT_ACCEPTED, {TC, D}, NO, paper="不予受理通知书", source="第三十二条"),
    _row(State.ACCEPTED, "forward", ROUTE, {TC, D, H}, paper="材料交接单", source="按决定层级流转"),
    _row(State.REVIEW_TOWN, "forward", State.REVIEW_DEPT, {TR, D}, NO, paper="初审意见表", source="第四十三条"),
    _row(State.REVIEW_TOWN, "return", State.ACCEPTED, {TR}, NO, paper="退回意见", source="不停计时限"),
    _row(
        State.REVIEW_TOWN,
        "start_special",
        State.SPECIAL,
        {TR, D},
        NO,
        paper="特别程序告知书",
        clock="paused",
        source="第四十五条",
    ),
    _row(
        State.REVIEW_DEPT,
        "start_special",
        State.SPECIAL,
        {D},
        NO,
        paper="特别程序告知书",
        clock="paused",
        source="第四十五条",
    ),
    _row(
        State.SPECIAL,
        "end_special",
        BACK,
        {TR, D},
        NO,
        paper="特别程序结果",
        clock="resume next day",
        source="第四十五条",
    ),
    *_rows(
        REVIEWS,
        "extend",
        SAME,
        {D},
        offline=NO,
        paper="延期告知书",
        clock="+10 working days, once",
        source="第四十二条",
    ),
    _row(
        State.REVIEW_TOWN,
        "suspend",
        State.SUSPENDED,
        {TR, D},
        NO,
        paper="中止通知书",
        clock="paused",
        source="事项支持挂起",
    ),
    _row(
        State.REVIEW_DEPT,
        "suspend",
        State.SUSPENDED,
        {D},
        NO,
        paper="中止通知书",
        clock="paused",
        source="事项支持挂起",
    ),
    _row(
        State.SUSPENDED,
        "resume",
        BACK,
        {TR, D},
        NO,
        paper="恢复办理通知",
        clock="resume next day",
        source="从中止处恢复",
    ),
    *(
        row
        for outcome, decided, paper in (
            ("grant", State.DECIDED_GRANT, "决定书、证照"),
            ("deny", State.DECIDED_DENY, "不予决定书（理由、救济）"),
        )
        for row in (
            _row(
                State.ACCEPTED,
                "decide",
                decided,
                {V, TC},
                Offline.DECIDE,
                when=outcome,
                paper="结果凭证",
                clock="decision ends",
                source="即办件当场办结",
            ),
            _row(
                State.ACCEPTED,
                "decide",
                decided,
                {TR, D},
                NO,
                places=AT_HUB,
                when=outcome,
                paper=paper,
                clock="decision ends",
                source="流转与决定同步登记",
            ),
            _row(
                State.REVIEW_TOWN,
                "decide",
                decided,
                {TR, D},
                NO,
                when=outcome,
                paper=paper,
                clock="decision ends",
                source="镇权限事项",
            ),
            _row(
                State.REVIEW_DEPT,
                "decide",
                decided,
                {D},
                NO,
                when=outcome,
                paper=paper,
                clock="decision ends",
                source="第三十七、三十八条",
            ),
        )
    ),
    *_rows(DECIDED, "close", State.CLOSED, {V, TC}, offline=Offline.DECIDE, paper="结果登记", source="即办件当场办结"),
    *_rows(DECIDED, "close", State.CLOSED, {TR, D}, offline=NO, paper="结果登记", source="办结登记"),
    _row(
        State.CLOSED,
        "deliver",
        State.DELIVERED,
        {V, TC, D},
        paper="送达回证",
        clock="delivery ends",
        source="第四十四条",
    ),
    *_rows(
        (State.DRAFT, *BEFORE_ACCEPTANCE), "withdraw", State.WITHDRAWN, {V, TC}, paper="撤件回执", source="受理前撤回"
    ),
    *_rows(
        IN_HAND, "withdraw", SAME, {V, TC}, places=AT_STATION, request=True, paper="撤回申请书", source="受理后为申请"
    ),
    *_rows(
        IN_HAND, "withdraw", State.WITHDRAWN, {TC, D}, offline=NO, places=AT_HUB, paper="撤件回执", source="决定前撤回"
    ),
    *_rows(
        IN_HAND, "terminate", State.TERMINATED, {D}, offline=NO, paper="终止通知书", source="申请人死亡、主体灭失等"
    ),
    *_rows(
        (*ENDS[:-1], State.CLOSED, State.DELIVERED),
        "archive",
        State.ARCHIVED,
        {TC, H},
        offline=NO,
        paper="归档清单",
        source="DA/T 85-2019",
    ),
    *_rows(
        (*BEFORE_ACCEPTANCE, *IN_HAND, *AFTER_DECISION), "amend", SAME, {V, TC, TR, D}, source="更正；窗口期外为申请"
    ),
    *_rows((*BEFORE_ACCEPTANCE, *IN_HAND, *AFTER_DECISION), "attach", SAME, {V, TC}, source="补充扫描件"),
    *_rows(
        (*BEFORE_ACCEPTANCE, *IN_HAND, *AFTER_DECISION, *ENDS), "note", SAME, {V, TC, TR, TS, D}, source="备注只增不改"
    ),
    *_rows(
        (*BEFORE_ACCEPTANCE, *IN_HAND, *AFTER_DECISION, *ENDS),
        "settle",
        SAME,
        {V, TC, TR, TS, D},
        source="冲突由人裁定",
    ),
    *_rows(BEFORE_ACCEPTANCE, "void", State.VOID, {V, TC, TS, D}, clock="all stop", source="误录作废"),
    *_rows(IN_HAND, "void", State.VOID, {TC, TS, D}, offline=NO, places=AT_HUB, clock="all stop", source="误录作废"),
    _row(State.VOID, "restore", BACK, {TC, TS, D}, NO, places=AT_HUB, clock="as before", source="作废的唯一出路"),
)

ACTS = tuple(dict.fromkeys(row.act for row in TABLE))


def rows(frm: str, act: str) -> tuple[Row, ...]:
    """The rows of one act from one state; empty where the act is illegal there."""
    return _INDEX.get((frm, act), ())


_INDEX: dict[tuple[str, str], tuple[Row, ...]] = {}
for _each in TABLE:
    _INDEX[_each.frm, _each.act] = (*_INDEX.get((_each.frm, _each.act), ()), _each)

"""The words: the same in three languages, one for every code that the sources raise, none for a code that is gone."""

from __future__ import annotations

import ast
import re
import string
import subprocess
import sys
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screens.words import LANGUAGES, VALUE_MOST, VARIANTS, Words
from station import errors
from station.case_states import ACTS, NAMES, Offline, Place, Role, State
from station.errors import BadInput, Busy, HubUnreachable, NotOurHub, NotYet, Refused, StationError
from station.identity import ID_KINDS
from station.intake import GOT
from sync.hub.registry import CODE_MINUTES
from sync.rules import RULES

ROOT = Path(__file__).resolve().parent.parent
HANZI_MOST = 60
HANZI_AIM = 40

# Where a code travels through a variable or a table, its callee's name is not an error class: (callee, place).
RAISERS = {"BodyTrouble": 1, "make_refusal": 2, "Verdict": 2}
YIELDERS = ("sync/hub/item_lint.py", "sync/hub/catalogue_advice.py")  # `yield code, field, value`
# Taken from a variable in the source: named here, and each must still stand there as a literal.
BY_TABLE = {
    "item_abolished": "station/intake.py",
    "item_suspended": "station/intake.py",
    "code_duplicate": "sync/hub/catalogue_lint.py",
    "material_duplicate": "sync/hub/item_lint.py",
    "answer_id_duplicate": "sync/hub/item_lint.py",
    "option_duplicate": "sync/hub/item_lint.py",
    "version_reused": "sync/hub/publication.py",
    "pack_unknown": "sync/hub/asgi.py",
    "range_unsatisfiable": "sync/hub/asgi.py",
    "disconnected": "sync/hub/asgi.py",
    "internal": "sync/hub/asgi.py",
}
WARNINGS = {
    "id_age_unusual": "station/resident_id.py",
    "id_area_unknown": "station/resident_id.py",
    "id_no_checksum": "station/travel_document.py",
    "id_form_unusual": "station/travel_document.py",
    "uscc_inner_check": "station/organisation_code.py",
    "name_invisible": "station/names.py",
}
ERROR_CLASSES = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}


@cache
def sources() -> dict[str, ast.Module]:
    files = [path for package in ("station", "sync", "screens") for path in sorted((ROOT / package).rglob("*.py"))]
    return {str(path.relative_to(ROOT).as_posix()): ast.parse(path.read_text(encoding="utf-8")) for path in files}


def literals(tree: ast.AST) -> set[str]:
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def chosen(node: ast.expr) -> set[str]:
    """The texts that an expression can be: a literal, or the branches of a choice."""
    if isinstance(node, ast.IfExp):
        return chosen(node.body) | chosen(node.orelse)
    if isinstance(node, ast.BoolOp):
        return set().union(*map(chosen, node.values))
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value else set()


def raised_in(file: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            callee = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            place = 0 if callee in ERROR_CLASSES else RAISERS.get(callee)
            if place is not None and place < len(node.args):
                yield from chosen(node.args[place])
        if isinstance(node, ast.Yield) and file in YIELDERS and isinstance(node.value, ast.Tuple):
            yield from chosen(node.value.elts[0])


def raised_codes() -> set[str]:
    return {code for file, tree in sources().items() for code in raised_in(file, tree)} | set(BY_TABLE)


def sentences(lang: str) -> dict[str, str]:
    return Words(lang)._sentences


def ids_of(section: str, lang: str = "zh-Hans") -> set[str]:
    return {id_.removeprefix(f"{section}.") for id_ in sentences(lang) if id_.startswith(f"{section}.")}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def hanzi(text: str) -> int:
    return len(re.sub(r"\{[^}]*\}", "", text))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_id_stands_in_two_files_and_each_topic_is_there_in_every_language(lang: str) -> None:
    files = sorted((ROOT / "screens" / "words" / lang).glob("*.toml"))
    ids = [
        (section, name)
        for file in files
        for section, names in tomllib.loads(file.read_text()).items()
        for name in names
    ]
    assert [id_ for id_, times in Counter(ids).items() if times > 1] == []
    assert [file.name for file in files] == sorted(
        p.name for p in (ROOT / "screens" / "words" / "zh-Hans").glob("*.toml")
    )


@pytest.mark.parametrize("lang", LANGUAGES[1:])
def test_every_language_says_the_same_things(lang: str) -> None:
    assert set(sentences(lang)) == set(sentences("zh-Hans"))


@pytest.mark.parametrize("lang", LANGUAGES[1:])
def test_a_value_of_one_language_is_told_in_the_others(lang: str) -> None:
    own = sentences("zh-Hans")
    assert {id_: placeholders(text) for id_, text in sentences(lang).items()} == {
        id_: placeholders(text) for id_, text in own.items()
    }


def test_every_code_that_is_raised_has_a_sentence() -> None:
    assert sorted(raised_codes() - ids_of("error")) == []


def test_no_sentence_is_left_over_from_a_code_that_is_gone() -> None:
    codes = raised_codes()
    assert sorted(id_ for id_ in ids_of("error") if id_.split(".")[0] not in codes) == []


def test_the_scan_sees_each_way_to_raise() -> None:
    assert {"busy", "code_used", "body_timeout", "case_waits", "show_if_circle"} <= raised_codes()


@pytest.mark.parametrize(("code", "file"), [*BY_TABLE.items(), *WARNINGS.items()])
def test_a_code_of_a_table_still_stands_in_its_source(code: str, file: str) -> None:
    assert code in literals(sources()[file])


def test_every_variant_is_one_that_the_sources_know() -> None:
    known = set().union(*(literals(tree) for file, tree in sources().items() if not file.startswith("screens/words")))
    variants = {id_.split(".", 1)[1] for id_ in ids_of("error") if "." in id_}
    assert sorted(variants - known) == []
    assert {id_.split(".")[0] for id_ in ids_of("error") if "." in id_} == set(VARIANTS)


def test_every_id_of_the_city_has_words() -> None:
    assert ids_of("state") == set(State)
    assert ids_of("act") == set(ACTS)
    assert ids_of("role") == set(Role)
    assert ids_of("place") == set(Place)
    assert ids_of("offline") == set(Offline)
    assert ids_of("rule") == {rule.id for rule in RULES} | {"REJECTED"}
    assert ids_of("warning") == set(WARNINGS)
    assert ids_of("id_kind") == set(ID_KINDS)
    assert ids_of("got") == set(GOT)
    assert {"pending", "acknowledged", "parked", "online", "offline", "not_enrolled"} <= ids_of("sync")


def test_states_are_called_as_in_the_state_table() -> None:
    assert {state: Words.of("zh-Hans").state(state) for state in State} == NAMES


def test_every_sentence_that_a_command_says_is_there() -> None:
    said = {
        str(node.args[0].value)
        for tree in sources().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", "") == "say"
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and re.fullmatch(r"[a-z_]+\.[a-zA-Z0-9_.-]+", str(node.args[0].value))
    }
    assert said
    assert sorted(said - set(sentences("zh-Hans"))) == []


NAMED = ("state", "act", "role", "place", "offline", "outcome", "rule", "sync", "id_kind", "field", "error", "warning")
NAMED += ("case_kind", "decide_level", "item_type", "village_role", "way")  # codes of an item's record


def begun_in(tree: ast.Module) -> Iterator[str]:
    """The texts of a source that are an id, or with which one begins."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            yield str(node.values[0].value)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_nothing_is_kept_that_nobody_says() -> None:
    scripts = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "scripts").glob("*.py"))]
    texts = {text for tree in (*sources().values(), *scripts) for text in begun_in(tree) if "." in text}
    begins = tuple(text for text in texts if text.endswith((".", "_")) and re.fullmatch(r"[a-z_0-9]+\.[a-z_]*", text))
    said = {id_ for id_ in sentences("zh-Hans") if id_ in texts or id_.startswith(begins) or id_.split(".")[0] in NAMED}
    assert sorted(set(sentences("zh-Hans")) - said) == []


def test_every_step_that_the_demo_tells_is_there() -> None:
    steps = {
        str(node.args[0].value)
        for node in ast.walk(sources()["screens/demo_city.py"])
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "tell" and node.args
        if isinstance(node.args[0], ast.Constant)
    }
    assert steps
    assert sorted(steps - ids_of("demo")) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sentences_hold_nothing_that_a_terminal_would_obey(lang: str) -> None:
    hidden = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert [
        id_ for id_, text in sentences(lang).items() if {unicodedata.category(char) for char in text} & hidden
    ] == []
    assert [id_ for id_, text in sentences(lang).items() if not text] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_screens_say_nothing_that_an_old_console_draws_twice_as_wide(lang: str) -> None:
    # Papers are drawn by printers and fonts that are known; a cut text has its mark in one cell everywhere we looked.
    on_paper = set(tomllib.loads((ROOT / "screens" / "words" / lang / "papers.toml").read_text(encoding="utf-8")))
    assert [
        (id_, char)
        for id_, text in sentences(lang).items()
        for char in text
        if unicodedata.east_asian_width(char) == "A" and char != "…" and id_.split(".")[0] not in on_paper
    ] == []


@pytest.mark.parametrize("lang", ["zh-Hans", "zh-Hant"])
def test_an_error_is_read_at_a_glance(lang: str) -> None:
    lengths = {id_: hanzi(text) for id_, text in sentences(lang).items() if id_.startswith("error.")}
    print(f"longer than {HANZI_AIM}:", *(id_ for id_, length in lengths.items() if length > HANZI_AIM))
    assert [id_ for id_, length in lengths.items() if length > HANZI_MOST] == []


def test_chinese_sentences_end_as_sentences_do() -> None:
    assert [id_ for id_, text in sentences("zh-Hans").items() if id_.startswith("error.") and text[-1] != "。"] == []


# Characters that no traditional text has; those that both scripts share are left out.
SIMPLIFIED_ONLY = set(
    "这们为办证码请错写时间动数连网络关闭设备响应签级镇县说话联录终项择题无权处记档单压缩从开没据区个"
)


def test_traditional_is_not_simplified() -> None:
    found = {id_ for id_, text in sentences("zh-Hant").items() if set(text) & SIMPLIFIED_ONLY}
    # The units of a limit stand in the catalogue as they are, and are data.
    assert sorted(found - {"error.limit_unit_unknown"}) == []


def test_a_sentence_is_found_by_its_variant() -> None:
    words = Words.of("zh-Hans")
    assert words.error(Busy("busy", holder="sync", pid=1)) == words.say("error.busy.sync")
    assert words.error(Busy("busy", holder="somebody")) == words.say("error.busy")
    assert words.error(HubUnreachable("hub_unreachable", reason="name")) == words.say("error.hub_unreachable.name")
    assert words.error(NotOurHub("not_our_hub", reason="wire_json")) == words.say("error.not_our_hub")
    assert "backup" in words.error(NotYet("not_yet", what="backup"))


def test_an_error_says_where() -> None:
    said = Words.of("zh-Hans").error(BadInput("id_check_digit", field="applicant.id_no", line=3))
    assert said.endswith("（第3行、证件号码）")
    said = Words.of("en").error(BadInput("id_check_digit", field="set.id_no", line=3))
    assert said.endswith("(line 3, document number)")


def test_limits_are_told_once_and_where_they_are_known() -> None:
    words = Words.of("zh-Hans")
    assert words.error(BadInput("answer_range", field="answers.a", minimum="1", maximum="9")).endswith(
        "（填写项 a、最小1、最大9）"
    )
    assert words.error(BadInput("answer_range", field="answers.a", minimum=None, maximum=None)).endswith("（填写项 a）")
    assert words.error(BadInput("text_too_long", maximum=5, got=9)).count("5") == 1
    assert "超过20MB" in words.error(BadInput("file_too_large", field="file", maximum=20 * 2**20))


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("applicant.phone", "phone"),
        ("set.phone", "phone"),
        ("materials[2].got", "how the material was handed in 3"),
        ("materials[2]", "material 3"),
        ("answers.income", "answer income"),
        ("form[0].options[1].materials", "form field 1 options[1].materials"),
        ("years.2026.holidays.3", "year 2026.holidays.3"),
        ("agent.relation", "agent relation"),
        ("nobody.knows", "nobody.knows"),
        ("", ""),
    ],
)
def test_fields_have_human_names(path: str, said: str) -> None:
    assert Words.of("en").field(path) == said


def test_ids_in_sentences_become_words() -> None:
    said = Words.of("zh-Hans").error(Refused("illegal_act", act="accept", status="VOID"))
    assert "已作废" in said
    assert "受理" in said
    assert "VOID" not in said
    said = Words.of("en").error(Refused("materials_missing", missing=["身份证", "户口簿"]))
    assert "身份证, 户口簿" in said


def test_a_finding_of_the_catalogue_is_told_in_words() -> None:
    said = Words.of("zh-Hans").say("publish.advice", item="A1", code="no_limit", field="promised_limit")
    assert said == "A1：建议：没有写办理期限。请补上。（承诺期限）"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_code_lasts_as_long_as_its_sentence_says(lang: str) -> None:
    assert f"{CODE_MINUTES // 60}" in Words.of(lang).say("station.added", station="S", code="C", hub_url="U")


def test_a_warning_says_where() -> None:
    said = Words.of("zh-Hans").warning({"field": "applicant.id_no", "code": "id_age_unusual"})
    assert said.endswith("（证件号码）")


def test_what_a_stranger_typed_is_made_visible() -> None:
    said = Words.of("zh-Hans").error(Refused("clerk_inactive", clerk="a\x1b[2J\u202eb\n"))
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "\n" not in said
    assert "⟨U+001B⟩" in said
    assert Words.of("en").say("no such\x1bid") == "no such⟨U+001B⟩id"
    assert "\x1b" not in Words.of("en").state("\x1b[0m")


def test_values_are_never_read_as_templates() -> None:
    assert "{clerk.__class__}" in Words.of("en").error(Refused("clerk_inactive", clerk="{clerk.__class__}"))


def test_what_is_unknown_is_shown_and_not_hidden() -> None:
    words = Words.of("en")
    assert words.say("no.such.id", value=1) == "no.such.id"
    assert "brand_new" in words.error(StationError("brand_new", field="applicant.name"))
    assert words.rule(None) == ""
    assert words.rule("XX-9") == "XX-9"
    assert words.say("sync.progress", done=1) == "Syncing: 1 of …"


def test_fields_may_be_called_as_arguments_are() -> None:
    said = Words.of("en").say("demo.synced", id="x", self="y", id_="z", name="N", pushed=1, pulled=2, pending=3)
    assert said.startswith("N synced")


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ("zh-Hans", "zh-Hans"),
        ("zh-Hant", "zh-Hant"),
        ("zh_TW.UTF-8", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("zh_CN.UTF-8", "zh-Hans"),
        ("en_GB", "en"),
        ("xx", "zh-Hans"),
    ],
)
def test_the_nearest_language_is_taken(asked: str, got: str) -> None:
    assert Words.of(asked).lang == got


def test_the_environment_speaks_where_the_call_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATION_LANG", "zh-Hant")
    assert Words.of(None).lang == "zh-Hant"
    assert Words.of("en").lang == "en"
    monkeypatch.delenv("STATION_LANG")
    assert Words.of(None).lang == "zh-Hans"


def test_a_language_is_read_once_and_only_when_it_speaks() -> None:
    words = Words("en")
    assert "_sentences" not in vars(words)
    words.say("demo.done")
    assert "_sentences" in vars(words)
    assert Words.of("en") is Words.of("en")


def test_the_words_import_nothing_heavy() -> None:
    look = "import sys, screens.words; print(*({'msgspec', 'sqlalchemy', 'textual', 'httpx'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


plain = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.just(5_000).map(lambda digits: 10**digits)
)
values = st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
names = st.sampled_from(
    ["field", "line", "maximum", "minimum", "known", "missing", "act", "status", "holder", "reason"]
)
names |= st.sampled_from(
    ["id", "id_", "code_", "what", "expected", "error", "item", "name", "where", "megabytes", "{}"]
)


@given(
    kind=st.sampled_from([StationError, BadInput, Busy, NotOurHub]),
    code=st.sampled_from(sorted(raised_codes())) | st.text(),
    fields=st.dictionaries(names | st.text(min_size=1).filter(lambda name: name not in ("self", "code")), values),
    lang=st.sampled_from(LANGUAGES),
)
def test_any_error_can_be_told(kind: type[StationError], code: str, fields: dict[str, Any], lang: str) -> None:
    said = Words.of(lang).error(kind(code, **fields))
    assert said
    assert len(said) < 20 * VALUE_MOST * len("⟨U+000000⟩")
    assert not {unicodedata.category(char) for char in said} & {"Cc", "Cf", "Cs", "Zl", "Zp"}

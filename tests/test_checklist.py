"""The checklist tells exactly what is missing, from the answers given so far."""

from __future__ import annotations

from typing import Any

import pytest

from station.checklist import deferrable, missing, missing_materials, required_materials, visible_fields
from station.item import Condition, FormField, Item, Material, Option, Question

ITEM = Item(
    code="X",
    version=1,
    name="示例",
    materials=(
        Material("m_form", "申请表"),
        Material("m_proxy", "委托书", necessity=1),
        Material("m_illness", "诊断证明", necessity=1, can_defer=True),
        Material("m_later", "容缺材料", necessity=2),
        Material("m_lease", "租赁合同", necessity=1),
    ),
    questions=(
        Question("handler", "谁?", (Option("self", "本人"), Option("agent", "代办", ("m_proxy",)))),
        Question("ill", "病?", (Option("yes", "有", ("m_illness", "m_later")), Option("no", "没有"))),
        Question("kin", "亲属?", (Option("yes", "是"),), show_if=Condition("handler", ("agent",))),
    ),
    form=(
        FormField("members", "人数", "integer", required=True),
        FormField("car", "有车", "yes_no"),
        FormField("car_use", "用途", "text", required=True, show_if=Condition("car", (True,))),
        FormField("car_load", "载重", "text", required=True, show_if=Condition("car_use", ("货运",))),
        FormField("homes", "住房", "choices", options=(Option("own", "自有"), Option("rent", "租", ("m_lease",)))),
        FormField("rent", "租金", "money", required=True, show_if=Condition("homes", ("rent",))),
    ),
)


def ids(answers: dict[str, Any]) -> list[str]:
    return [material.id for material in required_materials(ITEM, answers)]


def test_without_answers_only_the_necessary_material_is_required_and_the_questions_are_missing() -> None:
    assert ids({}) == ["m_form"]
    assert missing(ITEM, {}, {}) == ("申请表", "answers.handler", "answers.ill", "answers.members")


def test_an_answer_asks_for_its_materials_in_the_order_of_the_item() -> None:
    assert ids({"ill": "yes", "handler": "agent"}) == ["m_form", "m_proxy", "m_illness", "m_later"]
    assert ids({"ill": "no", "handler": "self"}) == ["m_form"]
    assert ids({"homes": ["own", "rent"]}) == ["m_form", "m_lease"]


@pytest.mark.parametrize(
    ("state", "here"),
    [
        ("original_seen", True),
        ("paper", True),
        ("copy", True),
        ("ecert", True),
        ("deferred", False),
        ("missing", False),
        ("?", False),
    ],
)
def test_a_deferred_material_is_still_missing(state: str, here: bool) -> None:
    assert (missing_materials(ITEM, {}, {"m_form": state}) == ()) is here


def test_hidden_questions_ask_nothing_and_chains_of_conditions_hold_together() -> None:
    assert "answers.kin" not in missing(ITEM, {"handler": "self"}, {})
    assert "answers.kin" in missing(ITEM, {"handler": "agent"}, {})
    chain = {"car_use": "货运"}
    assert "car_load" not in {field.id for field in visible_fields(ITEM, chain)}, "its decider is hidden"
    assert "car_load" in {field.id for field in visible_fields(ITEM, {**chain, "car": True})}
    assert "car_use" not in {field.id for field in visible_fields(ITEM, {"car": 1})}, "1 is not yes"
    assert "answers.rent" in missing(ITEM, {"homes": ["own", "rent"]}, {})


def test_a_hidden_answer_asks_for_nothing() -> None:
    hidden = Question("sub", "?", (Option("y", "y", ("m_proxy",)),), show_if=Condition("ill", ("yes",)))
    item = Item(code="X", version=1, name="x", materials=ITEM.materials, questions=(ITEM.questions[1], hidden))
    assert "m_proxy" not in [m.id for m in required_materials(item, {"ill": "no", "sub": "y"})]
    assert "m_proxy" in [m.id for m in required_materials(item, {"ill": "yes", "sub": "y"})]


def test_zero_and_no_are_answers_and_blanks_are_none() -> None:
    assert "answers.members" not in missing(ITEM, {"members": 0}, {})
    blanks: tuple[Any, ...] = (None, "", "  ", [], ())
    for empty in blanks:
        assert "answers.members" in missing(ITEM, {"members": empty}, {})


def test_only_what_may_come_later_is_deferrable() -> None:
    answers = {"ill": "yes", "handler": "agent"}
    assert [m.id for m in deferrable(ITEM, answers, {})] == ["m_illness", "m_later"]
    assert [m.id for m in deferrable(ITEM, answers, {"m_illness": "copy"})] == ["m_later"]


def test_a_circle_of_conditions_shows_nothing_and_ends() -> None:
    one = FormField("a", "a", "text", show_if=Condition("b", ("x",)))
    two = FormField("b", "b", "text", show_if=Condition("a", ("x",)))
    own = FormField("c", "c", "text", show_if=Condition("c", ("x",)))
    item = Item(code="X", version=1, name="x", form=(one, two, own))
    assert visible_fields(item, {"a": "x", "b": "x", "c": "x"}) == ()

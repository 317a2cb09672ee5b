"""A service item (事项) of the published catalogue, in one version. Read-only at the station; a case is pinned to it.

The published record is kept whole beside this value: a field that this version does not know is never lost.
"""

from __future__ import annotations

from typing import Literal

import msgspec

REQUIRED = 0  # 必要; code set of the seed catalogue, `code_sets.json` material_necessity
CONDITIONAL = 1  # 非必要: asked for only where an answer asks for it
DEFERRABLE = 2  # 容缺

FieldType = Literal[
    "text",
    "long_text",
    "integer",
    "decimal",
    "money",
    "date",
    "yes_no",
    "choice",
    "choices",
    "phone",
    "resident_id",
    "bank_account",
]


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Shown only when the answer to `field` is one of `among` (values as they stand in the answers)."""

    field: str
    among: tuple[str | int | bool, ...]


class Option(msgspec.Struct, frozen=True, omit_defaults=True):
    """One answer to a question, and the ids of the materials that it asks for."""

    value: str
    label: str
    materials: tuple[str, ...] = ()


class Question(msgspec.Struct, frozen=True, omit_defaults=True):
    """A scenario question (情形) that decides materials."""

    id: str
    text: str
    options: tuple[Option, ...]
    required: bool = True
    show_if: Condition | None = None


class FormField(msgspec.Struct, frozen=True, omit_defaults=True):
    """One field of the item's application form. Values survive into the case as `answers.ID`.

    `minimum` and `maximum` are in `unit` and inclusive; `pattern` is a regular expression for the whole text.
    """

    id: str
    label: str
    type: FieldType
    required: bool = False
    group: str = ""
    show_if: Condition | None = None
    options: tuple[Option, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    pattern: str | None = None
    unit: str = ""
    hint: str = ""


class Material(msgspec.Struct, frozen=True, omit_defaults=True):
    """One paper or certificate that the item asks for."""

    id: str
    name: str
    necessity: int = REQUIRED
    source: int = 0
    form: str = "paper_or_electronic"
    original_copies: int = 1
    photocopy_copies: int = 0
    ecert_name: str | None = None
    accept_standard: str = ""
    can_defer: bool = False
    note: str = ""


class SpecialProcedure(msgspec.Struct, frozen=True, omit_defaults=True):
    """A special procedure (特别程序) of the item: type 1 prolongs, type 2 is not counted (行政许可法 第四十五条)."""

    name: str
    type: str = "2"


class Item(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One version of one item. Limits are amounts in `limit_unit` (工作日, 自然日, 月, 小时, 即办)."""

    code: str
    version: int
    name: str = msgspec.field(name="item_name")
    aliases: tuple[str, ...] = ()
    item_type: str = ""
    implementing_dept: str = ""
    dept_code: str = ""
    decide_level: str = "district"
    village_role: str = "collect_and_forward"
    case_type: str = "2"
    statutory_limit: int | None = None
    promised_limit: int | None = None
    limit_unit: str = "工作日"
    special_procedures: tuple[SpecialProcedure, ...] = ()
    public_notice_days: int = 0
    suspendable: bool = False
    conditions: tuple[str, ...] = ()
    flow: tuple[str, ...] = ()
    result: str = ""
    materials: tuple[Material, ...] = ()
    questions: tuple[Question, ...] = ()
    form: tuple[FormField, ...] = ()
    applicant_kinds: tuple[str, ...] = ("person",)
    offline_intake: bool = True
    offline_accept: bool = False
    effective_from: str = ""
    effective_to: str = ""
    status: str = "在用"
    demo: bool = False

    def material(self, name: str) -> Material | None:
        """The material of that id or that name."""
        return next((m for m in self.materials if name in (m.id, m.name)), None)

    def askable(self, answer_id: str) -> Question | FormField | None:
        """The question or form field of that id: both answer into `answers.ID` and share one set of ids."""
        return next((asked for asked in self.askables if asked.id == answer_id), None)

    @property
    def askables(self) -> tuple[Question | FormField, ...]:
        """All questions, then all form fields."""
        questions: tuple[Question | FormField, ...] = self.questions
        return questions + self.form

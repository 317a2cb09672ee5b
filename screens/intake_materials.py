"""The materials of an intake: what is asked for, what came, and in which form. Pure."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from screens.intake_answers import answers
from station.checklist import PRESENT, required_materials
from station.drafts import Draft
from station.item import DEFERRABLE, Item, Material

MARKS = ("original_seen", "paper", "copy", "ecert", "deferred", "missing")  # picked by the digits 1 to 6
DEFERRED = "deferred"
ISSUED = 1  # a material's source: what an authority issued is seen and given back


class Offered(NamedTuple):
    """One material of the item, whether these answers ask for it, and what came of it ("" where nobody has said)."""

    material: Material
    asked: bool
    got: str

    @property
    def here(self) -> bool:
        """Whether it came, in whatever form."""
        return self.got in PRESENT


def offered(item: Item, draft: Draft) -> tuple[Offered, ...]:
    """Every material of the item: those that these answers ask for in front, each in the item's order."""
    asked = {material.id for material in required_materials(item, answers(item, draft))}
    found = [Offered(each, each.id in asked, draft.materials.get(each.id, "")) for each in item.materials]
    return tuple(sorted(found, key=lambda each: not each.asked))


def usual(material: Material) -> str:
    """How this material usually comes: what an authority issued as an original that is seen, the rest on paper."""
    if material.form == "electronic":
        return "ecert"
    return "original_seen" if material.source == ISSUED else "paper"


def may_defer(material: Material) -> bool:
    """Whether the item lets it come later (容缺)."""
    return material.can_defer or material.necessity == DEFERRABLE


def marked(draft: Draft, material: str, got: str) -> Draft:
    """The draft with this state of a material; an empty one takes it back."""
    held = {key: value for key, value in draft.materials.items() if key != material}
    return msgspec.structs.replace(draft, materials={**held, material: got} if got else held)


def all_received(item: Item, draft: Draft) -> Draft:
    """The draft with everything that is asked for, as it usually comes; what was marked stays."""
    for each in offered(item, draft):
        if each.asked and not each.got:
            draft = marked(draft, each.material.id, usual(each.material))
    return draft


def counts(item: Item, draft: Draft) -> tuple[int, int]:
    """How many of the materials that are asked for are here, and how many are asked for."""
    asked = [each for each in offered(item, draft) if each.asked]
    return sum(each.here for each in asked), len(asked)

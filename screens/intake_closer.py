"""The closer look of an intake: what is known of the field or the material under the cursor. Pure."""

from __future__ import annotations

from screens.intake_materials import Offered, may_defer
from screens.intake_steps import Entry
from screens.widgets.text_lines import Fact
from screens.words import Words
from station.item import Material

FORMS = ("paper_or_electronic", "electronic_or_paper", "electronic", "paper")


def needed(material: Material, words: Words) -> str:
    """How many of what is asked for, shortly."""
    counts = {"originals": material.original_copies, "photocopies": material.photocopy_copies}
    parts = [words.say(f"intake.{name}", count=count) for name, count in counts.items() if count]
    return " ".join(parts) or words.say("intake.needed")


def of_material(offered: Offered, words: Words) -> list[Fact]:
    """All that the item says of a material, and what came."""
    say, (material, asked, got) = words.say, offered
    facts = [
        Fact("", material.name, loud=True),
        Fact(say("intake.needs"), needed(material, words) if asked else say("intake.not_needed")),
        Fact(say("intake.state"), say(f"got.{got}") if got else say("intake.not_received")),
        Fact(say("intake.standard"), material.accept_standard),
        Fact(say("intake.form_of"), say(f"material_form.{material.form}") if material.form in FORMS else material.form),
        Fact(say("intake.source"), say(f"material_source.{material.source if 0 <= material.source <= 2 else 2}")),
        Fact(say("intake.ecert"), material.ecert_name or ""),
        Fact(say("column.note"), material.note),
        Fact(say("intake.deferral"), say("intake.may_defer" if may_defer(material) else "intake.may_not_defer")),
    ]
    return [fact for fact in facts if fact.text]


def of_field(entry: Entry, text: str, words: Words, *, brought: bool) -> list[Fact]:
    """What a field wants, and all of what stands in it."""
    say = words.say
    facts = [Fact("", say(entry.label), loud=True)]
    if entry.required:
        facts.append(Fact("", say("intake.required")))
    if entry.hint:
        facts.append(Fact("", entry.hint))
    if entry.kind == "date":
        facts.append(Fact("", say("intake.date_help")))
    if entry.choices:
        facts.append(Fact("", say("intake.choices_help" if entry.kind == "choices" else "intake.choice_help")))
        facts += [Fact(str(place), say(each.label)) for place, each in enumerate(entry.choices, 1)]
    elif text:
        facts.append(Fact("", text))
    if brought:
        facts.append(Fact("", say("intake.brought_help")))
    return facts

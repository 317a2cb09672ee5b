"""What Ctrl+Z takes back: a field at a time, bounded, and never more than was changed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from screens.draft_history import CHANGES_MOST, DraftHistory
from screens.intake_answers import typed
from station.drafts import Draft

EMPTY = Draft(id="d", clerk="c")


class Typing:
    """A draft and its history, as a page drives them."""

    def __init__(self) -> None:
        self.draft, self.history = EMPTY, DraftHistory()

    def type(self, path: str, text: str) -> None:
        for end in range(1, len(text) + 1):
            after = typed(self.draft, path, text[:end])
            if after is not self.draft:
                self.history.changed(path, self.draft)
                self.draft = after
        self.history.settle()

    def undo(self) -> str | None:
        return self._moved(self.history.undo(self.draft))

    def redo(self) -> str | None:
        return self._moved(self.history.redo(self.draft))

    def _moved(self, change):  # type: ignore[no-untyped-def]
        if change is None:
            return None
        self.draft = change.draft
        return change.path


def test_letters_of_one_field_are_one_change_and_each_field_is_its_own() -> None:
    at = Typing()
    at.type("applicant.name", "黄阿婆")
    at.type("note", "腿脚不便")
    assert at.undo() == "note"
    assert at.draft.applicant == {"name": "黄阿婆"}
    assert at.draft.note == ""
    assert at.undo() == "applicant.name"
    assert at.draft == EMPTY
    assert at.undo() is None


def test_coming_back_to_a_field_is_another_change() -> None:
    at = Typing()
    at.type("note", "甲")
    at.type("note", "乙")
    assert at.undo() == "note"
    assert at.draft.note == "甲"


def test_what_was_taken_back_can_be_done_again_until_something_else_is_typed() -> None:
    at = Typing()
    at.type("note", "甲")
    whole = at.draft
    at.undo()
    assert at.redo() == "note"
    assert at.draft == whole
    assert at.redo() is None
    at.undo()
    at.type("applicant.name", "陈")
    assert at.redo() is None


def test_the_list_has_an_end() -> None:
    at = Typing()
    for number in range(CHANGES_MOST + 5):
        at.type("note", f"{number:04}")
    times = 0
    while at.undo():
        times += 1
    assert times == CHANGES_MOST
    assert at.draft.note == "0004"


@given(st.lists(st.tuples(st.sampled_from(["note", "applicant.name", "agent.name"]), st.text(max_size=5)), max_size=30))
def test_undoing_all_and_doing_all_again_gives_the_same_draft(words: list[tuple[str, str]]) -> None:
    at = Typing()
    for path, text in words:
        at.type(path, text)
    whole = at.draft
    while at.undo() is not None:
        pass
    assert at.draft == EMPTY
    while at.redo() is not None:
        pass
    assert at.draft == whole

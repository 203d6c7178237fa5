"""Tables stay within their width, and lose nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.terminal.table import WIDTH, table

WORDS = st.lists(st.text("abcdefgh", min_size=1, max_size=12), max_size=40).map(" ".join)


def test_columns_are_aligned_and_wrapped() -> None:
    lines = table(("check", "what"), [("one", "a " * 100), ("two", "short")], indent="")
    assert lines[0].startswith("check  what")
    assert lines[1].startswith("-----  ---")
    assert all(len(line) <= WIDTH for line in lines)
    assert lines[-1] == "two    short"


@pytest.mark.parametrize(("columns", "paragraphs"), [(40, True), (55, True), (80, False), (200, False)])
def test_a_terminal_breaks_no_line(monkeypatch: pytest.MonkeyPatch, columns: int, *, paragraphs: bool) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    rows = [("TheFirstResource", "Modify", "", "it " * 30), ("TheSecond", "Add", "all", "short")]
    lines = table(("resource", "action", "properties", "reason"), rows)
    assert all(len(line) <= columns for line in lines)
    assert (lines[:2] == ["  TheFirstResource", "    action: Modify"]) is paragraphs
    assert (lines[-3:] == ["    action: Add", "    properties: all", "    reason: short"]) is paragraphs
    assert " ".join(lines).split().count("it") == 30


def test_an_arn_is_not_broken() -> None:
    arn = "arn:aws:events:eu-west-1:123456789012:rule/" + "x" * 120
    assert any(line.endswith(arn) for line in table(("a", "b"), [("1", f"on {arn}")]))


def test_what_could_steer_a_terminal_is_shown_as_an_escape() -> None:
    assert not any("\x1b" in line for line in table(("a", "b"), [("\x1b[31m", "\x1b]0;title")]))


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), max_size=6))
def test_every_word_is_there_within_the_width(rows: list[tuple[str, str, str]]) -> None:
    lines = table(("a", "b", "c"), rows)
    assert sorted(word for line in lines[2:] for word in line.split()) == sorted(
        word for row in rows for cell in row for word in cell.split()
    )
    assert all(len(line) <= WIDTH for line in lines)

"""What the first pages say of accuracy is what docs/accuracy.md says."""

from pathlib import Path

import pytest

from tests.conftest import ROOT
from tools.accuracy.__main__ import DOCUMENT
from tools.accuracy.__main__ import shown as tables
from tools.accuracy.summary import PAGES, shown, summary, with_summary

TABLES = tables(DOCUMENT.read_text())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_first_page_shows_the_numbers(page: Path):
    assert shown(page.read_text()) == summary(TABLES), "run make accuracy ARGS=--write"


def test_the_numbers_are_those_of_the_tables():
    changed = TABLES.replace("| held out, collected last | ", "| held out, collected last | 1").replace(
        "types of the registry | ", "types of the registry | 9,"
    )
    assert changed != TABLES
    before, after = summary(TABLES), summary(changed)
    different = [line for line, other in zip(before.splitlines(), after.splitlines(), strict=True) if line != other]
    assert [line.split(":")[0].split(" ")[1] for line in different] == ["denials", "types"]


def test_it_is_written_between_the_marks_and_nothing_else_is():
    page = "a\n\n<!-- how right -->\n\nold\n\n<!-- /how right -->\n\nb\n"
    assert with_summary(page, "new") == page.replace("old", "new")

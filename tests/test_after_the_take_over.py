"""docs/after-the-take-over.md names what is there, and all of it; and what goes says so at its head."""

import ast
import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "after-the-take-over.md").read_text()
LINES = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|$", PAGE, re.MULTILINE)
GONE = re.compile(r"^ops(\.orphans|\.importing|\.commands\.reconcile)(\.|$)")
MOVED_BEFORE = {"ops/commands/deploy_role.py"}
"""What still reads a stack with `ops.importing.stack`, and goes on with the reader in `ops.stack`."""


def named_paths(page: str) -> set[str]:
    return {
        name for name in re.findall(r"`([\w./-]+)`", page) if "/" in name and not name.startswith("rehearsal/live/")
    }


def missing_lines(lines: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(file, line) for file, line in lines if line not in (ROOT / file).read_text()]


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def python_files() -> list[Path]:
    folders = ("leastgrant", "local_aws", "ops", "permissions_diff", "rehearsal", "summary", "tests", "tools")
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def goes(path: str) -> bool:
    whole = re.findall(r"^- (.*)$", PAGE, re.MULTILINE)
    return any(path.startswith(name) for line in whole for name in re.findall(r"`([\w./-]+)`", line))


def test_every_path_is_there() -> None:
    assert [name for name in sorted(named_paths(re.sub(r"(?m)^\|.*", "", PAGE))) if not (ROOT / name).exists()] == []


def test_every_line_is_there() -> None:
    assert len(LINES) > 30
    assert missing_lines(LINES) == []


def test_a_line_that_is_gone_is_noticed() -> None:
    assert missing_lines([("Makefile", "python -m ops reconsider")]) == [("Makefile", "python -m ops reconsider")]


@pytest.mark.slow
def test_what_goes_is_imported_by_nothing_that_stays() -> None:
    importers = {str(path.relative_to(ROOT)) for path in python_files() if any(map(GONE.match, imported(path)))}
    assert len(importers) > 5
    assert {path for path in importers if not goes(path)} <= MOVED_BEFORE


def test_every_reader_of_the_record_is_named() -> None:
    readers = {
        str(path.relative_to(ROOT))
        for path in python_files()
        if re.search(r'/ "live"', path.read_text()) and path != Path(__file__)
    }
    assert readers
    assert readers <= {file for file, _ in LINES}


@pytest.mark.parametrize("head", ["ops/orphans/__init__.py", "ops/importing/__init__.py", "rehearsal/__init__.py"])
def test_what_goes_says_so_at_its_head(head: str) -> None:
    docstring = ast.get_docstring(ast.parse((ROOT / head).read_text()))
    assert docstring is not None
    assert "serves the take-over, and goes the day after it" in re.sub(r"\s+", " ", docstring).replace(
        "Serves", "serves"
    )
    assert "docs/after-the-take-over.md" in docstring


def test_the_record_says_so_at_its_head() -> None:
    assert "serve the take-over" in (ROOT / "live" / "README.md").read_text().partition("\n\n")[2]

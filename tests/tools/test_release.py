import pytest

from tools.release import ReleaseError, notes
from tools.release import __main__ as command

CHANGELOG = """\
# Changelog

## [Unreleased]

- Later.

## [0.2.0] - 2026-12-01

### Added

- This.

## [0.1.0] - 2026-11-01

- That.
"""


def test_the_notes_are_the_section_of_the_version() -> None:
    assert notes("v0.2.0", "0.2.0", CHANGELOG) == "### Added\n\n- This.\n"
    assert notes("v0.1.0", "0.1.0", CHANGELOG) == "- That.\n"


@pytest.mark.parametrize(
    ("tag", "version", "why"),
    [
        ("0.2.0", "0.2.0", "'0.2.0' is no tag of a release; write v1.2.3"),
        ("v0.2.0\n", "0.2.0", "is no tag of a release"),
        ("v0.2.0", "0.1.0", "v0.2.0 is the tag of 0.2.0, and leastgrant is 0.1.0; tag v0.1.0"),
        ("v0.3.0", "0.3.0", "CHANGELOG.md: no section '## [0.3.0] - YYYY-MM-DD'"),
        ("v0.1.1", "0.1.1", "CHANGELOG.md: no section"),
    ],
)
def test_a_tag_that_cannot_be_released_is_refused(tag: str, version: str, why: str) -> None:
    with pytest.raises(ReleaseError) as refused:
        notes(tag, version, CHANGELOG)
    assert why in str(refused.value)


def test_a_section_without_notes_is_refused() -> None:
    with pytest.raises(ReleaseError):
        notes("v0.2.0", "0.2.0", "## [0.2.0] - 2026-12-01\n\n## [0.1.0] - 2026-11-01\n\n- That.\n")


def test_the_command_refuses_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["v999.0.0"]) == 2
    assert command.main([]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 2

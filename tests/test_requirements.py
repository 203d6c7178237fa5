"""The hashed requirements files: all are installed into one environment, and none tells from where."""

import re
from collections import defaultdict
from collections.abc import Mapping

from tests.conftest import ROOT
from tools.upgrade.pins import locked

FILES = {path.name: path.read_text() for path in sorted(ROOT.glob("requirements*.txt"))}


def disagreements(files: Mapping[str, str]) -> list[str]:
    """The packages that two files pin to different versions."""
    pinned: defaultdict[str, set[str]] = defaultdict(set)
    for text in files.values():
        for package, version in locked(text).items():
            pinned[package].add(version)
    return [package for package, versions in pinned.items() if len(versions) > 1]


def test_each_package_has_one_version() -> None:
    assert len(FILES) == 8
    assert disagreements(FILES) == []


def test_a_second_version_is_found() -> None:
    assert disagreements(FILES | {"requirements-x.txt": "boto3==0.0.1 \\\n"}) == ["boto3"]


def test_no_file_names_an_index() -> None:
    index = re.compile(r"https?://|--(extra-)?index-url|--find-links")
    assert [name for name, text in FILES.items() if index.search(text)] == []

"""The filter patterns of GitHub Docs' cheat sheet, and what of them an IAM pattern says."""

import pytest

from leastgrant.workflow.filters import EVERY, Glob, NameFilter


@pytest.mark.parametrize(
    ("pattern", "like", "unlike"),
    [
        ("feature/*", ["feature/my-branch"], ["feature/a/b", "x/feature/a"]),
        ("feature/**", ["feature/beta-a/my-branch", "feature/"], ["feature"]),
        ("releases/mona-the-octocat", ["releases/mona-the-octocat"], ["releases"]),
        ("*", ["main", "releases"], ["all/the/branches"]),
        ("**", ["all/the/branches", "every/tag"], []),
        ("*feature", ["mona-feature", "feature"], ["feature-1"]),
        ("v2*", ["v2", "v2.0", "v2.9"], ["v1"]),
        ("v[12].[0-9]+.[0-9]+", ["v1.10.1", "v2.0.0"], ["v3.0.0", "v1.x.1", "v1.1."]),
        ("colou?r", ["color", "colour"], ["colouur"]),
        ("a+", ["a", "aaa"], ["", "b"]),
        (r"a\+b", ["a+b"], ["aab"]),
        ("**+?", ["", "anything/at/all"], []),
        ("[z-a]", ["z"], ["m"]),
        ("+?", ["+"], []),
    ],
)
def test_globs(pattern: str, like: list[str], unlike: list[str]):
    glob = Glob(pattern)
    assert [name for name in like if not glob.matches(name)] == []
    assert [name for name in unlike if glob.matches(name)] == []
    assert all(glob.pattern.matches(name) for name in like), "the IAM pattern is narrower"
    assert glob.matches(glob.sample)


def test_the_last_pattern_decides():
    names = NameFilter((Glob("releases/**"), Glob("!releases/**-alpha"), Glob("releases/x-alpha")))
    assert [names.accepts(f"releases/{name}") for name in ("1", "1-alpha", "x-alpha")] == [True, False, True]
    assert [str(pattern) for pattern in names.patterns()] == ["releases/*", "releases/x-alpha"]


def test_ignored():
    names = NameFilter((Glob("main"),), ignoring=True)
    assert (names.accepts("main"), names.accepts("x"), EVERY.accepts("main")) == (False, True, True)


def test_a_hostile_pattern_ends():
    assert not Glob("*a" * 500 + "b").matches("a" * 1_000)

"""The bar: on a terminal, after a second, and gone at the end."""

import io

import pytest

from leastgrant.cli.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(stream: io.StringIO, total: int | None, unit: str, *steps: tuple[float, int]) -> str:
    now = [0.0]
    with Progress("Reading", total, unit, stream=stream, clock=lambda: now[0]) as progress:
        for seconds, by in steps:
            now[0] = seconds
            progress.advance(by)
    return stream.getvalue()


CLEAR = "\r\x1b[K"


def test_what_takes_a_second_shows_how_far_it_is():
    bar = "[############            ]  50%, 2 stacks of 4 stacks"
    assert shown(Terminal(), 4, "stacks", (1.5, 2)) == f"{CLEAR}Reading {bar}{CLEAR}"


@pytest.mark.parametrize("steps", [(), ((0.9, 1),), ((0.5, 1), (0.9, 3))])
def test_what_is_quick_shows_nothing(steps: tuple[tuple[float, int], ...]):
    assert shown(Terminal(), 4, "stacks", *steps) == ""


def test_a_pipe_is_shown_nothing():
    assert shown(io.StringIO(), 4, "stacks", (5, 4)) == ""


def test_it_is_not_drawn_for_every_step():
    drawn = shown(Terminal(), 4, "stacks", (1.5, 1), (1.55, 1), (1.65, 1), (1.7, 1))
    assert drawn.count(CLEAR) == 3


@pytest.mark.parametrize(("done", "text"), [(12, "12 B"), (1_234_567, "1.23 MB"), (9_800_000_000, "9.8 GB")])
def test_of_what_has_no_known_end_it_counts(done: int, text: str):
    assert shown(Terminal(), None, "B", (2, done)) == f"{CLEAR}Reading {text}{CLEAR}"


def test_it_is_gone_when_the_work_fails():
    stream, now = Terminal(), [0.0]

    def fail() -> None:
        with Progress("Reading", 2, stream=stream, clock=lambda: now[0]) as progress:
            now[0] = 2
            progress.advance()
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        fail()
    assert stream.getvalue().endswith(CLEAR)

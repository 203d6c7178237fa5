"""Play what leastgrant does, on an example of its own: nothing is read but that, and nothing is kept."""

from __future__ import annotations

import io
import os
import re
import shlex
import sys
import tempfile
import time
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from leastgrant.cli import parser as cli
from leastgrant.cli.arguments import add_example
from leastgrant.cli.commands.common import PROVED
from leastgrant.cli.output import write
from leastgrant.cli.screen import COLUMNS, Scene, svg
from leastgrant.cli.terminal import has_colour, has_links

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping

    from leastgrant.cli.parser import Parser

EXAMPLES: Final = ("app.yaml", "role.yaml")
SHOP: Final = "--app app.yaml --stack-name shop --account 123456789012 --region eu-west-1"
_FILTER: Final = " | grep -o "
DENIAL: Final = (
    "User: arn:aws:sts::123456789012:assumed-role/deployer/gh is not authorized to perform:\n"
    "    events:DescribeRule on resource: arn:aws:events:eu-west-1:123456789012:rule/shop-Nightly-1VU"
)
TITLE: Final = "leastgrant demo"


@dataclass(frozen=True, slots=True)
class Act:
    """A question, the commands that answer it, and how long the answer is read."""

    question: str
    commands: tuple[str, ...]
    seconds: float


ACTS: Final = (
    Act(
        "app.yaml has a rule that fills a queue each night. What will CloudFormation call for it?",
        (f"shop='{SHOP}'", "leastgrant needs $shop | grep -o 'required .*'"),
        7,
    ),
    Act(
        "Does the role that deploys it grant that, and nothing else?",
        ("leastgrant check --role role.yaml $shop --namespace 'arn:aws:*:eu-west-1:123456789012:*shop-*'",),
        10,
    ),
    Act(
        "Write the least policy that does, and prove it.",
        ("leastgrant generate $shop --output least.json", "leastgrant check --role least.json $shop"),
        7,
    ),
    Act("And what of yesterday's rollback?", (f"leastgrant denied --role role.yaml $shop \\\n    '{DENIAL}'",), 11),
)


class Options(cli.Options):
    """The arguments of the command."""

    fast: bool = False
    svg: Path | None = None


def run(options: Options) -> int:
    """Run the command; returns the exit status: 0, whatever its commands find."""
    if options.svg is not None:
        write(recorded(), options.svg, "--svg")
        return PROVED
    on_terminal = sys.stdout.isatty() and not options.fast
    pause = time.sleep if on_terminal else _at_once
    colour = has_colour(None)
    look = {"FORCE_COLOR": "1" if colour else "0", "FORCE_HYPERLINK": "1" if has_links(None) else "0"}
    try:
        with _stage(), _environment(look):
            for act in ACTS:
                _play(act, colour=colour, pause=pause)
    except KeyboardInterrupt:
        write("\n", None)
    return PROVED


def recorded() -> str:
    """Return the SVG of the demo, which is the same wherever it is recorded."""
    look = {"COLUMNS": str(COLUMNS), "FORCE_COLOR": "1", "FORCE_HYPERLINK": "0", "NO_COLOR": ""}
    with _stage(), _environment(look):
        return svg([_scene(act) for act in ACTS], TITLE)


def _scene(act: Act) -> Scene:
    typed = [f"\x1b[2m# {act.question}\x1b[0m"]
    *before, last = act.commands
    for command in before:
        typed += [*_prompted(command), *_answer(command)]
    typed += _prompted(last)
    return Scene(tuple(typed), tuple(_answer(last)), act.seconds)


def _play(act: Act, *, colour: bool, pause: Callable[[float], None]) -> None:
    dim, end = ("\x1b[2m", "\x1b[0m") if colour else ("", "")
    write(f"{dim}# {act.question}{end}\n", None)
    for command in act.commands:
        pause(1)
        write("$ ", None)
        for letter in command:
            write(letter, None)
            pause(0.015)
        write("\n", None)
        pause(0.3)
        for line in _answer(command):
            write(f"{line}\n", None)
            pause(0.03)
    write("\n", None)
    pause(act.seconds / 2)


def _at_once(_: float) -> None:
    """Wait for nothing."""


def _prompted(command: str) -> Iterator[str]:
    first, *others = command.splitlines()
    yield f"\x1b[32m$\x1b[0m \x1b[1m{first}\x1b[0m"
    yield from (f"\x1b[1m{line}\x1b[0m" for line in others)


def _answer(command: str) -> list[str]:
    """Run a command of the demo; return what it prints."""
    typed, piped, pattern = command.partition(_FILTER)
    program, *arguments = shlex.split(typed.replace("$shop", SHOP).replace("\\\n", ""))
    if program != "leastgrant":
        return []  # it sets a variable of the shell
    screen = _Screen(is_terminal=not piped)
    with redirect_stdout(screen), redirect_stderr(screen):
        cli.run_command(cli.parse_arguments(arguments))
    lines = screen.getvalue().splitlines()
    if not piped:
        return lines
    wanted = re.compile(shlex.split(pattern)[0])
    return [found[0] for line in lines for found in wanted.finditer(line)]


class _Screen(io.StringIO):
    """What is printed, as if on a terminal, or in a pipe."""

    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@contextmanager
def _stage() -> Generator[None]:
    """Work in a folder of its own, which has the example and is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="leastgrant-demo-") as folder, chdir(folder):
        for name in EXAMPLES:
            text = files("leastgrant.cli").joinpath("demo", name).read_text(encoding="utf-8")
            Path(name).write_text(text, encoding="utf-8")
        yield


@contextmanager
def _environment(values: Mapping[str, str]) -> Generator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def add_arguments(parser: Parser) -> None:
    """Declare what the command takes."""
    add_example(parser, "leastgrant demo --fast")
    parser.add_argument("--fast", action="store_true", help="print it at once, as where it is piped")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw it in a file instead, as a picture that moves")

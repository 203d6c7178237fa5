"""JSON templates, read with the lines of their outer keys.

The standard decoder is fast but tells no lines, so the outermost objects are walked here, member by member,
and the decoder reads what is inside.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NoReturn, cast

from leastgrant.documents.source import LOCATED, Path, Source, TemplateError, quoted

if TYPE_CHECKING:
    from leastgrant.documents.source import Json

_SPACE = re.compile(r"[ \t\n\r]*")


class _Refused(Exception):  # noqa: N818  (never leaves this module)
    """What the decoder's hooks refuse, where they know no position."""


def _members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))
        raise _Refused(f"key {quoted(twice)} appears twice; keep one")
    return members


def _constant(text: str) -> NoReturn:
    raise _Refused(f"{text} is not JSON; write a number or a string")


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_constant)


def read_json(text: str, name: str) -> tuple[Json, Source]:
    """Parse JSON `text`; return its value and its source.

    Raises:
        TemplateError: `text` is not JSON, repeats a key, or nests too deep to be read.
    """
    reader = _Reader(text, name)
    value, end = reader.value(reader.space(0), ())
    if end < len(text):
        raise reader.error(end, (), "more text follows the template's last brace; remove it")
    return value, Source(name, reader.lines)


class _Reader:
    """The walk over the outer objects."""

    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self.name = name
        self.lines: dict[Path, int] = {}
        self._line = 1
        self._counted = 0

    def error(self, at: int, path: Path, problem: str) -> TemplateError:
        return TemplateError(self.name, self.text.count("\n", 0, at) + 1, path, problem)

    def space(self, at: int) -> int:
        """Return the next position that holds no white space."""
        match = _SPACE.match(self.text, at)
        return match.end() if match else at

    def value(self, at: int, path: Path) -> tuple[Json, int]:
        """Read the value at `at`; return it, and the position after it and its white space."""
        if len(path) < LOCATED and self.text.startswith("{", at):
            value, end = self._object(at, path)
        else:
            value, end = self._decoded(at, path)
        return value, self.space(end)

    def _object(self, at: int, path: Path) -> tuple[Json, int]:
        members: dict[str, Json] = {}
        at = self.space(at + 1)
        while not self.text.startswith("}", at):
            key, after = self._decoded(at, path)
            if not isinstance(key, str):
                raise self.error(at, path, f"the key {quoted(key)} is not a string; put it in double quotes")
            if key in members:
                raise self.error(at, (*path, key), "the key appears twice; keep one")
            self._locate(at, (*path, key))
            colon = self._expect(":", after, (*path, key))
            members[key], at = self.value(self.space(colon), (*path, key))
            if not self.text.startswith("}", at):
                at = self.space(self._expect(",", at, (*path, key)))
                if self.text.startswith("}", at):
                    raise self.error(at, path, "JSON allows no comma before '}'; remove it")
        return members, at + 1

    def _expect(self, sign: str, at: int, path: Path) -> int:
        at = self.space(at)
        if not self.text.startswith(sign, at):
            raise self.error(at, path, f"not valid JSON: expected {sign!r} here")
        return at + 1

    def _decoded(self, at: int, path: Path) -> tuple[Json, int]:
        try:
            return cast("tuple[Json, int]", _DECODER.raw_decode(self.text, at))
        except json.JSONDecodeError as error:
            raise self.error(error.pos, path, f"not valid JSON: {error.msg}") from None
        except _Refused as error:
            raise self.error(at, path, str(error)) from None
        except RecursionError:
            raise self.error(at, path, "nested too deep; CloudFormation would refuse it too") from None
        except ValueError:  # Python converts no integer of more than some thousand digits
            raise self.error(at, path, "a number has thousands of digits; write it as a string") from None

    def _locate(self, at: int, path: Path) -> None:
        self._line += self.text.count("\n", self._counted, at)
        self._counted = at
        self.lines[path] = self._line

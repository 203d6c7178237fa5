"""YAML templates, read with the lines of their outer keys and with CloudFormation's short forms.

The tree is built from the parser's events, so that depth is bounded while reading, keys are never merged or
dropped in silence, and nothing but text, numbers, booleans, lists and maps can come out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import yaml

from leastgrant.documents.source import LOCATED, Path, Source, TemplateError, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastgrant.documents.source import Json

_FUNCTIONS = (
    "And",
    "Base64",
    "Cidr",
    "Contains",
    "EachMemberEquals",
    "EachMemberIn",
    "Equals",
    "FindInMap",
    "ForEach",
    "GetAZs",
    "GetAtt",
    "GetStackOutput",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "RefAll",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
    "ValueOf",
    "ValueOfAll",
)
_TAGS = {f"!{name}": f"Fn::{name}" for name in _FUNCTIONS} | {"!Ref": "Ref", "!Condition": "Condition"}

_CORE = "tag:yaml.org,2002:"
_KEPT = (None, "!", f"{_CORE}str", f"{_CORE}seq", f"{_CORE}map")
_WORDS: dict[str, bool | None] = {
    word: value
    for text, value in (
        ("true yes on", True),
        ("false no off", False),
        ("null ~", None),
    )
    for lower in text.split()
    for word in (lower, lower.capitalize(), lower.upper())
} | {"": None}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")  # 0123 and 190:20 keep their text
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+([eE][-+]?[0-9]{1,3})?")


@dataclass(slots=True)
class _Open:
    """A list or map being read."""

    content: list[Json] | dict[str, Json]
    tag: str | None
    path: Path | None
    at: int
    key: str | None = None

    @property
    def awaits_key(self) -> bool:
        return isinstance(self.content, dict) and self.key is None


def read_yaml(text: str, name: str, deepest: int) -> tuple[Json, Source]:
    """Parse YAML `text`; return its value and its source.

    Raises:
        TemplateError: `text` is not YAML, nests deeper than `deepest`, repeats a key, or uses what
            CloudFormation does not read: aliases, merges, several documents, or unknown tags.
    """
    builder = _Builder(name, deepest)
    try:
        for event in yaml_events(text):
            builder.take(event)
    except NOT_YAML as error:
        raise TemplateError(name, *why_not_yaml(error)) from None
    return builder.result, Source(name, builder.lines)


NOT_YAML = (yaml.YAMLError, UnicodeError)
"""What reading the events of a text raises, if it is not YAML; the second is of half a surrogate pair."""


def why_not_yaml(error: yaml.YAMLError | UnicodeError) -> tuple[int | None, tuple[()], str]:
    """Return where a text is not YAML, as far as the parser tells, and why."""
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        return mark.line + 1 if mark else None, (), f"not valid YAML: {error.problem or error.context}"
    problem = str(error).partition("\n")[0]
    return None, (), f"not valid YAML: {problem}; remove the character"


def yaml_events(text: str) -> Iterator[yaml.Event]:
    """Parse YAML `text` to events; what they mean is for the caller.

    Raises:
        yaml.YAMLError, UnicodeError: as it is read, if `text` is not YAML.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser, where PyYAML was built with it
    return cast("Iterator[yaml.Event]", yaml.parse(text, loader))  # pyright: ignore[reportUnknownMemberType]  (its type stub says nothing)


class _Builder:
    """A builder of the tree from events."""

    def __init__(self, name: str, deepest: int) -> None:
        self.name = name
        self.deepest = deepest
        self.result: Json = None
        self.lines: dict[Path, int] = {}
        self._open: list[_Open] = []
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        """Add what `event` tells."""
        at = event.start_mark.line + 1
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event, at)
        elif isinstance(event, yaml.MappingStartEvent):
            self._begin({}, event.tag, at)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._begin([], event.tag, at)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            done = self._open.pop()
            self._add(self._tagged(done.tag, done.content, done.at))
        elif isinstance(event, yaml.AliasEvent):
            remedy = "CloudFormation reads no aliases; write the value out"
            raise self._error(at, f"the alias *{event.anchor} stands for another value; {remedy}")
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise self._error(at, "a second YAML document begins; a template is one document")

    def _error(self, line: int, problem: str) -> TemplateError:
        keys = tuple(frame.key for frame in self._open if frame.key is not None)
        return TemplateError(self.name, line, keys, problem)

    def _begin(self, content: list[Json] | dict[str, Json], tag: str | None, at: int) -> None:
        if len(self._open) >= self.deepest:
            raise self._error(at, f"nested deeper than {self.deepest} levels; flatten it")
        if self._open and self._open[-1].awaits_key:
            raise self._error(at, "a list or map is used as a key; write the key as text")
        self._open.append(_Open(content, tag, self._path(), at))

    def _path(self) -> Path | None:
        """Return the path of the map that begins now, if its keys are to be located."""
        if not self._open:
            return ()
        outer = self._open[-1]
        if outer.path is None or outer.key is None or len(outer.path) + 1 == LOCATED:
            return None
        return (*outer.path, outer.key)

    def _scalar(self, event: yaml.ScalarEvent, at: int) -> None:
        frame = self._open[-1] if self._open else None
        if frame and isinstance(frame.content, dict) and frame.key is None:
            self._key(frame, frame.content, event, at)
            return
        plain = event.tag is None and event.implicit[0]
        value = _plain(event.value) if plain else event.value
        self._add(self._tagged(event.tag, value, at))

    def _key(self, frame: _Open, content: dict[str, Json], event: yaml.ScalarEvent, at: int) -> None:
        key = event.value
        if key == "<<" and event.implicit[0]:
            raise self._error(at, "CloudFormation reads no merge key '<<'; write the values out")
        if key in content:
            raise self._error(at, f"key {quoted(key)} appears twice; keep one")
        frame.key = key
        if frame.path is not None:
            self.lines[(*frame.path, key)] = at

    def _add(self, value: Json) -> None:
        if not self._open:
            self.result = value
            return
        frame = self._open[-1]
        if isinstance(frame.content, list):
            frame.content.append(value)
        elif frame.key is not None:
            frame.content[frame.key] = value
            frame.key = None

    def _tagged(self, tag: str | None, value: Json, at: int) -> Json:
        if tag in _KEPT:
            return value
        if tag not in _TAGS:
            known = ", ".join(sorted(_TAGS))
            raise self._error(at, f"unknown tag {quoted(tag)}; CloudFormation's are {known}")
        if tag == "!GetAtt" and isinstance(value, str):
            value = list(value.partition(".")[::2])
        return {_TAGS[tag]: value}


def _plain(text: str) -> Json:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text

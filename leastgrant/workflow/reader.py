"""Workflow and pipeline files, read as the YAML that GitHub or GitLab takes.

The tree is built from the parser's events: so each value keeps its line, and a key is the text that it is written as.
YAML 1.1 takes the key `on` for true, and PyYAML's loaders do; GitHub does not (GitHub Docs, "Workflow syntax for
GitHub Actions", `on`). Aliases are read, merge keys are not (the same, "YAML anchors and aliases").

GitLab reads merge keys, `!reference`, a header before the second `---`, and of two keys of one name the last (GitLab
Docs, "Optimize GitLab CI/CD configuration files" and "CI/CD YAML syntax reference", `spec`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import yaml

from leastgrant.documents.source import quoted
from leastgrant.documents.yaml_reader import NOT_YAML, why_not_yaml, yaml_events
from leastgrant.workflow.tree import Node, WorkflowError

if TYPE_CHECKING:
    import pathlib

    from leastgrant.documents.source import Path

LARGEST = 1024 * 1024
"""The most letters a file may have; no workflow comes near it."""
DEEPEST = 40
"""The most levels a file may nest."""
MOST = 100_000
"""The most values a file may have, those that aliases stand for counted each time."""

REFERENCE = "!reference"
"""The one key of a map that stands for GitLab's tag of this name."""
_MERGE = "<<"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a product reads of YAML."""

    product: str
    file: str
    """How its files are called."""
    merges: bool = False
    """Merge keys; and of two keys of one name the last."""
    references: bool = False
    """The tag `!reference`."""
    documents: int = 1


GITHUB = Dialect("GitHub", "workflow")
GITLAB = Dialect("GitLab", "pipeline", merges=True, references=True, documents=2)

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_COUNT = {1: "one document", 2: "one document, and a header before it"}
_TAGS = (None, "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map")


def read_file(path: pathlib.Path) -> Node:
    """Read the tree of the workflow at `path`.

    Raises:
        WorkflowError: the file cannot be read, or as `read_text`.
    """
    return read_text(text_of(path), str(path))


def text_of(path: pathlib.Path) -> str:
    """Read the text of the file at `path`.

    Raises:
        WorkflowError: the file cannot be read.
    """
    name = str(path)
    try:
        with path.open("rb") as file:
            return file.read(4 * LARGEST + 1).decode("utf-8-sig")
    except OSError as error:
        raise WorkflowError(name, None, (), f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise WorkflowError(name, None, (), f"byte {error.start} is not UTF-8; save the file as UTF-8") from None


def read_text(text: str, name: str) -> Node:
    """Parse YAML `text` to its tree; `name` is what errors call it.

    Raises:
        WorkflowError: it is not YAML, is too large, repeats a key, or uses what GitHub does not read.
    """
    roots = documents(text, name, GITHUB)
    if not roots:
        raise WorkflowError(name, None, (), "is empty; a workflow has `on` and `jobs`")
    return roots[0]


def documents(text: str, name: str, dialect: Dialect) -> tuple[Node, ...]:
    """Parse YAML `text` to the trees of its documents; `name` is what errors call it.

    Raises:
        WorkflowError: it is not YAML, is too large, repeats a key, or uses what the dialect does not have.
    """
    if len(text) > LARGEST:
        what = f"has {len(text)} letters, and {LARGEST} are read; split the {dialect.file}"
        raise WorkflowError(name, None, (), what)
    builder = _NodeBuilder(name, dialect)
    try:
        for event in yaml_events(text):
            builder.take(event)
    except NOT_YAML as error:
        raise WorkflowError(name, *why_not_yaml(error)) from None
    return tuple(builder.roots)


@dataclass(slots=True)
class _OpenNode:
    """A list or map being read."""

    content: list[Node] | dict[str, Node]
    line: int
    path: Path
    anchor: str | None
    tag: str | None = None
    key: tuple[str, int] | None = None
    """Of a map, the key that awaits its value, and its line."""
    size: int = 1
    height: int = 1
    merged: list[Node] = field(default_factory=list[Node])
    """What its merge keys stand for."""


@dataclass(frozen=True, slots=True)
class _Anchored:
    """What an alias stands for."""

    node: Node
    size: int
    height: int


@dataclass(slots=True)
class _NodeBuilder:
    """A builder of the tree from events."""

    name: str
    dialect: Dialect
    roots: list[Node] = field(default_factory=list[Node])
    _open: list[_OpenNode] = field(default_factory=list[_OpenNode])
    _anchors: dict[str, _Anchored] = field(default_factory=dict[str, _Anchored])
    _documents: int = 0

    def take(self, event: yaml.Event) -> None:
        """Add what `event` tells."""
        line = event.start_mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > self.dialect.documents:
                which = "a second" if self.dialect.documents == 1 else "one more"
                raise self._error(
                    line, f"{which} YAML document begins; a {self.dialect.file} is {_COUNT[self.dialect.documents]}"
                )
        elif isinstance(event, yaml.AliasEvent):
            self._alias(str(event.anchor), line)
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event, line)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._begin(event, line)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self._end()

    def _error(self, line: int, problem: str) -> WorkflowError:
        return WorkflowError(self.name, line, self._open[-1].path if self._open else (), problem)

    def _begin(self, event: yaml.CollectionStartEvent, line: int) -> None:
        is_reference = self.dialect.references and event.tag == REFERENCE
        if not is_reference:
            self._check_tag(event.tag, line)
        if len(self._open) >= DEEPEST:
            raise self._error(line, f"nested deeper than {DEEPEST} levels; flatten it")
        line, path = self._place(line)
        empty: list[Node] | dict[str, Node] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._open.append(_OpenNode(empty, line, path, event.anchor, REFERENCE if is_reference else None))

    def _end(self) -> None:
        done = self._open.pop()
        content = self._merged(done, done.content) if isinstance(done.content, dict) else tuple(done.content)
        node = Node(self.name, done.line, done.path, content)
        if done.tag is not None:
            node = replace(node, content={done.tag: node})
        self._add(_Anchored(node, done.size, done.height), done.anchor)

    def _merged(self, done: _OpenNode, own: dict[str, Node]) -> dict[str, Node]:
        """Return the map with what its merge keys add: its own values stay, and of several maps the first counts."""
        found = dict(own)
        for node in done.merged:
            for one in node.items() if isinstance(node.content, tuple) else (node,):
                for key, value in one.map().items():
                    found.setdefault(key, value)
        return found

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        self._check_tag(event.tag, line)
        if self._open and isinstance(self._open[-1].content, dict) and self._open[-1].key is None:
            self._key(self._open[-1], self._open[-1].content, event, line)
            return
        is_null = event.tag is None and event.implicit[0] and event.value in _NULLS
        line, path = self._place(line)
        self._add(_Anchored(Node(self.name, line, path, None if is_null else event.value), 1, 0), event.anchor)

    def _key(self, frame: _OpenNode, content: dict[str, Node], event: yaml.ScalarEvent, line: int) -> None:
        if event.value == _MERGE and event.implicit[0] and not self.dialect.merges:
            raise self._error(line, f"{self.dialect.product} reads no merge key '<<'; write the values out")
        if event.value in content and not self.dialect.merges:
            raise self._error(line, f"key {quoted(event.value)} appears twice; keep one")
        frame.key = (event.value, line)

    def _alias(self, anchor: str, line: int) -> None:
        if anchor not in self._anchors:
            raise self._error(line, f"the alias *{anchor} stands for nothing; anchor a value before it with &{anchor}")
        found = self._anchors[anchor]
        if len(self._open) + found.height > DEEPEST:
            raise self._error(line, f"nested deeper than {DEEPEST} levels; flatten it")
        line, path = self._place(line)
        self._add(replace(found, node=replace(found.node, line=line, path=path)), None)

    def _place(self, line: int) -> tuple[int, Path]:
        """Return the line and path of the value that begins now."""
        if not self._open:
            return line, ()
        frame = self._open[-1]
        if isinstance(frame.content, list):
            return line, (*frame.path, len(frame.content))
        if frame.key is None:
            raise self._error(line, "a list, map or alias is used as a key; write the key as text")
        key, at = frame.key
        return at, (*frame.path, key)

    def _add(self, value: _Anchored, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = value
        if not self._open:
            self.roots.append(value.node)
            return
        frame = self._open[-1]
        frame.size += value.size
        if frame.size > MOST:
            raise self._error(value.node.line, f"has more than {MOST} values; split the {self.dialect.file}")
        frame.height = max(frame.height, value.height + 1)
        if isinstance(frame.content, list):
            frame.content.append(value.node)
        elif frame.key is not None:
            if frame.key[0] == _MERGE and self.dialect.merges:
                frame.merged.append(value.node)
            else:
                frame.content[frame.key[0]] = value.node
            frame.key = None

    def _check_tag(self, tag: str | None, line: int) -> None:
        if tag not in _TAGS:
            raise self._error(line, f"{self.dialect.product} reads no tag {quoted(tag)}; take it out")

"""A template's text as a tree of plain values, JSON or YAML, within bounds."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, cast

from leastgrant.documents.json_reader import read_json
from leastgrant.documents.source import Source, TemplateError
from leastgrant.documents.yaml_reader import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from leastgrant.documents.source import Json

LARGEST = 16 * 1024 * 1024
"""The most letters a template may have; CloudFormation itself takes 1 MiB (quota "Template body size")."""

DEEPEST = 100
"""The most levels a template may nest, so that no step of the proof can exhaust the stack."""

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True)
class Document:
    """A template as written."""

    tree: Json
    source: Source


def read_file(path: Path) -> Document:
    """Read the document in the file at `path`.

    Raises:
        TemplateError: the file cannot be read, or as `read_text`.
    """
    name = str(path)
    try:
        with path.open("rb") as file:
            content = file.read(4 * LARGEST + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise TemplateError(name, None, (), f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        problem = f"byte {error.start} is not UTF-8; save the template as UTF-8"
        raise TemplateError(name, None, (), problem) from None
    return read_text(text, name)


def read_text(text: str, name: str) -> Document:
    """Parse `text` to a document; `name` is what errors call it.

    Text that begins with a brace is JSON, unless `name` ends in `.yaml` or `.yml`.

    Raises:
        TemplateError: the text is too large or too deep, or is neither JSON nor YAML; see the readers.
    """
    if len(text) > LARGEST:
        problem = f"has {len(text)} letters; CloudFormation takes 1 MiB, this tool {LARGEST}: split the stack"
        raise TemplateError(name, None, (), problem)
    if not _is_unicode(text):
        raise TemplateError(name, None, (), "holds half a character (a lone surrogate); remove it")
    if text.lstrip().startswith("{") and not name.lower().endswith((".yaml", ".yml")):
        tree, source = read_json(text, name)
        if _depth(tree) > DEEPEST:
            raise source.error((), f"nested deeper than {DEEPEST} levels; flatten it")
        if _SURROGATE.search(text) and not _is_unicode(json.dumps(tree, ensure_ascii=False)):
            raise source.error((), "a string holds half a character, as \\ud800 is; remove it")
    else:
        tree, source = read_yaml(text, name, DEEPEST)
    return Document(tree, source)


def document_of_tree(tree: object, name: str) -> Document:
    """Take a tree of plain values, as a JSON reader gives it, for a document; `name` is what errors call it.

    Raises:
        TemplateError: it is nested too deep, or holds what no JSON does, or half a character.
    """
    level, depth = [tree], 0
    while level:
        if depth > DEEPEST:
            raise TemplateError(name, None, (), f"nested deeper than {DEEPEST} levels; flatten it")
        for node in level:
            if (problem := _problem(node)) is not None:
                raise TemplateError(name, None, (), problem)
        level = [child for node in level for child in _children(node)]
        depth += 1
    return Document(cast("Json", tree), Source(name, {}))


def _children(node: object) -> Iterable[object]:
    """Return the members of an object, its keys among them, or the items of a list."""
    if isinstance(node, dict):
        members = cast("dict[object, object]", node)
        return (*members, *members.values())
    return cast("list[object]", node) if isinstance(node, list) else ()


def _problem(node: object) -> str | None:
    if isinstance(node, str):
        return None if _is_unicode(node) else "holds half a character (a lone surrogate); remove it"
    if isinstance(node, float):
        return None if isfinite(node) else f"{node} is not JSON; write a number or a string"
    if node is None or isinstance(node, dict | list | bool | int):
        return None
    return f"holds a {type(node).__name__}, which is not JSON; write it as a string"


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _depth(tree: Json) -> int:
    depth = 0
    level = [tree]
    while level := [node for node in level if isinstance(node, (dict, list))]:
        depth += 1
        level = [child for node in level for child in (node.values() if isinstance(node, dict) else node)]
    return depth

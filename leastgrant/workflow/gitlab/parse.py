"""From the files of a pipeline to its jobs.

Sources: GitLab Docs, "CI/CD YAML syntax reference" (`include`, `extends`, `default`, `inherit`, `id_tokens`), "Optimize
GitLab CI/CD configuration files" (`!reference`), and "CI/CD inputs".
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from leastgrant.documents.source import quoted
from leastgrant.workflow.gitlab.model import Job, Pipeline, Refs, Rule, Script
from leastgrant.workflow.reader import GITLAB, REFERENCE, documents, text_of
from leastgrant.workflow.tree import Node, WorkflowError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

DEEPEST = 11
"""The most levels of `extends`, as of GitLab; also of files that include one another, references and lists in lists."""
_MOST_FILES = 150
_INPUT = re.compile(r"\$\[\[\s*inputs\.([\w-]+)[^\]]*\]\]")
_DEFAULTS = ("id_tokens", "before_script", "after_script")
_GLOBAL = frozenset(
    {"default", "include", "stages", "types", "variables", "workflow", "image", "services", "cache", "spec"}
    | {"before_script", "after_script"}
)


def load_pipeline(path: Path) -> Pipeline:
    """Load the pipeline in a file, with the files that it includes of the folder, or repository, that it is in.

    Raises:
        WorkflowError: a file cannot be read, or is no pipeline.
    """
    root = next((one for one in path.resolve().parents if (one / ".git").exists()), path.resolve().parent)

    def read(name: str) -> tuple[tuple[str, str], ...]:
        pattern = name.strip("/")
        found = sorted(root.glob(pattern)) if pattern else []
        inside = (one for one in found if one.is_file() and root in one.resolve().parents)
        return tuple((str(one.relative_to(root)), text_of(one)) for one in inside)

    return parse_pipeline(text_of(path), str(path), read)


def parse_pipeline(text: str, file: str, read: Callable[[str], tuple[tuple[str, str], ...]] = lambda _: ()) -> Pipeline:
    """Parse `text` to a pipeline; `file` is what errors and findings call it.

    Args:
        text: The pipeline's YAML.
        file: Its name.
        read: Returns the names and texts of the files that a local `include` names.

    Raises:
        WorkflowError: it is no YAML, or no pipeline; the message is one line.
    """
    return _Reading(read).pipeline(text, file)


class _Reading:
    """What is read of a pipeline's files."""

    def __init__(self, read: Callable[[str], tuple[tuple[str, str], ...]]) -> None:
        self.read = read
        self.unread: dict[tuple[str, int], Node] = {}
        self.files = 0

    def pipeline(self, text: str, file: str) -> Pipeline:
        top = self._included(text, file, {}, 0)
        if not top.map():
            raise WorkflowError(file, None, (), "is empty; a pipeline has jobs")
        resolved = self._resolved(top, top, 0).map()
        defaults = _get(resolved, "default")
        jobs = {
            name: self._job(name, node, resolved, defaults)
            for name, node in resolved.items()
            if name not in _GLOBAL and not name.startswith(".") and isinstance(node.content, dict)
        }
        workflow = resolved.get("workflow")
        rules = None if workflow is None else workflow.get("rules")
        return Pipeline(file, jobs, None if rules is None else tuple(_rules(rules)), tuple(self.unread.values()))

    def _included(self, text: str, file: str, inputs: Mapping[str, str], depth: int) -> Node:
        """Read a file and what it includes, which it overrides."""
        self.files += 1
        if depth > DEEPEST or self.files > _MOST_FILES:
            raise WorkflowError(file, None, (), "files include one another in a circle, or there are too many")
        roots = documents(text, file, GITLAB)
        if len(roots) > 1:
            inputs = {**_default_inputs(roots[0]), **inputs}
        own = _filled(roots[-1], inputs) if roots else Node(file, 1, (), {})
        if not isinstance(own.content, dict):
            raise own.error("expected a map of jobs; a pipeline is one")
        node = own.content.get("include")
        under = Node(file, 1, (), {})
        for one in self._several(node):
            under = _over(under, self._include(one, depth))
        return _over(under, own)

    def _several(self, node: Node | None) -> tuple[Node, ...]:
        if node is None or node.content is None:
            return ()
        return node.content if isinstance(node.content, tuple) else (node,)

    def _include(self, node: Node, depth: int) -> Node:
        local = node if isinstance(node.content, str) else node.get("local")
        empty = Node(node.file, node.line, (), {})
        if local is None or local.text.startswith(("http://", "https://")) or "$" in local.text:
            return self._unread(node, empty)
        found = self.read(local.text)
        if not found:
            return self._unread(node, empty)
        given = None if isinstance(node.content, str) else node.get("inputs")
        inputs = {name: _text(value) for name, value in given.map().items()} if given else {}
        for name, text in found:
            empty = _over(empty, self._included(text, name, inputs, depth + 1))
        return empty

    def _unread(self, node: Node, instead: Node) -> Node:
        self.unread.setdefault((node.file, node.line), node)
        return instead

    def _resolved(self, node: Node, top: Node, depth: int) -> Node:
        """Put what `!reference` names in its place."""
        if depth > DEEPEST * 4:
            raise node.error("references go in a circle, or are nested too deep")
        if isinstance(node.content, tuple):
            return replace(node, content=tuple(self._resolved(one, top, depth + 1) for one in node.content))
        if not isinstance(node.content, dict):
            return node
        reference = node.content.get(REFERENCE)
        if reference is None:
            return replace(
                node, content={key: self._resolved(one, top, depth + 1) for key, one in node.content.items()}
            )
        found: Node | None = top
        for part in reference.items():
            found = found.content.get(part.text) if found is not None and isinstance(found.content, dict) else None
        if found is None:
            return self._unread(node, replace(node, content=()))
        return replace(self._resolved(found, top, depth + 1), line=node.line, file=node.file)

    def _job(self, name: str, node: Node, top: Mapping[str, Node], defaults: Mapping[str, Node]) -> Job:
        job = self._extended(node, top, ()).map()
        inherits = _get(job, "inherit")
        every = {**{key: one for key in _DEFAULTS if (one := top.get(key))}, **defaults}
        every = _inherited(every, inherits.get("default"))
        variables = _inherited(_get(top, "variables"), inherits.get("variables"))
        full = {**{key: every[key] for key in _DEFAULTS if key in every}, **job}
        environment = full.get("environment")
        rules = full.get("rules")
        return Job(
            id=name,
            file=node.file,
            line=node.line,
            rules=None if rules is None else tuple(_rules(rules)),
            only=_refs(full.get("only")),
            excepted=_refs(full.get("except")),
            when=_text(full.get("when")) or "on_success",
            environment=_environment(environment),
            tokens={token: _audiences(one) for token, one in _get(full, "id_tokens").items()},
            variables=_variables({**variables, **_get(full, "variables")}, full.get("parallel"), rules),
            scripts=tuple(
                one for key in ("before_script", "script", "after_script") for one in _scripts(full.get(key))
            ),
            needs=tuple(_needs(full.get("needs"))),
            triggers="trigger" in full,
        )

    def _extended(self, node: Node, top: Mapping[str, Node], seen: tuple[str, ...]) -> Node:
        """Lay a job over those that it extends, the last of them over the others."""
        extends = node.map().get("extends")
        if extends is None:
            return node
        under = Node(node.file, node.line, (), {})
        for one in extends.several():
            if one.text in seen or len(seen) >= DEEPEST:
                raise one.error(f"jobs extend one another in a circle, or in more than {DEEPEST} levels")
            parent = top.get(one.text)
            if parent is None:
                self._unread(one, under)
            elif isinstance(parent.content, dict):
                under = _over(under, self._extended(parent, top, (*seen, one.text)))
        return _over(under, node)


def _over(under: Node, over: Node) -> Node:
    """Lay one map over another, map by map; lists and texts are replaced."""
    if not isinstance(under.content, dict) or not isinstance(over.content, dict):
        return over
    both = dict(under.content)
    for key, value in over.content.items():
        both[key] = _over(both[key], value) if key in both else value
    return replace(over, content=both)


def _filled(node: Node, inputs: Mapping[str, str]) -> Node:
    """Put inputs in their places; one that is not known stays as it is written."""
    if isinstance(node.content, str):
        text = _INPUT.sub(lambda place: inputs.get(place[1], place[0]), node.content) if "$[[" in node.content else None
        return node if text is None else replace(node, content=text)
    if isinstance(node.content, tuple):
        return replace(node, content=tuple(_filled(one, inputs) for one in node.content))
    if node.content is None:
        return node
    named = ((_INPUT.sub(lambda place: inputs.get(place[1], place[0]), key), one) for key, one in node.content.items())
    return replace(node, content={key: _filled(one, inputs) for key, one in named})


def _default_inputs(header: Node) -> dict[str, str]:
    spec = header.get("spec")
    inputs = spec.get("inputs") if spec else None
    defaults = {name: one.get("default") for name, one in inputs.map().items() if one.content} if inputs else {}
    return {name: _text(one) for name, one in defaults.items() if one is not None}


def _text(node: Node | None) -> str:
    """Return a text; what is none is empty."""
    return node.content if node is not None and isinstance(node.content, str) else ""


def _get(content: Mapping[str, Node], key: str) -> Mapping[str, Node]:
    """Return a map; what is none is empty."""
    node = content.get(key)
    return node.map() if node is not None else {}


def _inherited(every: Mapping[str, Node], inherit: Node | None) -> Mapping[str, Node]:
    if inherit is None:
        return every
    if isinstance(inherit.content, tuple):
        kept = {one.text for one in inherit.content}
        return {key: one for key, one in every.items() if key in kept}
    return {} if _text(inherit) == "false" else every


def _flat(node: Node | None, depth: int = 0) -> Iterator[Node]:
    """Yield the items of a list, and of the lists in it."""
    if node is None or node.content is None:
        return
    if not isinstance(node.content, tuple):
        yield node
        return
    if depth > DEEPEST:
        raise node.error(f"has lists in more than {DEEPEST} levels; flatten it")
    for one in node.content:
        yield from _flat(one, depth + 1)


def _rules(node: Node) -> Iterator[Rule]:
    for one in _flat(node):
        if isinstance(one.content, str):
            raise one.error(f"expected a rule such as `if: ...`, not {quoted(one.content)}")
        rule = one.map()
        condition = rule.get("if")
        yield Rule(
            one.line,
            None if condition is None else condition.text,
            _text(rule.get("when")),
            {name: (_value(value),) for name, value in _get(rule, "variables").items()},
        )


def _refs(node: Node | None) -> Refs | None:
    if node is None or node.content is None:
        return None
    if not isinstance(node.content, dict):
        return Refs(tuple(one.text for one in _flat(node)))
    refs, expressions = node.get("refs"), node.get("variables")
    names = None if refs is None else tuple(one.text for one in _flat(refs))
    return Refs(names, tuple(one.text for one in _flat(expressions)))


def _environment(node: Node | None) -> str | None:
    if node is None or node.content is None:
        return None
    return node.content if isinstance(node.content, str) else _text(node.get("name"))


def _audiences(node: Node) -> tuple[str, ...]:
    return tuple(one.text for one in _flat(node.get("aud")))


def _value(node: Node) -> str:
    """Return a variable's value: written out, or with a description."""
    return _text(node.map().get("value")) if isinstance(node.content, dict) else _text(node)


def _variables(own: Mapping[str, Node], parallel: Node | None, rules: Node | None) -> Mapping[str, tuple[str, ...]]:
    """Return what each variable may be: its value, or one that a matrix or a rule gives it."""
    found = {name: [_value(node)] for name, node in own.items()}
    matrix = parallel.get("matrix") if parallel is not None and isinstance(parallel.content, dict) else None
    of_matrix: dict[str, list[str]] = {}
    for row in _flat(matrix):
        for name, node in row.map().items():
            of_matrix.setdefault(name, []).extend(one.text for one in _flat(node))
    found.update(of_matrix)
    for rule in _rules(rules) if rules is not None else ():
        for name, values in rule.variables.items():
            found.setdefault(name, []).extend(values)
    return {name: tuple(dict.fromkeys(values)) for name, values in found.items()}


def _scripts(node: Node | None) -> Iterator[Script]:
    for one in _flat(node):
        if isinstance(one.content, str):
            yield Script(one.line, one.content)


def _needs(node: Node | None) -> Iterator[str]:
    for one in _flat(node):
        yield one.content if isinstance(one.content, str) else _text(one.get("job"))

"""From a workflow file's tree to typed values.

Source: GitHub Docs, "Workflow syntax for GitHub Actions".
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from leastgrant.documents.source import quoted
from leastgrant.workflow.filters import EVERY, Glob, NameFilter
from leastgrant.workflow.model import (
    InputType,
    Job,
    LocalAction,
    Matrix,
    TokenAccess,
    TokenPermissions,
    Workflow,
    WorkflowInput,
    WorkflowStep,
    WorkflowTrigger,
)
from leastgrant.workflow.reader import read_file, read_text

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterable, Iterator, Mapping

    from leastgrant.workflow.tree import Node


def load_workflow(path: pathlib.Path) -> Workflow:
    """Load the workflow in a file.

    Raises:
        WorkflowError: the file cannot be read, or is no workflow.
    """
    workflow = _workflow(read_file(path))
    root = path.parent.parent.parent if path.parent.parts[-2:] == (".github", "workflows") else path.parent
    return replace(workflow, actions=_local_actions(workflow, root))


def workflow_files(paths: Iterable[pathlib.Path]) -> Iterator[pathlib.Path]:
    """Yield the files that are named, and the `.yml` and `.yaml` files of folders and globs, also hidden ones."""
    for path in paths:
        if path.is_dir():
            yield from sorted(one for one in path.iterdir() if one.suffix in (".yml", ".yaml"))
        elif "*" in path.name and path.parent.is_dir() and not path.exists():
            yield from sorted(one for one in path.parent.iterdir() if one.match(path.name)) or [path]
        else:
            yield path


def parse_workflow(text: str, file: str) -> Workflow:
    """Parse `text` to a workflow without the actions that it uses; `file` is what errors and findings call it.

    Raises:
        WorkflowError: it is no workflow.
    """
    return _workflow(read_text(text, file))


def _local_actions(workflow: Workflow, root: pathlib.Path) -> Mapping[str, LocalAction]:
    """Load the actions of the folder `root` that the steps use, and those that these use."""
    found: dict[str, LocalAction] = {}
    waiting = [step for job in workflow.jobs.values() for step in job.steps]
    while waiting:
        folder = action_folder(waiting.pop().uses or "")
        files = [root / folder / name for name in ("action.yml", "action.yaml")] if folder else []
        for file in files:
            if folder not in found and file.is_file():
                found[folder] = _action(read_file(file))
                waiting += found[folder].steps or ()
    return found


def action_folder(uses: str) -> str:
    """Return the folder, in its repository, of an action that is not a whole repository; empty if it is one."""
    path, _, version = uses.strip().partition("@")
    if path.startswith("./"):
        parts = path.split("/")[1:]
    else:
        parts = path.split("/")[2:] if version and "://" not in path else []
    return "/".join(part for part in parts if part) if ".." not in parts else ""


def _action(root: Node) -> LocalAction:
    inputs, runs = root.get("inputs"), root.get("runs")
    steps = None if runs is None else runs.get("steps")
    return LocalAction(
        root.file,
        {name.lower(): one.get("default") for name, one in inputs.map().items()} if inputs else {},
        None if steps is None else tuple(map(_step, steps.items())),
    )


def _workflow(root: Node) -> Workflow:
    started_by, jobs = (_required(root, key) for key in ("on", "jobs"))
    if not jobs.map():
        raise jobs.error("has no job; add one")
    read = {name: _job(name, node) for name, node in jobs.map().items()}
    for job in read.values():
        for needed in job.needs:
            if needed not in read:
                raise jobs.map()[job.id].map()["needs"].error(f"there is no job {quoted(needed)}; name one of the file")
    title = root.get("name")
    return Workflow(
        root.file,
        PurePath(root.file).name if title is None else title.text,
        _triggers(started_by),
        _permissions(root),
        _env(root),
        read,
    )


def _required(node: Node, key: str) -> Node:
    found = node.get(key)
    if found is None:
        raise node.error(f"`{key}` is missing; a workflow has `on` and `jobs`")
    return found


def _triggers(node: Node) -> tuple[WorkflowTrigger, ...]:
    if isinstance(node.content, (str, tuple)):
        return tuple(WorkflowTrigger(one.text, one.line) for one in node.several())
    return tuple(_trigger(event, settings) for event, settings in node.map().items())


def _trigger(event: str, settings: Node) -> WorkflowTrigger:
    if isinstance(settings.content, tuple):  # the times of a schedule
        return WorkflowTrigger(event, settings.line)
    branches, tags = (_filter(settings, kind) for kind in ("branches", "tags"))
    if event != "push":
        after = settings.get("workflows")
        names = tuple(one.text for one in after.several()) if after else ()
        return WorkflowTrigger(event, settings.line, branches or EVERY, EVERY, _given(settings), names)
    return WorkflowTrigger(event, settings.line, *((EVERY, EVERY) if branches is tags is None else (branches, tags)))


def _filter(settings: Node, kind: str) -> NameFilter | None:
    taken, ignored = settings.get(kind), settings.get(f"{kind}-ignore")
    if taken and ignored:
        raise ignored.error(f"GitHub takes `{kind}` or `{kind}-ignore`, not both; write what to leave out with !")
    named = taken or ignored
    if named is None:
        return None
    return NameFilter(tuple(Glob(item.text) for item in named.several()), ignoring=named is ignored)


def _given(settings: Node) -> Mapping[str, WorkflowInput]:
    inputs = settings.get("inputs")
    return {name.lower(): _input(one) for name, one in inputs.map().items()} if inputs else {}


def _input(node: Node) -> WorkflowInput:
    kind, options = node.get("type"), node.get("options")
    types = {one.value: one for one in InputType}
    if kind is not None and kind.text not in types:
        raise kind.error(f"{quoted(kind.text)} is no type of an input; write one of {', '.join(types)}")
    return WorkflowInput(
        InputType.STRING if kind is None else types[kind.text],
        _text(node.get("default")),
        tuple(one.text for one in options.several()) if options else (),
    )


def _permissions(node: Node) -> TokenPermissions | None:
    given = node.map().get("permissions")
    if given is None:
        return None
    if isinstance(given.content, str):
        if given.content not in ("read-all", "write-all"):
            raise given.error(f"{quoted(given.content)} is not known; write read-all, write-all or a map")
        everything = given.content == "write-all"
        return TokenPermissions(TokenAccess.WRITE if everything else TokenAccess.NONE, given.line, everything)
    for one in given.map().values():
        if one.content not in ("read", "write", "none"):
            raise one.error("is read, write or none; GitHub takes nothing else")
    token = given.map().get("id-token")
    if token is None:
        return TokenPermissions(TokenAccess.NONE, given.line)
    return TokenPermissions(TokenAccess.WRITE if token.content == "write" else TokenAccess.NONE, token.line)


def _env(node: Node) -> Mapping[str, Node]:
    env = node.get("env")
    return {} if env is None or _is_expression(env) else env.map()


def _is_expression(node: Node) -> bool:
    return isinstance(node.content, str) and "${{" in node.content


def _job(name: str, node: Node) -> Job:
    strategy = node.get("strategy")
    matrix = None if strategy is None or _is_expression(strategy) else strategy.get("matrix")
    steps, calls, needs = node.get("steps"), node.get("uses"), node.get("needs")
    if calls is None and steps is None:
        raise node.error("has neither `steps` nor `uses`; give it steps, or let it call a workflow")
    if calls is not None and steps is not None:
        raise node.error("has both `steps` and `uses`; call the workflow from a job of its own")
    return Job(
        id=name,
        line=node.line,
        permissions=_permissions(node),
        environment=_environment(node),
        condition=_text(node.get("if")),
        needs=tuple(one.text for one in needs.several()) if needs else (),
        env=_env(node),
        matrix=None if matrix is None or _is_expression(matrix) else _matrix(matrix),
        matrix_is_unknown=any(part is not None and _is_expression(part) for part in (strategy, matrix)),
        steps=tuple(_step(step) for step in steps.items()) if steps else (),
        calls=_text(calls),
        inputs=_inputs(node),
        secrets=_secrets(node.get("secrets")),
        runner=_runner(node.get("runs-on")),
        continues_on_error=_text(node.get("continue-on-error")),
        container=node.get("container"),
        shell=_shell(node.get("defaults")),
    )


def _shell(defaults: Node | None) -> Node | None:
    run = None if defaults is None else defaults.get("run")
    return None if run is None else _text(run.get("shell"))


def _secrets(node: Node | None) -> Mapping[str, Node] | None:
    if node is None:
        return {}
    if isinstance(node.content, str):
        if node.content != "inherit":
            raise node.error(f"{quoted(node.content)} is not known; write inherit or a map")
        return None
    return {name.lower(): value for name, value in node.map().items()}


def _runner(node: Node | None) -> tuple[Node, ...]:
    """Return the labels of a runner; of a group with labels, both."""
    if node is None:
        return ()
    if isinstance(node.content, (str, tuple)):
        return node.several()
    return tuple(one for part in node.map().values() for one in part.several())


def _environment(node: Node) -> Node | None:
    environment = node.get("environment")
    if environment is None or isinstance(environment.content, str):
        return environment
    name = environment.get("name")
    if name is None:
        raise environment.error("has no `name`; name the environment")
    return _text(name)


def _text(node: Node | None) -> Node | None:
    """Return the node, which must be text."""
    if node is not None:
        _ = node.text
    return node


def _inputs(node: Node) -> Mapping[str, Node]:
    given = node.get("with")
    return {} if given is None else {name.lower(): value for name, value in given.map().items()}


def _step(node: Node) -> WorkflowStep:
    uses, run, name = node.get("uses"), node.get("run"), node.get("name")
    if (uses is None) == (run is None):
        raise node.error("a step has either `uses` or `run`; write one of them")
    return WorkflowStep(
        line=node.line,
        name=None if name is None else name.text,
        uses=None if uses is None else uses.text,
        run=None if run is None else run.text,
        condition=_text(node.get("if")),
        env=_env(node),
        inputs=_inputs(node),
        continues_on_error=_text(node.get("continue-on-error")),
        shell=_text(node.get("shell")),
    )


def _matrix(node: Node) -> Matrix:
    members = node.map()
    axes = {
        name: None if _is_expression(values) else values.items()
        for name, values in members.items()
        if name not in ("include", "exclude")
    }
    return Matrix(axes, _combinations(members.get("include")), _combinations(members.get("exclude")))


def _combinations(node: Node | None) -> tuple[Mapping[str, Node], ...] | None:
    if node is None:
        return ()
    if _is_expression(node) or any(_is_expression(one) for one in node.items()):
        return None
    return tuple(one.map() for one in node.items())

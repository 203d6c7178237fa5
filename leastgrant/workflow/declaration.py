"""A file that declares the steps of jobs, in YAML or JSON:

deploy.yml:deploy:
  - actions/checkout
  - name: Verify the digest
    runs: [sha256sum --check]
  - name: Say how it ended
    if: always()
"""  # noqa: D415  (the example ends the sentence)

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.documents.source import quoted
from leastgrant.workflow.facts import DeclaredStep
from leastgrant.workflow.reader import read_file

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Mapping

    from leastgrant.workflow.tree import Node

_KEYS = ("name", "runs", "if", "exact", "uses", "with")


def load_steps(path: pathlib.Path) -> Mapping[str, tuple[DeclaredStep, ...]]:
    """Load the steps that the file at `path` declares, by `FILE.yml:JOB`.

    Raises:
        WorkflowError: the file cannot be read, or declares no steps.
    """
    return {job: tuple(map(_step, steps.items())) for job, steps in read_file(path).map().items()}


def _step(node: Node) -> DeclaredStep:
    if isinstance(node.content, str):
        return DeclaredStep(node.content)
    for key, value in node.map().items():
        if key not in _KEYS:
            raise value.error(f"{quoted(key)} is not known; a step has {', '.join(_KEYS)}")
    name, runs, condition, exact, uses, inputs = map(node.get, _KEYS)
    if name is None:
        raise node.error("`name` is missing; write the step's name, or the action that it uses")
    return DeclaredStep(
        name.text,
        None if runs is None else tuple(one.text for one in runs.several()),
        None if condition is None else condition.text,
        exact=exact is not None and exact.text == "true",
        uses=None if uses is None else uses.text,
        inputs=None if inputs is None else {key.lower(): value.text for key, value in inputs.map().items()},
    )

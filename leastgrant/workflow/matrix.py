"""The combinations of a matrix, one for each run of its job.

Source: GitHub Docs, "Running variations of jobs in a workflow", on `include` and `exclude`.
"""

from __future__ import annotations

from itertools import islice, product
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leastgrant.workflow.model import Job, Matrix
    from leastgrant.workflow.tree import Node

MOST = 256
"""The most runs that GitHub makes of one job's matrix."""

Combination: TypeAlias = "Mapping[str, Node | None] | None"
"""The values of one run; None in place of a value, or of all of them: not known before the run."""


def combinations(job: Job) -> tuple[Combination, ...]:
    """Return the combinations of a job; a job without a matrix has one, of nothing."""
    if job.matrix_is_unknown:
        return (None,)
    if job.matrix is None:
        return ({},)
    return tuple(_expanded(job.matrix)) or ({},)


def _expanded(matrix: Matrix) -> Iterable[Combination]:
    axes = {name: values or (None,) for name, values in matrix.axes.items()}
    made = islice(product(*axes.values()), MOST + 1) if axes else ()
    found: list[dict[str, Node | None]] = [dict(zip(axes, values, strict=True)) for values in made]
    if len(found) > MOST or matrix.include is None:
        return (None,)  # GitHub refuses the first, and the second may add anything
    kept = [one for one in found if not any(_is_like(one, other) for other in matrix.exclude or ())]
    return _included(kept, matrix.include, frozenset(axes))


def _is_like(combination: Mapping[str, Node | None], excluded: Mapping[str, Node]) -> bool:
    """Tell whether a combination is excluded; one with a value that is not known is kept."""
    values = ((combination.get(name), value) for name, value in excluded.items())
    return all(own is not None and _plain(own) == _plain(value) for own, value in values)


def _included(
    found: list[dict[str, Node | None]], include: Iterable[Mapping[str, Node]], axes: frozenset[str]
) -> list[dict[str, Node | None]]:
    """Apply `include`: to combinations whose own values it does not change, else as one of its own."""
    alone: list[dict[str, Node | None]] = []
    for added in include:
        alike = [one for one in found if _agrees(one, added, axes)]
        for one in alike:
            one.update(added)
        if not alike:
            alone.append(dict(added))
    return [*found, *alone]


def _agrees(combination: Mapping[str, Node | None], added: Mapping[str, Node], axes: frozenset[str]) -> bool:
    own = ((combination[name], value) for name, value in added.items() if name in axes)
    return all(mine is None or _plain(mine) == _plain(value) for mine, value in own)


def _plain(node: Node) -> object:
    if isinstance(node.content, tuple):
        return [_plain(item) for item in node.content]
    if node.content is None or isinstance(node.content, str):
        return node.content
    return {name: _plain(value) for name, value in node.content.items()}

"""The `Conditions` of a template, evaluated to true, false, or not known.

Not known is None: the deployment may decide either way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from leastgrant.documents.source import Json, Path
    from leastgrant.template.expression import Compiler, Expression


@dataclass(frozen=True, slots=True)
class Equals:
    """`Fn::Equals`."""

    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class And:
    """`Fn::And`."""

    operands: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """`Fn::Or`."""

    operands: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """`Fn::Not`."""

    operand: Condition


@dataclass(frozen=True, slots=True)
class Named:
    """`Condition`: the outcome of another condition."""

    name: str


Condition: TypeAlias = "Equals | And | Or | Not | Named"

_FEWEST, _MOST = 2, 10
"""How many operands `Fn::And` and `Fn::Or` take (AWS, "Condition functions")."""


def compile_condition(value: Json, path: Path, compiler: Compiler, operands_of: Compiler) -> Condition:
    """Compile the condition that `value` writes; `operands_of` compiles what `Fn::Equals` compares.

    Raises:
        TemplateError: it is malformed, or names what does not exist or what a condition may not know.
    """
    if not isinstance(value, dict) or len(value) != 1:
        functions = "Fn::Equals, Fn::And, Fn::Or, Fn::Not or Condition"
        raise compiler.error(path, f"must be a map with one key, {functions}")
    (name, argument), *_ = value.items()
    inside = (*path, name)
    if name == "Condition":
        return Named(compiler.condition(argument, inside))
    operands = argument if isinstance(argument, list) else [argument]
    nested = [(operand, (*inside, index)) for index, operand in enumerate(operands)]
    match name, len(operands):
        case "Fn::Equals", 2:
            return Equals(operands_of.expression(*nested[0]), operands_of.expression(*nested[1]))
        case "Fn::And", count if _FEWEST <= count <= _MOST:
            return And(tuple(compile_condition(*operand, compiler, operands_of) for operand in nested))
        case "Fn::Or", count if _FEWEST <= count <= _MOST:
            return Or(tuple(compile_condition(*operand, compiler, operands_of) for operand in nested))
        case "Fn::Not", 1:
            return Not(compile_condition(*nested[0], compiler, operands_of))
        case _:
            forms = "Fn::Equals takes 2 values, Fn::Not 1 condition, Fn::And and Fn::Or 2 to 10"
            raise compiler.error(inside, f"is no condition with {len(operands)} operands; {forms}")


def named(condition: Condition) -> Iterator[str]:
    """Yield the conditions that `condition` names."""
    match condition:
        case Named(name):
            yield name
        case Not(operand):
            yield from named(operand)
        case And(operands) | Or(operands):
            for operand in operands:
                yield from named(operand)
        case Equals():
            pass


def holds(
    condition: Condition,
    known: Mapping[str, bool | None],
    equal: Callable[[Expression, Expression], bool | None],
) -> bool | None:
    """Tell whether `condition` holds, by Kleene's logic of three values.

    `known` are the outcomes of the conditions it names, `equal` compares the operands of `Fn::Equals`.
    """
    match condition:
        case Equals(left, right):
            return equal(left, right)
        case Named(name):
            return known[name]
        case Not(operand):
            outcome = holds(operand, known, equal)
            return None if outcome is None else not outcome
        case And(operands):
            return _all(holds(operand, known, equal) for operand in operands)
        case Or(operands):
            none = _all(_opposite(holds(operand, known, equal)) for operand in operands)
            return _opposite(none)


def _all(outcomes: Iterator[bool | None]) -> bool | None:
    every = list(outcomes)
    if False in every:
        return False
    return None if None in every else True


def _opposite(outcome: bool | None) -> bool | None:
    return None if outcome is None else not outcome

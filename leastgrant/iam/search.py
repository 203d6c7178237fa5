"""Is there a request to which some statements apply, and others do not? It is decided, or said not to be.

A context key is taken apart into cells: the values that are in some of the sets which conditions name and in none of
the others. Of each cell one value stands for all. Patterns are taken apart exactly, by `leastgrant.iam.pattern`; of
numbers, dates, addresses and bytes, values around each bound show every cell.

A key that a policy variable stands for ties other keys, or the resource, to itself. So its value is fixed first:
absent, each value that a literal or a pattern beside the variable suggests, and one that nothing mentions. What is
found so is real. If nothing is found, the variable is taken for a text that is not known beyond the cell it is in, so
that more seems possible than is; if even so there is no request, there is none. Otherwise it is not decided.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from itertools import chain, combinations, product
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from leastgrant.iam.arn import ARN, COMPONENTS
from leastgrant.iam.combinations import Combination, Summed, between, matched, way_of
from leastgrant.iam.conditions import Comparison
from leastgrant.iam.keys import is_multivalued
from leastgrant.iam.pattern import ANY, Budget, Pattern, PatternTooComplex, Wildcard
from leastgrant.iam.string import PolicyString, Variable
from leastgrant.iam.texts import (
    Fixed,
    One,
    Several,
    Texts,
    common,
    divided_by,
    has,
    literal,
    parts_of,
    pattern_of,
    texts_of,
    tokens_of,
    values_in,
)
from leastgrant.iam.values import Arn, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from leastgrant.iam.conditions import Condition
    from leastgrant.iam.document import BaseStatement, Resources
    from leastgrant.iam.string import Context
    from leastgrant.iam.texts import State, States

STEPS = 40_000
"""Of the work for one question; about a sixth of a second."""
_ASKED, _WORKED_OUT, _JOINED = 30, 10, 3
"""Steps for what is done once for a question, for the values of a key, and for each key in each state of the others."""
_DEMANDS = 16
"""Statements that are compared with an outcome in one step."""


@dataclass(frozen=True, slots=True)
class Question:
    """Is there a request to which all of some statements apply, and to which none of others do?"""

    applying: tuple[BaseStatement, ...]
    none_of: tuple[BaseStatement, ...]
    one_of: tuple[BaseStatement, ...] | None = None
    """Of which one must apply, if there is any such demand."""
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """What the request's context has; a key with no values is absent, and another may have any."""
    resources: Pattern | None = ANY
    """The resources it may be on; None: it has no resource, as a request to assume a role."""
    except_resources: tuple[Pattern, ...] = ()
    """Of these, those that it is not on."""

    @property
    def statements(self) -> tuple[BaseStatement, ...]:
        """All that count."""
        return tuple(dict.fromkeys((*self.applying, *(self.one_of or ()), *self.none_of)))


@dataclass(frozen=True, slots=True)
class Found:
    """A request: its resource, if it has one, and its context."""

    resource: str
    context: Context


@dataclass(frozen=True, slots=True)
class Undecided:
    """There may be such a request."""

    reason: str
    """What is missing to decide, in one sentence."""
    keys: frozenset[str] = frozenset()


def search(question: Question, budget: Budget | None = None) -> Found | Undecided | None:
    """Find a request as the question wants it; None if there is none."""
    budget = Budget(STEPS, budget)
    none_of = {*question.none_of}
    if not none_of.isdisjoint(question.applying) or (
        question.one_of is not None and none_of.issuperset(question.one_of)
    ):
        return None
    try:
        budget.spend(_ASKED)
        asked = _KeyedQuestion(question, budget)
        if asked.is_refuted():
            return None
        found = next(asked.found(), None)
        return found or asked.doubt()
    except PatternTooComplex as error:
        return Undecided(error.problem, frozenset[str]().union(*(_keys(s) for s in question.statements)))


def values_of(key: str, conditions: Iterable[Condition], budget: Budget) -> list[tuple[str, ...]]:
    """Return values of a key, absent first, that show every outcome of the conditions on it.

    Raises:
        PatternTooComplex: the conditions are too complex, or compare the key with the values of others.
    """
    about = tuple(dict.fromkeys(c for c in conditions if key in c.keys))
    if any(c.keys - {key} for c in about):
        raise PatternTooComplex(f"{key} is compared with the values of other keys")
    asked = _KeyedQuestion(Question((), (), resources=None), budget, about)
    outcomes: dict[int, tuple[str, ...]] = {}
    for outcome in sorted(asked.outcomes(key), key=lambda outcome: bool(outcome.values)):
        outcomes.setdefault(outcome.holds, outcome.values)
    return list(outcomes.values())


def _keys(statement: BaseStatement) -> Iterator[str]:
    for condition in statement.conditions:
        yield from condition.keys
    for string in _strings(statement):
        yield from string.keys


def _strings(statement: BaseStatement) -> tuple[PolicyString, ...]:
    resources = statement.reach
    return resources.strings if resources else ()


class _Case(NamedTuple):
    """Which statements apply as far as their conditions go, as bits, in some of the contexts."""

    applying: int
    context: tuple[tuple[str, tuple[str, ...]], ...]


class _KeyedQuestion:
    """A question, with its keys and the conditions on them."""

    def __init__(self, question: Question, budget: Budget, conditions: Iterable[Condition] = ()) -> None:
        self._question, self._budget = question, budget
        self._statements = question.statements
        bits = {statement: 1 << number for number, statement in enumerate(self._statements)}
        self._must = sum(bits[s] for s in dict.fromkeys(question.applying))
        self._may_not = sum(bits[s] for s in dict.fromkeys(question.none_of))
        self._may = sum(bits[s] for s in dict.fromkeys(question.one_of or ())) & ~self._may_not
        self._bits = bits
        self._having: dict[Condition, int] = {}
        for statement, bit in bits.items():
            for condition in statement.conditions:
                self._having[condition] = self._having.get(condition, 0) | bit
        conditions = dict.fromkeys((*conditions, *(c for s in self._statements for c in s.conditions)))
        self._conditions: dict[str, list[Condition]] = {}
        for condition in conditions:
            self._conditions.setdefault(condition.key, []).append(condition)
        in_values = (key for c in conditions if isinstance(c, Comparison) for v in c.values for key in v.keys)
        in_resources = (key for s in self._statements for string in _strings(s) for key in string.keys)
        self._variables = tuple(dict.fromkeys(key for key in chain(in_values, in_resources)))
        self._keys = tuple(sorted({*self._conditions, *self._variables}))
        self._found: dict[object, list[Combination]] = {}
        self._not_documented: set[str] = set()
        self._mixed: set[str] = set()
        self._states: dict[str, tuple[Fixed, ...]] = {}
        self._texts: dict[object, Texts | None] = {}
        self._about = {
            key: frozenset(k for c in some for k in c.keys) | {key} for key, some in self._conditions.items()
        }
        self._demands = {key: self._demands_on(key) for key in self._keys}

    def is_refuted(self) -> bool:
        """Tell whether there is no request even if a variable may be anything; only asked where there are variables."""
        if not self._open_variables:
            return False
        return not any(self._seems_possible(states) for states in self._all_states(self._coarse_states))

    def _seems_possible(self, states: States) -> bool:
        return any(self._resource(case, states) is not None for case in self._cases(states, exact=False))

    def _all_states(self, of_key: Callable[[str], Iterable[State]]) -> Iterator[dict[str, State]]:
        for chosen in product(*map(tuple, map(of_key, self._variables))):
            yield dict(zip(self._variables, chosen, strict=True))

    def _coarse_states(self, key: str) -> Iterator[State]:
        """Yield the coarse states of a key: absent, one value, several."""
        if key in self._question.known:
            yield Fixed(self._question.known[key])
            return
        yield Fixed(())
        yield One()
        if self._may_be_several(key):
            yield Several()

    @property
    def _open_variables(self) -> tuple[str, ...]:
        return tuple(key for key in self._variables if key not in self._question.known)

    def found(self) -> Iterator[Found]:
        """Yield real requests, one at most for each choice of the variables' values."""
        for key in self._variables:
            self._states[key] = tuple(self._candidates(key))
        for states in self._all_states(self._states.__getitem__):
            for case in self._cases(states, exact=True):
                resource = self._resource(case, states)
                if resource is not None:
                    context = {**self._question.known, **dict(case.context)}
                    yield Found(resource, {key: context[key] for key in (*self._question.known, *self._keys)})

    def doubt(self) -> Undecided | None:
        """Return what is open where variables have values that were not tried; None: there is no request."""
        for states in self._all_states(self._loose_states):
            is_tried = all(isinstance(state, Fixed) for state in states.values())
            if is_tried and not self._not_documented and not self._mixed:
                continue
            if self._seems_possible(states):
                return Undecided(self._reason(), frozenset(self._keys))
        return None

    def _reason(self) -> str:
        reasons: list[str] = []
        if self._not_documented:
            keys = " and ".join(sorted(self._not_documented))
            reasons.append(f"what a condition without ForAllValues or ForAnyValue does with several values of {keys}")
        if self._mixed:
            reasons.append(f"which values {' and '.join(sorted(self._mixed))} can have, compared in several ways")
        if self._open_variables or not reasons:
            keys = " and ".join(sorted(self._open_variables))
            reasons.append(f"how the values of {keys} and what they are compared with go together")
        return "it is not known " + ", or ".join(reasons)

    # --- the values of a variable

    def _candidates(self, key: str) -> Iterator[Fixed]:
        """Yield values for a variable: what its own conditions tell apart, what surrounds it suggests, and others."""
        if key in self._question.known:
            yield Fixed(self._question.known[key])
            return
        own = [sample for _, sample in self._vectors(key, {}) if sample is not None]
        unmentioned = ["x", f"x{self._variables.index(key)}"]
        texts = list(dict.fromkeys((*unmentioned, *own, *self._suggested(key))))
        if any(isinstance(v, Text) and v.ignore_case for c in self._comparisons(key) for v in c.values):
            texts = list(dict.fromkeys((*texts, *(text.lower() for text in own), *(text.upper() for text in own))))
        yield from (Fixed((text,)) for text in texts)
        yield Fixed(())
        if self._may_be_several(key):
            yield from (Fixed(pair) for pair in combinations(texts, 2))

    def _suggested(self, key: str) -> Iterator[str]:
        """Yield values with which a set that the variable is in meets another set."""
        budget = Budget(STEPS // 4, self._budget)
        for group in self._surroundings():
            plain = [texts for value in group if not value.keys if (texts := texts_of(value, {}))]
            for value in group:
                if key not in value.keys:
                    continue
                tokens = [token for _, token in tokens_of(value)]
                for filled in self._fillings(tokens, key):
                    try:
                        others = tuple(dict.fromkeys(texts.within[0] for texts in plain))
                        parts = budget.once((filled, others), partial(divided_by, filled, others, budget))
                    except PatternTooComplex:
                        return  # fewer are tried; what is not found then is not taken for decided
                    yield from chain.from_iterable(values_in(part, tokens, key) for part in parts)

    def _fillings(self, tokens: Sequence[str | Wildcard | Variable], key: str) -> Iterator[Pattern]:
        """Yield the pattern with a variable in it, for all values and for those that a condition on it names."""
        named = [ANY]
        for comparison in self._comparisons(key):
            values = (v for v in comparison.values if isinstance(v, Text | Arn) and not v.keys)
            named += [texts.within[0] for value in values if (texts := texts_of(value, {}))]
        for pattern in dict.fromkeys(named):
            values = {token.key: ANY.tokens for token in tokens if isinstance(token, Variable)}
            yield pattern_of(tokens, {**values, key: pattern.tokens}, in_any_case=False)

    def _surroundings(self) -> Iterator[list[Text | Arn | PolicyString]]:
        """Yield what is compared with the same thing: with one key, or with the resource."""
        for key in self._conditions:
            values = (value for comparison in self._comparisons(key) for value in comparison.values)
            group: list[Text | Arn | PolicyString] = [value for value in values if isinstance(value, Text | Arn)]
            group += [literal(text) for text in self._question.known.get(key, ())]
            yield group
        yield [string for statement in self._statements for string in _strings(statement)]

    def _loose_states(self, key: str) -> Iterator[State]:
        """Yield the values that were tried, and the parts of all others."""
        tried = self._states[key]
        yield from tried
        if key in self._question.known:
            return
        others = tuple(Texts((Pattern.literal(s.values[0]),)) for s in tried if len(s.values) == 1)
        parts = [One((), others)]
        for texts in dict.fromkeys(self._dividing(key)):
            divided = [(One((*p.inside, texts), p.outside), One(p.inside, (*p.outside, texts))) for p in parts]
            both = chain.from_iterable(divided)
            parts = [part for part in both if common(part.inside, part.outside, self._budget) is not None]
        yield from parts
        if self._may_be_several(key):
            yield Several()

    def _dividing(self, key: str) -> Iterator[Texts]:
        """Yield the sets of several texts that conditions compare a variable with, or what equals it."""
        own = [value for c in self._comparisons(key) for value in c.values if isinstance(value, Text | Arn)]
        for group in self._surroundings():
            is_bare = any([token for _, token in tokens_of(value)] == [Variable(key, None)] for value in group)
            for value in group if is_bare else own:
                texts = None if value.keys else texts_of(value, {})
                if texts and not texts.within[0].is_literal:
                    yield texts

    def _may_be_several(self, key: str) -> bool:
        return is_multivalued(key) or any(comparison.quantifier for comparison in self._comparisons(key))

    # --- the values of a key

    def _vectors(
        self,
        key: str,
        states: States,
        inside: tuple[Texts, ...] = (),
        outside: tuple[Texts, ...] = (),
        *,
        exact: bool = True,
    ) -> list[tuple[int, str | None]]:
        """Return each set of comparisons that one value of a key can match, as bits, with it if all is exact."""
        comparisons = self._comparisons(key)
        ways = {way_of(c) for c in comparisons}
        unions = self._unions(key, states)
        found = self._parts(unions, inside, outside)
        if ways <= {None}:
            return found
        if len(ways) > 1:
            self._mixed.add(key)
        others = (v for c in comparisons for v in c.values if not isinstance(v, Text | Arn))
        of_others = chain.from_iterable(value.samples() for value in others)
        tried = (*of_others, *between(comparisons), *(text for _, text in found if text is not None))
        samples = {text: matched(comparisons, text) for text in dict.fromkeys(tried)}
        if exact and all(text is not None for _, text in found):
            of_texts = [
                sum(1 << number for number, union in unions.items() if any(has(texts, text) for texts in union))
                for text in samples
            ]
            return [(bits | more, text) for bits, (text, more) in zip(of_texts, samples.items(), strict=True)]
        masks = [sum(1 << n for n, c in enumerate(comparisons) if way_of(c) is way) for way in ways if way is not None]
        by_way = [{bits & mask for bits in samples.values()} for mask in masks]
        return [(bits | sum(parts), None) for bits, _ in found for parts in product(*by_way)]

    def _parts(
        self, unions: dict[int, list[Texts]], inside: tuple[Texts, ...], outside: tuple[Texts, ...]
    ) -> list[tuple[int, str | None]]:
        """`parts_of`, of which other questions want the same."""
        asked = tuple((number, tuple(union)) for number, union in unions.items()), inside, outside
        return self._budget.once(asked, lambda: list(parts_of(unions, inside, outside, self._budget)))

    def _comparisons(self, key: str) -> list[Comparison]:
        return [c for c in self._conditions.get(key, ()) if isinstance(c, Comparison)]

    def _unions(self, key: str, states: States) -> dict[int, list[Texts]]:
        """Map the bit of each comparison of a key with text to the texts that it matches."""
        return {
            number: [t for v in c.values if isinstance(v, Text | Arn) and (t := self._texts_of(v, states))]
            for number, c in enumerate(self._comparisons(key))
            if way_of(c) is None
        }

    def _texts_of(self, value: Text | Arn | PolicyString, states: States) -> Texts | None:
        """`texts_of`, which most states of the other variables do not change."""
        asked = value, tuple((key, states.get(key)) for key in sorted(value.keys)), len(states) if value.keys else 0
        if asked not in self._texts:
            self._texts[asked] = texts_of(value, states)
        return self._texts[asked]

    def outcomes(self, key: str) -> list[Combination]:
        """Return what the conditions on a key come to, for each of its values and sets of values."""
        return self._outcomes(key, {}, exact=True)

    def _outcomes(self, key: str, states: States, *, exact: bool) -> list[Combination]:
        """Return what the conditions on a key come to, for each of its values and sets of values."""
        about = self._about.get(key, {key})
        asked = (key, exact, tuple((k, state) for k, state in states.items() if k in about))
        if asked not in self._found:
            self._budget.spend(_WORKED_OUT)
            self._found[asked] = list(self._worked_out(key, states, exact=exact))
        return self._found[asked]

    def _worked_out(self, key: str, states: States, *, exact: bool) -> Iterator[Combination]:
        known = self._question.known.get(key)
        state = states.get(key) or (None if known is None else Fixed(known))
        summed = Summed(self._conditions.get(key, ()), self._comparisons(key))
        match state:
            case Fixed(values=values) if exact and len(values) > 1 and not summed.is_documented:
                self._not_documented.add(key)
            case Fixed(values=values):
                for vectors in product(*(self._vectors_of(key, states, text) for text in values)):
                    yield from summed.of(vectors, values)
            case One(inside=inside, outside=outside):
                yield from summed.single(self._vectors(key, states, inside, outside, exact=False), exact=False)
            case Several():
                yield from self._several(key, summed, self._vectors(key, states, exact=exact), exact=exact)
            case None:
                vectors = self._vectors(key, states, exact=exact)
                empty = [vector for vector in vectors if vector[1] == ""]
                # a text that shows something is shown, before absence, and that before an empty text
                yield from summed.single((vector for vector in vectors if vector not in empty), exact=exact)
                yield from summed.of([], ())
                yield from summed.single(empty, exact=exact)
                if self._may_be_several(key):
                    yield from self._several(key, summed, vectors, exact=exact)

    def _several(
        self, key: str, summed: Summed, vectors: Sequence[tuple[int, str | None]], *, exact: bool
    ) -> Iterator[Combination]:
        if not summed.is_documented:
            self._not_documented.add(key)
        if summed.is_documented or not exact:
            yield from summed.several(vectors, self._budget)

    def _vectors_of(self, key: str, states: States, text: str) -> list[int]:
        """Return each set of comparisons that one value can match, as bits."""
        others = matched(self._comparisons(key), text)
        whole = (Texts((Pattern.literal(text),)),)
        return [bits | others for bits, _ in self._parts(self._unions(key, states), whole, ())]

    # --- the cases

    def _cases(self, states: States, *, exact: bool) -> list[_Case]:
        """Return which statements can apply together, as far as their conditions go; of like cases the best."""
        every = (1 << len(self._statements)) - 1
        cases = [_Case(every, ())]
        for key in self._keys:
            self._budget.spend(_JOINED)
            demands = self._demands[key]
            outcomes: dict[int, tuple[str, ...]] = {}
            found = self._outcomes(key, states, exact=exact)
            self._budget.spend(len(found) * len(demands) // _DEMANDS)
            for outcome in found:
                applying = sum(bit for bit, demand in demands if outcome.holds & demand == demand)
                outcomes.setdefault(applying, outcome.values)
            cases = self._best(
                _Case(case.applying & applying, (*case.context, (key, values)))
                for case in cases
                for applying, values in outcomes.items()
            )
        return cases

    def _demands_on(self, key: str) -> list[tuple[int, int]]:
        """Each statement with the conditions on a key that must hold for it to apply, as bits."""
        conditions = self._conditions.get(key, ())
        return [
            (self._bits[s], sum(1 << n for n, c in enumerate(conditions) if c in s.conditions))
            for s in self._statements
        ]

    def _best(self, cases: Iterable[_Case]) -> list[_Case]:
        """Keep the cases in which what must apply does, and than which no other case is better."""
        best: dict[int, _Case] = {}
        good = self._must | self._may
        for case in cases:
            self._budget.spend()
            if case.applying & self._must != self._must or (self._may and not case.applying & self._may):
                continue
            score = (case.applying & good) | (~case.applying & self._may_not)
            if score in best:
                continue
            self._budget.spend(len(best) // 4)
            if any(score | other == other for other in best):
                continue
            for other in [other for other in best if score | other == score]:
                del best[other]
            best[score] = case
        return list(best.values())

    # --- the resource

    def _resource(self, case: _Case, states: States) -> str | None:
        """Find a resource that the statements reach, and the others do not, in a case; empty if none is asked for."""
        question = self._question
        if question.resources is None:
            return None if case.applying & self._may_not else ""
        choices: list[list[_Region]] = []
        for statement in dict.fromkeys(question.applying):
            choices += [] if statement.reach is None else [self._hits(statement.reach, states)]
        if question.one_of is not None:
            on = [s.reach for s in question.one_of if case.applying & self._may & self._bits[s]]
            choices.append([region for reach in on if reach for region in self._hits(reach, states)])
        for statement in dict.fromkeys(question.none_of):
            if case.applying & self._bits[statement]:
                if statement.reach is None:
                    return None
                choices.append(self._misses(statement.reach, states))
        return _find(Texts((question.resources,), question.except_resources), choices, self._budget)

    def _hits(self, resources: Resources, states: States) -> list[_Region]:
        found = tuple(texts for string in resources.strings if (texts := self._texts_of(string, states)))
        return [((), found)] if resources.negated else [((texts,), ()) for texts in found]

    def _misses(self, resources: Resources, states: States) -> list[_Region]:
        found = tuple(texts for string in resources.strings if (texts := self._texts_of(string, states)))
        return [((texts,), ()) for texts in found] if resources.negated else [((), found)]


_Region: TypeAlias = "tuple[tuple[Texts, ...], tuple[Texts, ...]]"
_NO_RESOURCE = Texts((Pattern.literal("*"),))
_EVERY_ARN = Texts((ARN,))


def _find(within: Texts, choices: list[list[_Region]], budget: Budget) -> str | None:
    """Find a resource that is in one region of each choice: an ARN if there is one, else `*`."""
    ordered = sorted(choices, key=len)
    inside = tuple(texts for choice in ordered if len(choice) == 1 for texts in choice[0][0])
    outside = tuple(texts for choice in ordered if len(choice) == 1 for texts in choice[0][1])
    several = [choice for choice in ordered if len(choice) != 1]
    for whole in (_EVERY_ARN, _NO_RESOURCE):
        found = _chosen((whole, within, *inside), outside, several, budget)
        if found is not None:
            return found
    return None


def _chosen(
    inside: tuple[Texts, ...], outside: tuple[Texts, ...], choices: list[list[_Region]], budget: Budget
) -> str | None:
    budget.spend()
    found = common([t for t in inside if t != _EVERY_ARN] if _of_arns(inside) else inside, outside, budget)
    if found is None or not choices:
        return found
    first, *others = choices
    for more, less in first:
        found = _chosen((*inside, *more), (*outside, *less), others, budget)
        if found is not None:
            return found
    return None


def _of_arns(inside: Iterable[Texts]) -> bool:
    """Tell whether a pattern spells out what makes all its strings ARNs."""
    firsts = (pattern.tokens[0] for texts in inside for pattern in texts.within if pattern.tokens)
    return any(isinstance(t, str) and t.startswith("arn:") and t.count(":") >= COMPONENTS - 1 for t in firsts)

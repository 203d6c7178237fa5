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
from functools import reduce
from itertools import chain, combinations, pairwise, product
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from leastgrant.iam.arn import ARN, COMPONENTS
from leastgrant.iam.conditions import Comparison, Quantifier
from leastgrant.iam.pattern import ANY, Budget, Pattern, PatternTooComplex, Wildcard, member
from leastgrant.iam.string import PolicyString, Variable
from leastgrant.iam.values import Arn, Ordered, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from leastgrant.iam.conditions import Condition
    from leastgrant.iam.document import BaseStatement, Resources
    from leastgrant.iam.string import Context

STEPS = 60_000
"""Of the work for one question; about a sixth of a second."""

MULTIVALUED = frozenset(
    {
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:principalservicenameslist",
        "aws:resourceorgpaths",
        "aws:sourceorgpaths",
        "aws:tagkeys",
        "aws:vpceorgpaths",
    }
)
"""The global keys that can have several values ("AWS global condition context keys", AWS IAM User Guide)."""


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
    """Those it may be on; None: a request that has no resource, as of those to assume a role."""

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
    """A request as the question wants it; None if there is none."""
    budget = Budget(STEPS, budget)
    none_of = {*question.none_of}
    if not none_of.isdisjoint(question.applying) or (
        question.one_of is not None and none_of.issuperset(question.one_of)
    ):
        return None
    try:
        asked = _Asked(question, budget)
        if asked.is_refuted():
            return None
        found = next(asked.found(), None)
        return found or asked.doubt()
    except PatternTooComplex as error:
        return Undecided(error.problem, frozenset[str]().union(*(_keys(s) for s in question.statements)))


def values_of(key: str, conditions: Iterable[Condition], budget: Budget) -> list[tuple[str, ...]]:
    """Values of a key, absent first, with which the conditions on it come to everything that they can.

    Raises:
        PatternTooComplex: the conditions are too complex, or compare the key with the values of others.
    """
    about = tuple(dict.fromkeys(c for c in conditions if key in c.keys))
    if any(c.keys - {key} for c in about):
        raise PatternTooComplex(f"{key} is compared with the values of other keys")
    asked = _Asked(Question((), (), resources=None), budget, about)
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


class _Fixed(NamedTuple):
    """These values; none: absent."""

    values: tuple[str, ...]


class _One(NamedTuple):
    """One value, of which is known what sets it is in."""

    inside: tuple[_Texts, ...] = ()
    outside: tuple[_Texts, ...] = ()


class _Several(NamedTuple):
    """Several values, whichever."""


_State: TypeAlias = "_Fixed | _One | _Several"
_States: TypeAlias = "Mapping[str, _State]"
_SYMBOLS = 0xE000
"""The first of the characters that stand for a variable's value: Unicode's private ones."""


@dataclass(frozen=True, slots=True)
class _Texts:
    """A set of strings, as far as it is known: it is in all of `within`, and in none of `beyond`."""

    within: tuple[Pattern, ...]
    beyond: tuple[Pattern, ...] = ()
    symbolic: Pattern | None = None
    """If it is not all of `within`: with a character for each value that is not known."""
    is_arn: bool = False
    in_any_case: bool = False

    @property
    def exact(self) -> bool:
        """Whether it is all of `within`."""
        return self.symbolic is None

    def covering(self, other: _Texts) -> Pattern | None:
        """What it surely has of a symbolic set, to be compared with that set's symbolic pattern."""
        pattern = self.symbolic or self.within[0]
        tokens = frozenset(token for token in pattern.tokens if isinstance(token, Wildcard))
        if not tokens.isdisjoint({Wildcard.ONE, Wildcard.ONE_WITHIN}):
            return None  # how long the value is, is not known
        if Wildcard.WITHIN in tokens and not (other.is_arn and self.is_arn):
            return None  # nor whether it has a colon
        if other.in_any_case and self.symbolic is not None and not self.in_any_case:
            return None
        return pattern


def _common(inside: Sequence[_Texts], outside: Sequence[_Texts], budget: Budget) -> str | None:
    """A string that seems to be in all of some sets and in none of others; it is, if all are exact."""
    found = member(
        [pattern for texts in inside for pattern in texts.within],
        [*(texts.within[0] for texts in outside if texts.exact), *(p for texts in inside for p in texts.beyond)],
        budget,
    )
    if found is None:
        return None
    for texts in inside:
        if texts.symbolic is not None:
            covers = [cover for other in outside if (cover := other.covering(texts)) is not None]
            if covers and member([texts.symbolic], covers, budget) is None:
                return None
    return found


def _texts_of(value: Text | Arn | PolicyString, states: _States) -> _Texts | None:
    """The set that a value of a condition, or a resource, names; None if a variable has no value."""
    in_any_case = isinstance(value, Text) and value.ignore_case
    tokens = _tokens(value)
    unknown: dict[str, _One] = {}
    resolved: list[str | Wildcard | Variable] = []
    for component, token in tokens:
        if not isinstance(token, Variable):
            resolved.append(token)
            continue
        state = states.get(token.key, _Fixed(()))
        if isinstance(state, _One):
            unknown[token.key] = state
            resolved.append(token)
            continue
        text = state.values[0] if isinstance(state, _Fixed) and len(state.values) == 1 else token.default
        if text is None or (component and ":" in text):
            return None
        resolved.append(text)
    is_arn = isinstance(value, Arn)
    if not unknown:
        return _Texts((_pattern(resolved, {}, in_any_case),), is_arn=is_arn, in_any_case=in_any_case)
    symbols = {key: (chr(_SYMBOLS + number),) for number, key in enumerate(sorted(states)) if key in unknown}
    alone = len(unknown) == 1 and sum(isinstance(token, Variable) for token in resolved) == 1
    alone = alone and not any(isinstance(token, Wildcard) for token in resolved)
    choices = {key: [*chain.from_iterable(t.within for t in one.inside)] or [ANY] for key, one in unknown.items()}
    return _Texts(
        tuple(
            _pattern(resolved, dict(zip(choices, (p.tokens for p in chosen), strict=True)), in_any_case)
            for chosen in product(*choices.values())
        ),
        tuple(
            _pattern(resolved, {key: pattern.tokens}, in_any_case=False)
            for key, one in unknown.items()
            for texts in one.outside
            for pattern in texts.within
            if alone and not in_any_case
        ),
        _pattern(resolved, symbols, in_any_case),
        is_arn,
        in_any_case,
    )


def _tokens(value: Text | Arn | PolicyString) -> list[tuple[bool, str | Wildcard | Variable]]:
    """The tokens, each with whether it is in a component of an ARN that ends at a colon."""
    if isinstance(value, Text):
        value = value.string
    if isinstance(value, PolicyString):
        return [(False, token) for token in value.tokens]
    found: list[tuple[bool, str | Wildcard | Variable]] = []
    within = {Wildcard.ANY: Wildcard.WITHIN, Wildcard.ONE: Wildcard.ONE_WITHIN}
    for number, part in enumerate(value.parts):
        ends = number < COMPONENTS - 1
        found += [(ends, within[token] if ends and isinstance(token, Wildcard) else token) for token in part.tokens]
        found += [(False, ":")] if ends else []
    return found


def _pattern(
    tokens: Iterable[str | Wildcard | Variable], values: Mapping[str, tuple[str | Wildcard, ...]], in_any_case: bool
) -> Pattern:
    plain = chain.from_iterable(values[token.key] if isinstance(token, Variable) else (token,) for token in tokens)
    return Pattern(tuple(plain), in_any_case)


class _Outcome(NamedTuple):
    """Which of the conditions on a key hold, as bits, with some of the values."""

    holds: int
    values: tuple[str, ...]


class _Case(NamedTuple):
    """Which statements apply as far as their conditions go, as bits, in some of the contexts."""

    applying: int
    context: tuple[tuple[str, tuple[str, ...]], ...]


class _Asked:
    """A question, with its keys and the conditions on them."""

    def __init__(self, question: Question, budget: Budget, conditions: Iterable[Condition] = ()) -> None:
        self._question, self._budget = question, budget
        self._statements = question.statements
        bits = {statement: 1 << number for number, statement in enumerate(self._statements)}
        self._must = sum(bits[s] for s in dict.fromkeys(question.applying))
        self._may_not = sum(bits[s] for s in dict.fromkeys(question.none_of))
        self._may = sum(bits[s] for s in dict.fromkeys(question.one_of or ())) & ~self._may_not
        self._bits = bits
        conditions = dict.fromkeys((*conditions, *(c for s in self._statements for c in s.conditions)))
        self._conditions: dict[str, list[Condition]] = {}
        for condition in conditions:
            self._conditions.setdefault(condition.key, []).append(condition)
        in_values = (key for c in conditions if isinstance(c, Comparison) for v in c.values for key in v.keys)
        in_resources = (key for s in self._statements for string in _strings(s) for key in string.keys)
        self._variables = tuple(dict.fromkeys(key for key in chain(in_values, in_resources)))
        self._keys = tuple(sorted({*self._conditions, *self._variables}))
        self._found: dict[object, list[_Outcome]] = {}
        self._not_documented: set[str] = set()
        self._mixed: set[str] = set()
        self._states: dict[str, tuple[_Fixed, ...]] = {}

    def is_refuted(self) -> bool:
        """Whether there is no request even if a variable may be anything; only asked where there are variables."""
        if not self._open_variables:
            return False
        return not any(self._seems_possible(states) for states in self._all_states(self._coarse_states))

    def _seems_possible(self, states: _States) -> bool:
        return any(self._resource(case, states) is not None for case in self._cases(states, exact=False))

    def _all_states(self, of_key: Callable[[str], Iterable[_State]]) -> Iterator[dict[str, _State]]:
        for chosen in product(*map(tuple, map(of_key, self._variables))):
            yield dict(zip(self._variables, chosen, strict=True))

    def _coarse_states(self, key: str) -> Iterator[_State]:
        """Absent, one value, several."""
        if key in self._question.known:
            yield _Fixed(self._question.known[key])
            return
        yield _Fixed(())
        yield _One()
        if self._may_be_several(key):
            yield _Several()

    @property
    def _open_variables(self) -> tuple[str, ...]:
        return tuple(key for key in self._variables if key not in self._question.known)

    def found(self) -> Iterator[Found]:
        """Real requests, one at most for each choice of the variables' values."""
        for key in self._variables:
            self._states[key] = tuple(self._candidates(key))
        for states in self._all_states(self._states.__getitem__):
            for case in self._cases(states, exact=True):
                resource = self._resource(case, states)
                if resource is not None:
                    context = {**self._question.known, **dict(case.context)}
                    yield Found(resource, {key: context[key] for key in (*self._question.known, *self._keys)})

    def doubt(self) -> Undecided | None:
        """Whether there may be a request where the variables have values that were not tried; None: there is none."""
        for states in self._all_states(self._loose_states):
            is_tried = all(isinstance(state, _Fixed) for state in states.values())
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

    def _candidates(self, key: str) -> Iterator[_Fixed]:
        """Values for a variable: what its own conditions tell apart, what its surroundings suggest, and others."""
        if key in self._question.known:
            yield _Fixed(self._question.known[key])
            return
        own = [sample for _, sample in self._vectors(key, {}) if sample is not None]
        unmentioned = ["x", f"x{self._variables.index(key)}"]
        texts = list(dict.fromkeys((*unmentioned, *own, *self._suggested(key))))
        yield from (_Fixed((text,)) for text in texts)
        yield _Fixed(())
        if self._may_be_several(key):
            yield from (_Fixed(pair) for pair in combinations(texts, 2))

    def _suggested(self, key: str) -> Iterator[str]:
        """Values with which a set that the variable is in meets another set."""
        budget = Budget(STEPS // 4, self._budget)
        for group in self._surroundings():
            plain = [texts for value in group if not value.keys if (texts := _texts_of(value, {}))]
            for value in group:
                if key not in value.keys:
                    continue
                tokens = [token for _, token in _tokens(value)]
                for filled in self._fillings(tokens, key):
                    try:
                        parts = _divided(filled, [texts.within[0] for texts in plain], budget)
                    except PatternTooComplex:
                        return  # fewer are tried; what is not found then is not taken for decided
                    yield from chain.from_iterable(_values_in(part, tokens, key) for part in parts)

    def _fillings(self, tokens: Sequence[str | Wildcard | Variable], key: str) -> Iterator[Pattern]:
        """The pattern with a variable in it, for all values and for those that a condition on it names."""
        named = [ANY]
        for condition in self._conditions.get(key, ()):
            if isinstance(condition, Comparison):
                values = (v for v in condition.values if isinstance(v, Text | Arn) and not v.keys)
                named += [texts.within[0] for value in values if (texts := _texts_of(value, {}))]
        for pattern in dict.fromkeys(named):
            values = {token.key: ANY.tokens for token in tokens if isinstance(token, Variable)}
            yield _pattern(tokens, {**values, key: pattern.tokens}, in_any_case=False)

    def _surroundings(self) -> Iterator[list[Text | Arn | PolicyString]]:
        """What is compared with the same thing: with one key, or with the resource."""
        for key, conditions in self._conditions.items():
            values = [v for c in conditions if isinstance(c, Comparison) for v in c.values]
            group: list[Text | Arn | PolicyString] = [v for v in values if isinstance(v, Text | Arn)]
            group += [_literal(text) for text in self._question.known.get(key, ())]
            yield group
        yield [string for statement in self._statements for string in _strings(statement)]

    def _loose_states(self, key: str) -> Iterator[_State]:
        """The values that were tried, and the parts of all others."""
        tried = self._states[key]
        yield from tried
        if key in self._question.known:
            return
        others = tuple(_Texts((Pattern.literal(s.values[0]),)) for s in tried if len(s.values) == 1)
        parts = [_One((), others)]
        for texts in dict.fromkeys(self._dividing(key)):
            divided = [(_One((*p.inside, texts), p.outside), _One(p.inside, (*p.outside, texts))) for p in parts]
            both = chain.from_iterable(divided)
            parts = [part for part in both if _common(part.inside, part.outside, self._budget) is not None]
        yield from parts
        if self._may_be_several(key):
            yield _Several()

    def _dividing(self, key: str) -> Iterator[_Texts]:
        """The sets of more than one text that a variable's own conditions name, or what equals it is compared with."""
        for group in self._surroundings():
            is_bare = any([token for _, token in _tokens(value)] == [Variable(key, None)] for value in group)
            if is_bare or any(
                c.key == key and v in group
                for c in self._conditions.get(key, ())
                if isinstance(c, Comparison)
                for v in c.values
            ):
                found = (_texts_of(value, {}) for value in group if not value.keys)
                yield from (texts for texts in found if texts and not texts.within[0].is_literal)

    def _may_be_several(self, key: str) -> bool:
        conditions = self._conditions.get(key, ())
        return key in MULTIVALUED or any(isinstance(c, Comparison) and c.quantifier for c in conditions)

    # --- the values of a key

    def _vectors(
        self,
        key: str,
        states: _States,
        inside: tuple[_Texts, ...] = (),
        outside: tuple[_Texts, ...] = (),
        *,
        exact: bool = True,
    ) -> list[tuple[int, str | None]]:
        """Which of the comparisons with a key a value can match, as bits, each with such a value if all is exact."""
        comparisons = [c for c in self._conditions.get(key, ()) if isinstance(c, Comparison)]
        ways = {_way(c) for c in comparisons}
        named = [
            [t for v in c.values if isinstance(v, Text | Arn) and (t := _texts_of(v, states))] for c in comparisons
        ]
        found = list(_regions(named, [_way(c) is None for c in comparisons], inside, outside, self._budget))
        if ways <= {None}:
            return found
        if len(ways) > 1:
            self._mixed.add(key)
        others = (v for c in comparisons for v in c.values if not isinstance(v, Text | Arn))
        of_others = chain.from_iterable(value.samples() for value in others)
        tried = (*of_others, *_between(comparisons), *(text for _, text in found if text is not None))
        samples = {text: _matched(comparisons, text) for text in dict.fromkeys(tried)}
        if exact and all(text is not None for _, text in found):
            of_texts = [
                sum(1 << n for n, union in enumerate(named) if any(_has(texts, text) for texts in union))
                for text in samples
            ]
            return [(bits | more, text) for bits, (text, more) in zip(of_texts, samples.items(), strict=True)]
        masks = [sum(1 << n for n, c in enumerate(comparisons) if _way(c) is way) for way in ways if way is not None]
        by_way = [{bits & mask for bits in samples.values()} for mask in masks]
        return [(bits | sum(parts), None) for bits, _ in found for parts in product(*by_way)]

    def outcomes(self, key: str) -> list[_Outcome]:
        """What the conditions on a key come to, for each of its values and sets of values."""
        return self._outcomes(key, {}, exact=True)

    def _outcomes(self, key: str, states: _States, *, exact: bool) -> list[_Outcome]:
        """What the conditions on a key come to, for each of its values and sets of values."""
        conditions = self._conditions.get(key, ())
        about = frozenset(k for c in conditions for k in c.keys)
        asked = (key, exact, tuple((k, states[k]) for k in sorted(about | {key}) if k in states))
        if asked not in self._found:
            self._found[asked] = list(self._worked_out(key, states, exact=exact))
        return self._found[asked]

    def _worked_out(  # noqa: C901  (a case for each kind of knowledge of the key)
        self, key: str, states: _States, *, exact: bool
    ) -> Iterator[_Outcome]:
        known = self._question.known.get(key)
        state = states.get(key) or (_Fixed(known) if known is not None else None)
        comparisons = [c for c in self._conditions.get(key, ()) if isinstance(c, Comparison)]
        summed = _Summed(self._conditions.get(key, ()), comparisons)
        match state:
            case _Fixed(values=()):
                yield from summed.of([], ())
            case _Fixed(values=(text,)):
                yield from summed.single(self._vectors_of(key, states, text), exact=True)
            case _Fixed(values=values) if exact and not summed.is_documented:
                self._not_documented.add(key)
            case _Fixed(values=values):
                of_each = (self._vectors_of(key, states, text) for text in values)
                for vectors in product(*of_each):
                    yield from summed.of([bits for bits, _ in vectors], values)
            case _One(inside=inside, outside=outside):
                yield from summed.single(self._vectors(key, states, inside, outside, exact=False), exact=False)
            case _Several() | None:
                vectors = self._vectors(key, states, exact=exact)
                if state is None:  # a text that shows something is shown, before absence, and that before an empty text
                    yield from summed.single(((bits, text) for bits, text in vectors if text != ""), exact=exact)
                    yield from summed.of([], ())
                    yield from summed.single(((bits, text) for bits, text in vectors if text == ""), exact=exact)
                if self._may_be_several(key):
                    if summed.is_documented:
                        yield from summed.several(vectors, self._budget)
                    else:
                        self._not_documented.add(key)
                        yield from () if exact else summed.several(vectors, self._budget)

    def _vectors_of(self, key: str, states: _States, text: str) -> list[tuple[int, str | None]]:
        comparisons = [c for c in self._conditions.get(key, ()) if isinstance(c, Comparison)]
        literal = _Texts((Pattern.literal(text),))
        named = [
            [t for v in c.values if isinstance(v, Text | Arn) and (t := _texts_of(v, states))] for c in comparisons
        ]
        others = _matched(comparisons, text)
        regions = _regions(named, [_way(c) is None for c in comparisons], (literal,), (), self._budget)
        return [(bits | others, text) for bits, _ in regions]

    # --- the cases

    def _cases(self, states: _States, *, exact: bool) -> list[_Case]:
        """Which statements can apply together, as far as their conditions go; of like cases the best."""
        every = (1 << len(self._statements)) - 1
        cases = [_Case(every, ())]
        for key in self._keys:
            conditions = self._conditions.get(key, ())
            demands = [
                (self._bits[s], sum(1 << n for n, c in enumerate(conditions) if c in s.conditions))
                for s in self._statements
            ]
            outcomes: dict[int, tuple[str, ...]] = {}
            for outcome in self._outcomes(key, states, exact=exact):
                applying = sum(bit for bit, demand in demands if outcome.holds & demand == demand)
                outcomes.setdefault(applying, outcome.values)
            cases = self._best(
                _Case(case.applying & applying, (*case.context, (key, values)))
                for case in cases
                for applying, values in outcomes.items()
            )
        return cases

    def _best(self, cases: Iterable[_Case]) -> list[_Case]:
        """Those in which what must apply does, and than which none has more that may apply and less that may not."""
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

    def _resource(self, case: _Case, states: _States) -> str | None:
        """A resource that the statements reach, and the others do not, in a case; empty if none is asked for."""
        question = self._question
        if question.resources is None:
            return None if case.applying & self._may_not else ""
        choices: list[list[_Region]] = []
        for statement in dict.fromkeys(question.applying):
            choices += [] if statement.reach is None else [_hits(statement.reach, states)]
        if question.one_of is not None:
            on = [s.reach for s in question.one_of if case.applying & self._may & self._bits[s]]
            choices.append([region for reach in on if reach for region in _hits(reach, states)])
        for statement in dict.fromkeys(question.none_of):
            if case.applying & self._bits[statement]:
                if statement.reach is None:
                    return None
                choices.append(_misses(statement.reach, states))
        return _find(_Texts((question.resources,)), choices, self._budget)


_Region: TypeAlias = "tuple[tuple[_Texts, ...], tuple[_Texts, ...]]"


def _hits(resources: Resources, states: _States) -> list[_Region]:
    found = tuple(texts for string in resources.strings if (texts := _texts_of(string, states)))
    return [((), found)] if resources.negated else [((texts,), ()) for texts in found]


def _misses(resources: Resources, states: _States) -> list[_Region]:
    found = tuple(texts for string in resources.strings if (texts := _texts_of(string, states)))
    return [((texts,), ()) for texts in found] if resources.negated else [((), found)]


_NO_RESOURCE = _Texts((Pattern.literal("*"),))
_EVERY_ARN = _Texts((ARN,))


def _find(within: _Texts, choices: list[list[_Region]], budget: Budget) -> str | None:
    """A resource, an ARN before the one of a request on no resource, that is in one region of each choice."""
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
    inside: tuple[_Texts, ...], outside: tuple[_Texts, ...], choices: list[list[_Region]], budget: Budget
) -> str | None:
    budget.spend()
    found = _common([t for t in inside if t != _EVERY_ARN] if _of_arns(inside) else inside, outside, budget)
    if found is None or not choices:
        return found
    first, *others = choices
    for more, less in first:
        found = _chosen((*inside, *more), (*outside, *less), others, budget)
        if found is not None:
            return found
    return None


def _of_arns(inside: Iterable[_Texts]) -> bool:
    """Whether a pattern spells out what makes all its strings ARNs."""
    firsts = (pattern.tokens[0] for texts in inside for pattern in texts.within if pattern.tokens)
    return any(isinstance(t, str) and t.startswith("arn:") and t.count(":") >= COMPONENTS - 1 for t in firsts)


class _Summed:
    """What the conditions on a key come to, from which of its comparisons each of its values matches."""

    def __init__(self, conditions: Sequence[Condition], comparisons: Sequence[Comparison]) -> None:
        self._conditions = conditions
        self._place = {comparison: number for number, comparison in enumerate(comparisons)}
        self._negated = sum(1 << number for number, c in enumerate(comparisons) if c.negated)
        self._every = (1 << len(comparisons)) - 1
        self.is_documented = all(c.quantifier or c.key not in MULTIVALUED for c in comparisons)

    def single(self, vectors: Iterable[tuple[int, str | None]], *, exact: bool) -> Iterator[_Outcome]:
        for bits, text in vectors:
            if text is not None or not exact:
                yield from self.of([bits], (text or "",))

    def several(self, vectors: Sequence[tuple[int, str | None]], budget: Budget) -> Iterator[_Outcome]:
        """Every outcome that two values or more can have: each further value adds to some, and takes from all."""
        satisfied = {bits ^ self._negated: text or "" for bits, text in reversed(vectors)}
        seen: dict[tuple[int, int, bool], tuple[str, ...]] = {(b, b, False): (t,) for b, t in satisfied.items()}
        queue = list(seen)
        for some, all_, is_several in queue:
            for bits, text in satisfied.items():
                budget.spend()
                after = (some | bits, all_ & bits, True)
                texts = seen[some, all_, is_several]
                if after not in seen:
                    seen[after] = (*texts, text) if text not in texts or len(texts) == 1 else texts
                    queue.append(after)
        for (some, all_, is_several), texts in seen.items():
            if is_several:
                yield from self._held(some, all_, texts, count=2)

    def of(self, vectors: Sequence[int], values: tuple[str, ...]) -> Iterator[_Outcome]:
        """The outcome of these values."""
        satisfied = [bits ^ self._negated for bits in vectors]
        some = reduce(lambda one, other: one | other, satisfied, 0)
        all_ = reduce(lambda one, other: one & other, satisfied, self._every)
        yield from self._held(some, all_, values, count=len(vectors))

    def _held(self, some: int, all_: int, values: tuple[str, ...], count: int) -> Iterator[_Outcome]:
        """Once; but with each outcome of what is not documented, where there are several values."""
        holds, either = 0, list[int]()
        for number, condition in enumerate(self._conditions):
            bit = 1 << number
            if not isinstance(condition, Comparison):
                holds |= bit if (count == 0) in condition.absent else 0
                continue
            place = self._place[condition]
            if condition.quantifier is Quantifier.ALL:
                is_held = bool(all_ >> place & 1)
            elif condition.quantifier is Quantifier.ANY:
                is_held = bool(some >> place & 1)
            elif count == 0:
                is_held = condition.negated or condition.if_exists
            elif count > 1:
                either += [] if self.is_documented else [bit]
                continue
            else:
                is_held = bool(some >> place & 1)
            holds |= bit if is_held else 0
        for chosen in product(*((0, bit) for bit in either)):
            yield _Outcome(holds | sum(chosen), values)


def _way(comparison: Comparison) -> object:
    """What the values are taken for: None for text and ARNs."""
    first = comparison.values[0]
    if isinstance(first, Text | Arn):
        return None
    return getattr(first, "read", type(first))


def _matched(comparisons: Iterable[Comparison], text: str) -> int:
    """Which comparisons with anything else than text and ARNs a value matches, as bits."""
    return sum(
        1 << number
        for number, comparison in enumerate(comparisons)
        if _way(comparison) is not None and any(value.matches(text, {}) for value in comparison.values)
    )


def _regions(  # noqa: C901  (one pass that divides the regions; apart, each half would need all of its state)
    named: Sequence[Sequence[_Texts]],
    are_texts: Sequence[bool],
    inside: tuple[_Texts, ...],
    outside: tuple[_Texts, ...],
    budget: Budget,
) -> Iterator[tuple[int, str | None]]:
    """Which of several unions of sets a string can be in, as bits, each with such a string if all is exact."""
    first = _common(inside, outside, budget)
    regions = [] if first is None else [(inside, outside, 0, first)]
    for number, (union, is_text) in enumerate(zip(named, are_texts, strict=True)):
        if not is_text:
            continue
        divided: dict[object, tuple[tuple[_Texts, ...], tuple[_Texts, ...], int, str]] = {}
        for more, less, bits, known in regions:
            budget.spend()
            if not any(texts in more for texts in union):
                beyond = tuple(dict.fromkeys((*less, *union)))
                is_outside = not any(_has(texts, known) for texts in union)
                text = known if is_outside and _all_exact(more, beyond) else _common(more, beyond, budget)
                if text is not None:
                    divided[more, beyond, bits] = (more, beyond, bits, text)
            for texts in union:
                if texts in less:
                    continue
                within = tuple(dict.fromkeys((*more, texts)))
                is_inside = _has(texts, known) and _all_exact(within, less)
                text = known if is_inside else _common(within, less, budget)
                if text is not None:
                    divided[within, less, bits | 1 << number] = (within, less, bits | 1 << number, text)
        regions = list(divided.values())
    seen: dict[int, str | None] = {}
    for more, less, bits, text in regions:
        exact = _all_exact(more, less)
        if bits not in seen or (seen[bits] is None and exact):
            seen[bits] = text if exact else None
    yield from seen.items()


def _has(texts: _Texts, text: str) -> bool:
    return texts.exact and texts.within[0].matches(text)


def _all_exact(inside: Iterable[_Texts], outside: Iterable[_Texts]) -> bool:
    return all(texts.exact for texts in chain(inside, outside))


def _between(comparisons: Iterable[Comparison]) -> Iterator[str]:
    """A number between each two that follow one another."""
    bounds = sorted({v.bound for c in comparisons for v in c.values if isinstance(v, Ordered)})
    yield from (f"{(low + high) / 2:f}" for low, high in pairwise(bounds))


def _literal(text: str) -> PolicyString:
    return PolicyString(text, (text,))


def _divided(whole: Pattern, others: Sequence[Pattern], budget: Budget) -> list[str]:
    """A string of each part that others divide a pattern in."""
    named = [[_Texts((pattern,))] for pattern in dict.fromkeys(others)]
    regions = _regions(named, [True] * len(named), (_Texts((whole,)),), (), budget)
    return [text for _, text in regions if text is not None]


def _values_in(text: str, tokens: Sequence[str | Wildcard | Variable], key: str) -> Iterator[str]:
    """What a variable can stand for, where a string is of the pattern that it is in: the most, and the least."""
    place = next(n for n, token in enumerate(tokens) if isinstance(token, Variable) and token.key == key)
    before, after = (
        _pattern(part, {t.key: ANY.tokens for t in part if isinstance(t, Variable)}, in_any_case=False)
        for part in (tokens[:place], tokens[place + 1 :])
    )
    starts = [n for n in range(len(text) + 1) if before.matches(text[:n])]
    ends = [n for n in range(len(text) + 1) if after.matches(text[n:])]
    if starts and ends:
        for start, end in ((starts[0], ends[-1]), (starts[-1], ends[-1]), (starts[0], ends[0])):
            if start <= end:
                yield text[start:end]

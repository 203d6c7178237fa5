"""IAM's pattern language, and exact questions about it.

A pattern is literal text with two wildcards: `*` stands for any string, the empty one too, and `?` for any
one character (AWS IAM User Guide, "IAM JSON policy elements: Resource"). Every question here is a form of
one: is there a string in all of these patterns and in none of those? `member` answers it exactly, with the
string.

Conditions compare in two more ways, and a pattern can say so: text in any case of letters (`Pattern.any_case`),
and wildcards that stop at a colon (`Wildcard.WITHIN`, `Wildcard.ONE_WITHIN`), as those of an ARN's component do.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict, deque
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache, reduce
from itertools import chain, combinations, count, product
from typing import TYPE_CHECKING, TypeVar, cast

from leastgrant.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_T = TypeVar("_T")


class Wildcard(Enum):
    """A wildcard of a pattern."""

    ANY = "*"
    ONE = "?"
    WITHIN = "[^:]*"
    """Any string without a colon."""
    ONE_WITHIN = "[^:]"
    """Any one character but a colon."""

    __hash__ = object.__hash__  # patterns are looked up by the thousand, and Enum's own is slow


_WITHIN = frozenset({Wildcard.WITHIN, Wildcard.ONE_WITHIN})


class PatternTooComplex(InputError):  # noqa: N818  (what is wrong is the pattern, not the program)
    """A question about patterns would take more work than is allowed; no answer was found."""

    def __init__(self, problem: str) -> None:
        """Add the fix to the problem."""
        super().__init__(f"{problem}; write fewer wildcards")
        self.problem = problem


class Budget:
    """Work that may still be done for a question, in steps: about 300,000 of them are a second."""

    def __init__(self, steps: int, whole: Budget | None = None) -> None:
        """Take a number of steps, and the budget that they are a part of, which limits them too."""
        self._steps = self._left = steps
        self._whole = whole
        self._answers: dict[object, object] = {} if whole is None else whole._answers

    def spend(self, steps: int = 1) -> None:
        """Take steps off.

        Raises:
            PatternTooComplex: there are none left.
        """
        self._left -= steps
        if self._whole is not None:
            self._whole.spend(steps)
        if self._left < 0:
            raise PatternTooComplex(f"comparing the patterns takes more than {self._steps} steps")

    def once(self, question: object, work: Callable[[], _T]) -> _T:
        """Return the answer that the work gives; asked again for a part of the whole, it takes no more of it.

        Raises:
            PatternTooComplex: as the work, or as it did.
        """
        if question not in self._answers:
            try:
                self._answers[question] = work()
            except PatternTooComplex as error:
                self._answers[question] = error
        answer = self._answers[question]
        if isinstance(answer, PatternTooComplex):
            raise PatternTooComplex(answer.problem)
        return cast("_T", answer)


_PIECES = re.compile(r"\$\{[*?$]\}|[*?]|[^*?$]+|\$")
_ESCAPES = {"${*}": "*", "${?}": "?", "${$}": "$"}
_SPECIAL = re.compile(r"[*?]|\$(?=\{)")


def _token(piece: str) -> str | Wildcard:
    return Wildcard(piece) if piece in "*?" else _ESCAPES.get(piece, piece)


def _normal(tokens: Iterable[str | Wildcard]) -> Iterator[str | Wildcard]:
    text = ""
    ones = stars = 0
    for token in tokens:
        if token in _WITHIN:
            if text:
                yield text
                text = ""
            yield from _run(ones, stars)
            ones = stars = 0
            yield token
        elif isinstance(token, Wildcard):
            if text:
                yield text
                text = ""
            ones += token is Wildcard.ONE
            stars += token is Wildcard.ANY
        elif token:
            if ones or stars:
                yield from _run(ones, stars)
                ones = stars = 0
            text += token
    if text:
        yield text
    yield from _run(ones, stars)


def _run(ones: int, stars: int) -> list[Wildcard]:
    return [Wildcard.ONE] * ones + [Wildcard.ANY] * min(stars, 1)


def _texts_between_stars(tokens: tuple[str | Wildcard, ...]) -> tuple[str, ...] | None:
    """Return the texts before, between and after the `*`s of normal tokens; None if there are other wildcards."""
    texts = [""]
    for token in tokens:
        if isinstance(token, str):
            texts[-1] = token
        elif token is Wildcard.ANY:
            texts.append("")
        else:
            return None
    return tuple(texts)


def _has_in_order(text: str, texts: tuple[str, ...]) -> bool:
    """Whether a text begins with the first, ends with the last, and has the others between them, in order."""
    first, *middle = texts
    if not middle:
        return text == first
    last = middle.pop()
    place, end = len(first), len(text) - len(last)
    if place > end or not (text.startswith(first) and text.endswith(last)):
        return False
    for one in middle:  # the first place that each can be at leaves most room for the rest
        found = text.find(one, place, end)
        if found < 0:
            return False
        place = found + len(one)
    return True


@dataclass(frozen=True, slots=True)
class Pattern:
    """A set of strings: literal text and wildcards.

    The tokens are brought to a normal form, so that `a**` equals `a*`: no empty or adjacent literals, and a
    run of wildcards is its `?`s followed by at most one `*`.
    """

    tokens: tuple[str | Wildcard, ...]
    any_case: bool = False
    """Whether the case of the letters does not count."""
    head: str = field(init=False, repr=False, compare=False)
    """The text that all its strings begin with."""
    tail: str = field(init=False, repr=False, compare=False)
    """The text that all its strings end with."""
    _hash: int = field(init=False, repr=False, compare=False)
    _between: tuple[str, ...] | None = field(init=False, repr=False, compare=False)
    """The texts before, between and after its `*`s; None if there is more to it."""
    _compiled: re.Pattern[str] | _Union | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Brings the tokens to their normal form."""
        tokens = self.tokens
        if len(tokens) != 1 or not tokens[0]:
            tokens = tuple(_normal(tokens))
        first, last = (tokens[0], tokens[-1]) if tokens else ("", "")
        object.__setattr__(self, "tokens", tokens)
        object.__setattr__(self, "head", first if isinstance(first, str) and not self.any_case else "")
        object.__setattr__(self, "tail", last if isinstance(last, str) and not self.any_case else "")
        object.__setattr__(self, "_hash", hash((tokens, self.any_case)))
        object.__setattr__(self, "_between", None if self.any_case else _texts_between_stars(tokens))

    def __hash__(self) -> int:
        """Return the hash, computed once: patterns are looked up by the thousand."""
        return self._hash

    @classmethod
    def parse(cls, text: str) -> Pattern:
        """Return the pattern a policy writes as `text`; `${*}`, `${?}`, `${$}` are the characters themselves."""
        return _parsed(text)

    @classmethod
    def literal(cls, text: str) -> Pattern:
        """Return the pattern that matches `text` alone, even if it holds `*` or `?`."""
        return _literal(text)

    def __add__(self, other: Pattern) -> Pattern:
        """Concatenate two patterns."""
        return Pattern(self.tokens + other.tokens)

    def __str__(self) -> str:
        """Return the text that parses to this pattern."""
        return "".join(
            token.value if isinstance(token, Wildcard) else _SPECIAL.sub(r"${\g<0>}", token) for token in self.tokens
        )

    @property
    def is_literal(self) -> bool:
        """Whether the pattern matches exactly one string."""
        return self._between is not None and len(self._between) == 1

    @property
    def open_ended(self) -> bool:
        """Whether the pattern is a text and a `*`: all that begins with the text."""
        return self.tokens[-1:] == (Wildcard.ANY,) and len(self.tokens) == (2 if self.head else 1)

    def matches(self, text: str) -> bool:
        """Tell whether `text` is in the set."""
        if not text.startswith(self.head):
            return False  # most are told apart here, at a fraction of the cost
        if self._between is not None:
            return _has_in_order(text, self._between)
        if self._compiled is None:
            object.__setattr__(self, "_compiled", _regex(self) if _is_plain(self) else _Union([self]))
        if isinstance(self._compiled, _Union):
            return self._compiled.matches(text)
        return self._compiled is not None and self._compiled.fullmatch(text) is not None

    def includes(self, other: Pattern) -> bool:
        """Tell whether every string of `other` is in this set.

        Raises:
            PatternTooComplex: as `member`.
        """
        return uncovered(other, (self,)) is None

    def intersects(self, other: Pattern) -> bool:
        """Tell whether some string is in both sets.

        Raises:
            PatternTooComplex: as `member`.
        """
        return member((self, other)) is not None


# The same few texts are read over and over, in each ARN; a pattern that is the same object is compared at no cost.
@lru_cache(maxsize=1 << 14)
def _parsed(text: str) -> Pattern:
    return Pattern(tuple(_token(piece) for piece in _PIECES.findall(text)))


@lru_cache(maxsize=1 << 14)
def _literal(text: str) -> Pattern:
    return Pattern((text,))


ANY = Pattern((Wildcard.ANY,))


class ByHead:
    """Patterns, to be found by what they may share a string with.

    Two patterns have a string in common only if the text that one begins with begins that of the other. So these texts
    are sorted: those that begin with a given one stand together.
    """

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        """Sort the patterns, each once."""
        self._by_head: defaultdict[str, list[Pattern]] = defaultdict(list)
        for pattern in dict.fromkeys(patterns):
            self._by_head[pattern.head].append(pattern)
        self._heads = sorted(self._by_head)
        self._lengths = sorted({len(head) for head in self._heads})

    def near(self, pattern: Pattern) -> Iterator[Pattern]:
        """Yield the patterns that begin as `pattern` does, so all that have a string in common with it."""
        head = pattern.head
        for length in self._lengths:
            if length < len(head) and head[:length] in self._by_head:
                yield from self._by_head[head[:length]]
        for place in range(bisect_left(self._heads, head), len(self._heads)):
            if not self._heads[place].startswith(head):
                break
            yield from self._by_head[self._heads[place]]


def uncovered(pattern: Pattern, covers: Sequence[Pattern]) -> str | None:
    """Find a string in `pattern` and in none of `covers`; None if there is none.

    Raises:
        PatternTooComplex: as `member`.
    """
    return member((pattern,), covers)


def member(inside: Sequence[Pattern], outside: Sequence[Pattern] = (), budget: Budget | None = None) -> str | None:
    """Find a shortest string in every pattern of `inside` and in none of `outside`; None if there is none.

    The search walks the product of the `inside` patterns, each at one position, with the set of positions
    that the `outside` patterns can be at after the same letters. What it leaves out is needless:

    *Letters.* Letters that no pattern spells out behave alike, so one of them, the fresh letter, serves for
    all. A letter of a sought string that every `inside` pattern takes with a wildcard may be replaced by the
    fresh one: the `inside` patterns still match, and an `outside` pattern that now matches takes the fresh
    letter with a wildcard, hence matched before. So only the fresh letter, and those spelt out at the
    present positions of `inside`, are tried; and the colon, if a wildcard of some pattern does not take it.

    *Antichain.* From the same `inside` positions, a set of `outside` positions that includes one already
    seen accepts whatever the seen one accepts, so it leads to no string that the seen one does not.

    *Later stars.* At a `*` that takes any letter a pattern accepts whatever it accepts from any earlier position, since
    each way from there to the `*` reads letters that the `*` can read too. So earlier positions are dropped.

    The question is coNP-hard (a conjunction of literals is a pattern, a tautology is a union that leaves
    nothing out), so the work is bounded: by `budget`, or without one by what takes about a second.

    Raises:
        PatternTooComplex: the search was given up, and whether there is such a string is not known.
    """
    budget = budget or Budget(_MAX_WORK)
    budget.spend(2 + (len(inside) + len(outside)) // 8)
    inside = _narrowest(inside)
    if not all(_agree(first, second) for first, second in combinations(inside, 2)):
        return None
    relevant = tuple(dict.fromkeys(p for p in outside if all(_agree(p, pattern) for pattern in inside)))
    for pattern in inside:
        if pattern.is_literal:
            text = "".join(_texts(pattern))
            alone = all(p.matches(text) for p in inside) and not any(p.matches(text) for p in relevant)
            return text if alone else None
        if any(_plainly_includes(p, pattern) for p in relevant):
            return None
    fresh = _fresh_letter((*inside, *relevant))
    for pattern in inside:
        shortest = _shortest(pattern, fresh)
        others = (p for p in inside if p is not pattern)
        if all(p.matches(shortest) for p in others) and not any(p.matches(shortest) for p in relevant):
            return shortest
    head = min((p.head for p in inside), key=len)
    letters = (fresh, ":") if not all(map(_is_plain, (*inside, *relevant))) else (fresh,)
    return _search(head, [_Walk(p) for p in inside], _Union(relevant), letters, budget)


def _narrowest(patterns: Sequence[Pattern]) -> tuple[Pattern, ...]:
    """Return the patterns without those that plainly include another, which say nothing more."""
    different = tuple(dict.fromkeys(patterns))
    return tuple(p for p in different if not any(_plainly_includes(p, o) for o in different if o is not p)) or (ANY,)


_MAX_POSITIONS = 1 << 17  # about all the text of all policies IAM lets one role have
_MAX_WORK = 1 << 18  # states and comparisons of states; about a second


class _Walk:
    """One pattern, walked one position at a time; position i is before its i-th letter or `?`."""

    __slots__ = ("end", "letters", "loops", "within")

    def __init__(self, pattern: Pattern) -> None:
        self.letters: list[str | None] = []  # those that it may be; None for `?`, none for one that takes no colon
        self.loops: set[int] = set()  # the positions that have a `*`
        self.within: set[int] = set()  # the positions that have a `*` that takes no colon
        for token in pattern.tokens:
            match token:
                case Wildcard.ANY:
                    self.loops.add(len(self.letters))
                case Wildcard.WITHIN:
                    self.within.add(len(self.letters))
                case Wildcard.ONE:
                    self.letters.append(None)
                case Wildcard.ONE_WITHIN:
                    self.letters.append("")
                case str():
                    self.letters.extend(map(_both_cases, token) if pattern.any_case else token)
        self.end = len(self.letters)

    def spelt(self, position: int) -> str:
        return self.letters[position] or "" if position < self.end else ""

    def step(self, position: int, letter: str) -> list[int]:
        stays = position in self.loops or (position in self.within and letter != ":")
        after = [position] if stays else []
        if position < self.end:
            letters = self.letters[position]
            if letters is None or (letter in letters if letters else letter != ":"):
                after.append(position + 1)
        return after


class _Union:
    """Several patterns, walked together: each position of each pattern is a bit of one integer.

    Of a pattern the last position is the lowest bit, so a step is a shift to the right, and a bit that is
    never set lies above the first position.
    """

    __slots__ = ("_any", "_every", "_loops", "_one_within", "_spelt", "_within", "everything", "final", "start")

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        names = ("start", "final", "loops", "within", "any", "one_within", "every")
        bits: dict[str, list[int]] = {name: [] for name in names}
        spelt: dict[str, list[int]] = {}
        low = 0
        for walk in map(_Walk, patterns):
            high = low + walk.end
            bits["start"].append(high)
            bits["final"].append(low)
            bits["loops"].extend(high - position for position in walk.loops)
            bits["within"].extend(high - position for position in walk.within)
            bits["every"].extend(range(low, high + 1))
            for bit, letters in zip(range(high, low, -1), walk.letters, strict=True):
                if not letters:
                    bits["any" if letters is None else "one_within"].append(bit)
                for letter in letters or "":
                    spelt.setdefault(letter, []).append(bit)
            low = high + 2
            if low > _MAX_POSITIONS:
                raise PatternTooComplex(f"the patterns have more than {_MAX_POSITIONS} letters")
        self.start, self.final = _mask(bits["start"]), _mask(bits["final"])
        self._any, self._every, self._loops = _mask(bits["any"]), _mask(bits["every"]), _mask(bits["loops"])
        self._within, self._one_within = _mask(bits["within"]), _mask(bits["one_within"])
        self._spelt = {letter: _mask(where) | self._any for letter, where in spelt.items()}
        self.everything = self.final & self._loops

    def matches(self, text: str) -> bool:
        return bool(reduce(self.step, text, self.start) & self.final)

    def step(self, positions: int, letter: str) -> int:
        """Return the positions after `letter`, less those before a `*` now reached.

        At most one `*` of a pattern is reached at a time, the one after the last, as nothing before that is
        kept. Adding its bit to the pattern's positions, all ones, clears it and the earlier ones, with a
        carry into the bit above.
        """
        takes, stays = self._spelt.get(letter, self._any), self._loops
        if letter != ":":
            takes |= self._one_within
            stays |= self._within
        moved = (positions & takes) >> 1
        stars = moved & self._loops
        return (moved | positions & stays) & (self._every + stars) | stars


def _mask(bits: list[int]) -> int:
    """Make an integer with these bits set, in linear time."""
    data = bytearray(max(bits, default=0) // 8 + 1)
    for bit in bits:
        data[bit >> 3] |= 1 << (bit & 7)
    return int.from_bytes(data, "little")


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    inside: tuple[int, ...]
    outside: int
    letter: str
    before: _State | None

    def word(self) -> str:
        letters: list[str] = []
        state: _State | None = self
        while state:
            letters.append(state.letter)
            state = state.before
        return "".join(reversed(letters))


def _search(head: str, walks: list[_Walk], union: _Union, letters: tuple[str, ...], budget: Budget) -> str | None:
    """Search breadth first, so that the string is a shortest one. All of `walks` begin with the text `head`."""
    ends = tuple(walk.end for walk in walks)
    start = _State((len(head),) * len(walks), reduce(union.step, head, union.start), head, None)
    queue = deque([start])
    seen = {start.inside: [start.outside]}
    moves: dict[tuple[int, ...], list[tuple[str, tuple[int, ...]]]] = {}
    cost = 1 + union.start.bit_length() // 4096
    while queue:
        state = queue.popleft()
        if state.inside == ends and not state.outside & union.final:
            return state.word()
        if state.inside not in moves:
            moves[state.inside] = list(_moves(walks, state.inside, letters))
        budget.spend()
        for letter, inside in moves[state.inside]:
            outside = union.step(state.outside, letter)
            others = seen.setdefault(inside, [])
            budget.spend(cost * (1 + len(others)))
            if outside & union.everything or any(other & outside == other for other in others):
                continue
            others[:] = [other for other in others if other & outside != outside]
            others.append(outside)
            queue.append(_State(inside, outside, letter, state))
    return None


def _moves(
    walks: list[_Walk], positions: tuple[int, ...], letters: tuple[str, ...]
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the letters to try and where they lead; the fresh one first, as it keeps fewest `outside` positions."""
    at = tuple(zip(walks, positions, strict=True))
    spelt = dict.fromkeys(letter for walk, position in at for letter in walk.spelt(position))
    for letter in dict.fromkeys((*letters, *spelt)):
        for after in product(*(walk.step(position, letter) for walk, position in at)):
            yield letter, after


def _fresh_letter(patterns: Iterable[Pattern]) -> str:
    used = set(chain.from_iterable(text for pattern in patterns for text in _texts(pattern)))
    preferred = (ord(letter) for letter in "xyzwvqkj0123456789XYZWVQKJ")
    return next(letter for letter in map(chr, chain(preferred, count(0xC0))) if letter not in used)


def _shortest(pattern: Pattern, fresh: str) -> str:
    letters = {Wildcard.ANY: "", Wildcard.ONE: fresh, Wildcard.WITHIN: "", Wildcard.ONE_WITHIN: fresh}
    return "".join(letters[token] if isinstance(token, Wildcard) else token for token in pattern.tokens)


def _agree(one: Pattern, other: Pattern) -> bool:
    """Tell whether one string can have the beginnings of both, and the endings."""
    return (one.head.startswith(other.head) or other.head.startswith(one.head)) and (
        one.tail.endswith(other.tail) or other.tail.endswith(one.tail)
    )


def _plainly_includes(cover: Pattern, pattern: Pattern) -> bool:
    """Tell whether a cover is the pattern, or a text and a `*` where the pattern begins with that text."""
    return (pattern.head.startswith(cover.head) and cover.open_ended) or cover == pattern


def _texts(pattern: Pattern) -> Iterator[str]:
    """Return the literal texts of a pattern; if their case does not count, with all letters that they may have."""
    texts = (token for token in pattern.tokens if isinstance(token, str))
    return (_both_cases(letter) for text in texts for letter in text) if pattern.any_case else texts


def _both_cases(letter: str) -> str:
    both = dict.fromkeys((letter, letter.lower(), letter.upper()))
    return "".join(one for one in both if len(one) == 1 and one.lower() == letter.lower())


def _is_plain(pattern: Pattern) -> bool:
    """Tell whether it is as a policy writes it: its text as it stands, `*` and `?`."""
    return not pattern.any_case and _WITHIN.isdisjoint(pattern.tokens)


def _regex(pattern: Pattern) -> re.Pattern[str]:
    """Compile the pattern to a regular expression that cannot backtrack more than once over the text.

    The text between two `*` is best matched where it first can be: what a later match would leave to the
    second `*`, an earlier one leaves too. So that choice is never taken back: the groups are atomic.
    """
    chunks = [""]
    for token in pattern.tokens:
        if token is Wildcard.ANY:
            chunks.append("")
        else:
            chunks[-1] += "." if token is Wildcard.ONE else re.escape(str(token))
    first, *others = chunks
    if not others:
        return re.compile(first, re.DOTALL)
    *middle, last = others
    return re.compile(first + "".join(f"(?>.*?{chunk})" for chunk in middle) + f".*{last}", re.DOTALL)

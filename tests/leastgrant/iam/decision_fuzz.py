"""Many decisions held against brute force: `python -m tests.leastgrant.iam.decision_fuzz EXAMPLES [SEED]`."""

from __future__ import annotations

import sys
from collections import Counter

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.leastgrant.iam.decision_world import Pair, hold_against_brute_force, pairs, turned


def fuzz(examples: int, first: int = 0) -> Counter[str]:
    """How many questions were decided how, some three for an example.

    Raises:
        AssertionError: one is decided wrongly; the smallest found is printed.
    """
    outcomes = Counter[str]()

    @seed(first)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        phases=[Phase.generate, Phase.shrink],
    )
    @given(pairs())
    def held(pair: Pair) -> None:
        for one in turned(pair):
            outcomes[hold_against_brute_force(*one)] += 1

    held()
    return outcomes


if __name__ == "__main__":
    print(dict(fuzz(int(sys.argv[1]), *map(int, sys.argv[2:]))))

"""The combinations of GitHub Docs' own example, and what is not known of a matrix."""

import pytest

from leastgrant.workflow import parse_workflow
from leastgrant.workflow.matrix import combinations


def expanded(matrix: str) -> list[object]:
    text = f"on: push\njobs:\n  a:\n    strategy:\n      matrix: {matrix}\n    steps: [{{run: x}}]\n"
    job = parse_workflow(text, "w.yml").jobs["a"]
    return [
        None if one is None else {name: value and value.text for name, value in one.items()}
        for one in combinations(job)
    ]


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        ("{a: [1, 2], b: [x]}", [{"a": "1", "b": "x"}, {"a": "2", "b": "x"}]),
        ("{a: [1, 2], exclude: [{a: 2}]}", [{"a": "1"}]),
        ("{include: [{a: 1}, {b: 2}]}", [{"a": "1"}, {"b": "2"}]),
        (
            (
                "{fruit: [apple, pear], animal: [cat, dog], include: [{color: green}, {color: pink, animal: cat}, "
                "{fruit: apple, shape: circle}, {fruit: banana}, {fruit: banana, animal: cat}]}"
            ),
            [
                {"fruit": "apple", "animal": "cat", "color": "pink", "shape": "circle"},
                {"fruit": "apple", "animal": "dog", "color": "green", "shape": "circle"},
                {"fruit": "pear", "animal": "cat", "color": "pink"},
                {"fruit": "pear", "animal": "dog", "color": "green"},
                {"fruit": "banana"},
                {"fruit": "banana", "animal": "cat"},
            ],
        ),
        ("{a: '${{ fromJSON(x) }}', b: [1]}", [{"a": None, "b": "1"}]),
        ("{a: [1], include: '${{ fromJSON(x) }}'}", [None]),
        ("'${{ fromJSON(x) }}'", [None]),
        (f"{{a: {list(range(20))}, b: {list(range(20))}}}", [None]),
    ],
)
def test_combinations(matrix: str, expected: list[object]):
    assert expanded(matrix) == expected

"""What an expression may be is never too little, and exact where all is known."""

import pytest

from leastgrant.iam.pattern import ANY, Pattern
from leastgrant.workflow.expression import UNKNOWN, Values, condition, evaluate, may_be_true, texts

KNOWN: dict[tuple[str, ...], Values] = {
    ("github", "ref"): (Pattern.literal("refs/heads/main"),),
    ("github", "ref_name"): (Pattern.parse("release/*"),),
    ("matrix", "stage"): (Pattern.literal("dev"), Pattern.literal("prod")),
    ("matrix", "a b"): (Pattern.literal("x"),),
}


def lookup(path: tuple[str, ...]) -> Values:
    return KNOWN.get(path, UNKNOWN)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", ["plain"]),
        ("", [""]),
        ("${{ github.ref }}", ["refs/heads/main"]),
        ("a-${{ matrix.stage }}-b", ["a-dev-b", "a-prod-b"]),
        ("${{ MATRIX['a b'] }}", ["x"]),
        ("${{ secrets.x }}", ["*"]),
        ("arn:${{ secrets.x }}:role", ["arn:*:role"]),
        ("${{ 'it''s }} so' }}", ["it's }} so"]),
        ("${{ unclosed", ["${$}{{ unclosed"]),
        ("${{ github.ref == 'refs/heads/MAIN' && 'prod' || 'dev' }}", ["prod"]),
        ("${{ github.ref == 'refs/heads/x' && 'prod' || 'dev' }}", ["dev"]),
        ("${{ github.event_name == 'push' && 'prod' || 'dev' }}", ["prod", "dev"]),
        ("${{ github.ref_name == 'main' && 'prod' || 'dev' }}", ["dev"]),
        ("${{ inputs.stage || 'dev' }}", ["*", "dev"]),
        ("${{ inputs.x && 'a' }}", ["", "a"]),
        ("${{ null }}${{ true }}${{ 12 }}", ["true12"]),
        ("${{ 0 }}", ["0"]),
        ("${{ 1.50 }}${{ 1e3 }}", ["1.51000"]),
        ("${{ (github.ref) }}", ["refs/heads/main"]),
        ("${{ fromJSON('{}').a }}", [""]),
        ("${{ github.* }}", ["*"]),
        ("${{ matrix[inputs.x] }}", ["*"]),
        ("${{ a b }}", ["*"]),
        ("${{ && }}", ["*"]),
        ("${{ ' }}", ["${$}{{ ' }}"]),
    ],
)
def test_texts(text: str, expected: list[str]):
    assert [str(one) for one in texts(text, lookup)] == expected


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("github.ref == 'refs/heads/main'", True),
        ("${{ github.ref != 'refs/heads/main' }}", False),
        ("startsWith(github.ref, 'refs/heads/')", True),
        ("startsWith(github.ref, 'refs/tags/')", False),
        ("!startsWith(github.ref, 'refs/heads/')", False),
        ("endsWith(github.ref, 'MAIN')", True),
        ("contains(github.ref, 'x') || failure()", True),
        ("contains(inputs.x, 'x')", True),
        ("always() && false", False),
        ("!always()", False),
        ("inputs.x < 3", True),
        ("true == 'true'", True),
        ("true == false", False),
        ("", True),
        ("text that is always true: ${{ false }}", True),
    ],
)
def test_conditions(text: str, may: bool):
    assert may_be_true(condition(text, lookup)) is may


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 == '1.0'", [True]),
        ("1 == ' 1 '", [True]),
        ("0 == ''", [True]),
        ("255 == '0xff'", [True]),
        ("1 == 'one'", [False]),
        ("1 != 'one'", [True]),
        ("true == '1'", [True]),
        ("false == null", [True]),
        ("null == ''", [True]),
        ("null == 'x'", [False]),
        ("NaN == NaN", [False]),
        ("Infinity == 1", [False]),
        ("'STRASSE' == 'straße'", [False]),
        ("github.ref == 0", [False]),
        ("matrix.word == 'true'", [True]),
        ("matrix.word == true", [True, False]),  # a boolean of YAML, or the text in quotes
        ("matrix.number == '1.0'", [True, False]),  # a number, or the text in quotes
        ("matrix.number == 1", [True]),
        ("matrix.zero && true", ["0", True]),
        ("inputs.x == 1", [True, False]),
    ],
)
def test_what_is_of_different_types_is_compared_as_numbers(text: str, expected: list[object]):
    known = {"word": "true", "number": "1", "zero": "0"}
    values: dict[tuple[str, ...], tuple[Pattern, ...]] = {
        ("matrix", name): (Pattern.literal(value),) for name, value in known.items()
    }
    found = evaluate(text, lambda path: values.get(path) or lookup(path))
    assert [str(value) if isinstance(value, Pattern) else value for value in found] == expected


@pytest.mark.parametrize("text", ["${{ " + "''" * 50_000, "${{ " + "'" * 99_999, "${{ a }}" * 10_000, "${{" * 50_000])
def test_a_long_text_is_split_in_linear_time(text: str):
    assert texts(text, lookup)


def test_what_may_be_too_much_is_unknown():
    KNOWN["matrix", "many"] = tuple(Pattern.literal(str(number)) for number in range(1, 61))
    assert texts("${{ matrix.many }}-${{ matrix.many }}", lookup) == (Pattern.parse("*-*"),)
    assert evaluate(" || ".join(["matrix.many && inputs.x"] * 3), lookup) == (ANY,)


@pytest.mark.parametrize("text", ["(" * 5_000, "!" * 5_000, "a[" * 5_000, "f(" * 5_000, "'" * 5_001])
def test_what_nests_deep_is_unknown(text: str):
    assert evaluate(text, lookup) == UNKNOWN

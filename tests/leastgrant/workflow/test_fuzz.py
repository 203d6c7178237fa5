"""Whatever a file holds: findings, or one line that refuses it."""

import re

from hypothesis import given
from hypothesis import strategies as st

from leastgrant.workflow import WorkflowError
from tests.leastgrant.workflow.contract import DEPLOY, findings

SEED = DEPLOY + (
    "  call:\n"
    "    if: ${{ github.ref == 'refs/heads/main' && !inputs.skip }}\n"
    "    needs: [deploy]\n"
    "    strategy: {matrix: {a: [1, 2], include: [{a: 3, b: x}], exclude: [{a: 1}]}}\n"
    "    environment: {name: \"${{ matrix.b || 'dev' }}\"}\n"
    "    env: &env {ROLE: x}\n"
    "    steps:\n"
    "      - {run: echo, env: *env}\n"
    "    permissions: write-all\n"
    "  other:\n"
    "    permissions: {id-token: write}\n"
    "    uses: ./.github/workflows/none.yml\n"
    "    with: {x: 1}\n"
)
PIECES = re.findall(r"\w+|\s+|.", SEED)
WORDS = (
    *("on", "push", "pull_request_target", "workflow_call", "schedule", "uses", "steps", "permissions", "write-all"),
    *("${{ matrix.a }}", "${{", "}}", "'", '"', "&a", "*a", "<<", "!!x", "[", "]", "{", "}", "~", "-", ":", "\t", "\n"),
    *("**", "+", "?", "!main", "\\", "0", "\u2028", "\x85", "./.github/workflows/deploy.yml", "environment"),
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """The seed, with pieces taken out, put in, doubled or exchanged."""
    pieces = list(PIECES)
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, len(pieces) - 1))
        width = draw(st.integers(0, 4))
        pieces[at : at + width] = draw(st.lists(st.sampled_from((*WORDS, *PIECES)), max_size=3))
        pieces = pieces or ["x"]
    return "".join(pieces)


def one_line(text: str) -> None:
    try:
        found = findings(text)
    except WorkflowError as error:
        said = str(error)
    else:
        said = "deploy.yml" + "".join(one.where for one in found)
    assert said.startswith("deploy.yml")
    assert said.isprintable()


def test_the_seed_is_read():
    assert findings(SEED)


@given(mutated())
def test_a_mutated_workflow(text: str):
    one_line(text)


@given(st.text(st.sampled_from("on:jobsuea{}[]-&*'\"$|>! \n\t#%@`?,\x00\ud800")))
def test_any_text(text: str):
    one_line(text)

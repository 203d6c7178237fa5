"""A secret's value is in no text that was made fit to be shown, however it was written there."""

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest

from ops.app.redaction import NOTHING, REDACTED, Redaction

SECRET = 'p"o/r\\t&a l<é>'  # noqa: S105  (a sample)


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        json.dumps({"echo": SECRET}),
        json.dumps({"body": json.dumps({"echo": SECRET})}),
        json.dumps({"echo": json.dumps(json.dumps({"body": SECRET}))}),
        html.escape(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        base64.b64encode(SECRET.encode()).decode(),
        f"{SECRET}{SECRET}",
    ],
)
def test_each_way_to_write_it(written: str) -> None:
    shown = Redaction(SECRET)(f"before {written} after")
    assert REDACTED in shown
    assert "o/r" not in shown
    assert written not in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")


def test_without_the_white_space_around_it() -> None:
    assert Redaction("value\n")("the value is value") == f"the {REDACTED} is {REDACTED}"


def test_it_is_not_in_its_own_representation() -> None:
    assert "hidden" not in repr(Redaction("hidden"))


def test_nothing_to_take_out() -> None:
    assert NOTHING("text") == "text"

"""A secret's value is in no text that was made fit to be shown, however it was written there."""

import base64
import html
import json
import re
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


LONG = "q7Rz+T2m/Xw9Kd4Lp8Vn1Bc6Hs3Fy5Gj0Ua"


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


WRITTEN = [
    *(pytest.param(f"Basic {base64_of(f'{user}:{LONG}')}", id=f"basic-{user}") for user in ("a", "ad", "adm", "admin")),
    pytest.param(base64_of(json.dumps({"user": "admin", "password": LONG, "more": 1})), id="base64-of-json"),
    pytest.param(base64.urlsafe_b64encode(f"x:{LONG}".encode()).decode(), id="base64-of-urls"),
    pytest.param(base64.encodebytes(f"{'user' * 12}:{LONG}".encode()).decode(), id="base64-over-lines"),
    pytest.param(json.dumps(base64.encodebytes(f"{'user' * 12}:{LONG}".encode()).decode()), id="the-same-in-json"),
    pytest.param(LONG.encode().hex(), id="hex"),
    pytest.param(LONG.encode().hex().upper(), id="hex-of-capitals"),
    pytest.param(LONG.encode().hex(":"), id="hex-with-colons"),
    pytest.param("\n".join(LONG.encode().hex(" ", 4).split()), id="hex-over-lines"),
    pytest.param("".join(f"%{octet:02x}" for octet in LONG.encode()), id="all-percent"),
    pytest.param(quote(LONG, safe="").replace("%2B", "%2b").replace("%2F", "%2f"), id="percent-of-small-letters"),
    pytest.param(quote(quote(LONG, safe=""), safe=""), id="percent-twice"),
    pytest.param(json.dumps(LONG).replace("/", "\\/"), id="json-of-php"),
    pytest.param(f"{LONG[:17]}\n{LONG[17:]}", id="over-lines"),
    pytest.param(f"{LONG[:17]}=\r\n{LONG[17:]}", id="quoted-printable"),
    pytest.param(json.dumps(f"{LONG[:17]}\n{LONG[17:]}"), id="over-lines-in-json"),
    pytest.param(f"{LONG[:12]}...", id="cut-at-the-end"),
    pytest.param(f"...{LONG[-12:]}", id="cut-at-the-beginning"),
    pytest.param(f"...{LONG[9:21]}...", id="the-middle"),
    pytest.param(f"Basic {base64_of(f'admin:{LONG}')[:30]}", id="basic-cut"),
    pytest.param(LONG.encode().hex()[:20], id="hex-cut"),
]


@pytest.mark.parametrize("written", WRITTEN)
def test_nothing_of_it_is_left(written: str) -> None:
    shown = Redaction(LONG)(f"before {written} after")
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    assert REDACTED in shown
    left = shown.replace(REDACTED, "\0")
    for form in (LONG, quote(LONG, safe=""), LONG.encode().hex(), LONG.encode().hex().upper(), LONG.lower()):
        assert not any(form[at : at + 6] in left for at in range(len(form) - 5)), shown
    for run in re.findall(r"[\w+/-]{4,}", left):
        decoded = base64.urlsafe_b64decode(run[: len(run) // 4 * 4].replace("+", "-").replace("/", "_"))
        assert LONG[:2].encode() not in decoded, shown


@given(st.text(min_size=1, max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_any_secret_is_taken_out(secret: str, before: str, after: str) -> None:
    assert secret not in Redaction(secret)(f"{before}{secret}{after}").replace(REDACTED, "") or not secret.strip()


def test_a_text_without_it_is_left_as_it_is() -> None:
    text = (
        'An answer, "quoted" &quot;twice&quot;: ' + base64_of("something else that is long enough") + "\n\tand %3C%20\n"
    )
    assert Redaction(LONG)(text) == text


def test_without_the_white_space_around_it() -> None:
    assert Redaction("value\n")("the value is value") == f"the {REDACTED} is {REDACTED}"


def test_it_is_not_in_its_own_representation() -> None:
    assert "hidden" not in repr(Redaction("hidden"))


def test_nothing_to_take_out() -> None:
    assert NOTHING("text") == "text"

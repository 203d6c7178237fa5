import pytest

from leastgrant.text import printable, spans, upper_first


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (
            "role may not events:PutRule on arn:aws:events:*:*:rule/a-?.",
            ["events:PutRule", "arn:aws:events:*:*:rule/a-?"],
        ),
        ("creating `My Rule` will fail (Targets is set): it", ["My Rule"]),
        ('allow "s3:GetObject" on "*"', ["s3:GetObject", "*"]),
        ("deploy.Statement[0] (Sid) grants it, the deploy's own", ["deploy.Statement[0]"]),
        ("an odd ` alone, and (ec2:*)", ["ec2:*"]),
        ("", []),
    ],
)
def test_what_is_no_plain_word_is_code_and_no_letter_is_lost(text: str, codes: list[str]):
    parts = list(spans(text))
    assert [part.text for part in parts if part.is_code] == codes
    assert "".join(part.text for part in parts).replace("`", "") == text.replace("`", "")


def test_control_characters_are_shown_as_escapes():
    assert printable("a\x1b[31m\u202eb\n\ud800é") == r"a\x1b[31m\u202eb\n\ud800é"


def test_a_name_keeps_its_first_letter():
    assert upper_first("creating it") == "Creating it"
    assert upper_first("deploy.Statement[0] grants") == "deploy.Statement[0] grants"

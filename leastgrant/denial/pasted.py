"""What people paste: a message, a log of a deployment, or JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from leastgrant.denial.documents import denials_of
from leastgrant.denial.message import Denial, denial_in, only_action_in, parts_of
from leastgrant.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator


class NoDenial(InputError):  # noqa: N818  (nothing is wrong with the program)
    """What was given tells of no denied call."""


EXPECTED = (
    "expected what AWS said: an event or a log of CloudFormation, the message of the AWS CLI or an SDK, a decoded "
    "authorization message, or an event of CloudTrail, such as 'User: ... is not authorized to perform: ...'"
)


def denials_in(pasted: str) -> tuple[Denial, ...]:
    """Find the denied calls that a text, a log or JSON tells of, each once, in their order.

    Raises:
        NoDenial: it tells of none.
    """
    found = [*dict.fromkeys(_found(pasted))]
    telling = [denial for denial in found if denial.tells_something]
    if not telling:
        why = "the call is refused, and nothing says which" if found else "this tells of no denied call"
        raise NoDenial(f"{why}; {EXPECTED}")
    return tuple(telling)


def _found(pasted: str) -> Iterator[Denial]:
    if pasted.lstrip()[:1] in ("{", "["):
        try:
            of_document = [*denials_of(json.loads(pasted))]
        except ValueError:
            of_document = []  # a text that begins with a bracket
        except RecursionError:
            raise NoDenial(f"the JSON nests too deep to be read; {EXPECTED}") from None
        if of_document:
            yield from of_document
            return
    found = [denial for part in parts_of(pasted) if (denial := denial_in(part))]
    yield from found
    if not found and (action := only_action_in(pasted)):  # what a person writes of a denial
        yield Denial(None, action, None, None, explicit=False, encoded=None)

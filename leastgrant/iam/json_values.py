"""Reading JSON-like objects strictly."""

from __future__ import annotations

from typing import cast

from leastgrant.errors import InputError

_LONGEST = 10_240
"""Characters of the longest policy IAM takes: all inline policies of a role ("IAM and AWS STS quotas")."""

_SHOWN = 300


class PolicyError(InputError):
    """A policy is not valid: one line that names the place, what is wrong and what to do."""

    def __init__(self, where: str, problem: str) -> None:
        """Take the place as a path into the document."""
        line = f"{where}: {problem}".replace("\r", "\\r").replace("\n", "\\n")
        super().__init__(line if len(line) <= _SHOWN else f"{line[: _SHOWN // 2]} ... {line[-_SHOWN // 2 :]}")


def read_object(data: object, where: str) -> dict[str, object]:
    """Read an object whose keys are strings."""
    if not isinstance(data, dict):
        raise PolicyError(where, f"expected an object, found {kind(data)}")
    for key in cast("dict[object, object]", data):
        if not isinstance(key, str):
            raise PolicyError(where, f"expected text as key, found {kind(key)}; quote it")
    return cast("dict[str, object]", data)


def read_list(data: object, where: str) -> list[object]:
    """Read a list that is not empty; anything else stands for a list of itself."""
    items = read_items(data)
    if not items:
        raise PolicyError(where, "the list is empty; leave the element out or name a value")
    return items


def read_items(data: object) -> list[object]:
    """Read a list, perhaps an empty one; anything else stands for a list of itself."""
    return cast("list[object]", data) if isinstance(data, list) else [data]


def read_text(data: object, where: str) -> str:
    """Read a string."""
    if not isinstance(data, str):
        raise PolicyError(where, f"expected text, found {kind(data)}")
    if len(data) > _LONGEST:
        raise PolicyError(where, f"the text has {len(data)} characters; no policy of IAM has over {_LONGEST}")
    return data


def kind(data: object) -> str:
    """Return JSON's name of the value's type, for messages."""
    names: dict[type, str] = {
        dict: "an object",
        list: "a list",
        str: "text",
        bool: "a boolean",
        type(None): "null",
    }
    return names.get(type(data)) or ("a number" if isinstance(data, int | float) else type(data).__name__)

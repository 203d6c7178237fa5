"""Generate `data/managed_policies.jsonl` from a checkout of zoph-io/MAMIP, which records what IAM answers.

Run `python -m leastgrant.knowledge.generate_managed_policies CHECKOUT DATE [ARN ...]`, with the date of the checkout's
last commit (`git log -1 --format=%cs`). The policies are those that the data has already, and those named besides. Of
the checkout only facts are taken: documents that AWS publishes, with their versions and days.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leastgrant.errors import InputError
from leastgrant.iam.document import parse_policy
from leastgrant.knowledge.managed_policies import DATA_FILE, names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ARN = "arn:aws:iam::aws:policy/"
_DATE = re.compile(r"20\d\d-\d\d-\d\d")
_FEWEST = 2


class PolicySourceError(InputError):
    """The checkout is not as the generator can read it; the message names the file and the key."""


def main(arguments: Sequence[str]) -> int:
    """Write the data file; returns the process's exit status."""
    if len(arguments) < _FEWEST or not _DATE.fullmatch(arguments[1]):
        print(f"{__spec__.name}: takes a checkout, the date of its last commit, and ARNs besides", file=sys.stderr)
        return 2
    checkout, date, *arns = arguments
    try:
        text = generate(Path(checkout), date, [*names(), *(arn.removeprefix(_ARN) for arn in arns)])
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    DATA_FILE.write_text(text, encoding="utf-8", newline="\n")
    print(f"{DATA_FILE}: {text.count(chr(10)) - 1} policies as of {date}")
    return 0


def generate(checkout: Path, date: str, policies: Iterable[str]) -> str:
    """Return the data file's text: a header line, then one policy a line, sorted by name.

    Args:
        checkout: Has the folder `policies`, one file for each policy.
        date: Of the checkout, for the header.
        policies: Their names, with paths as in their ARNs.

    Raises:
        PolicySourceError: A policy is not there, or its file is not what IAM answers.
    """
    lines = [_line(checkout / "policies" / name.rpartition("/")[2], name) for name in sorted({*policies})]
    return "".join(
        json.dumps(line, separators=(",", ":")) + "\n" for line in ({"date": date, "policies": len(lines)}, *lines)
    )


def _line(path: Path, name: str) -> dict[str, object]:
    try:
        answer: Any = json.loads(path.read_text(encoding="utf-8"))
        version = answer["PolicyVersion"]
        line: dict[str, object] = {
            "policy": name,
            "version": str(version["VersionId"]),
            "since": str(version["CreateDate"])[:10],
            "document": version["Document"],
        }
    except OSError as error:
        raise PolicySourceError(f"{path}: {error.strerror}; name a policy that the checkout has") from None
    except (ValueError, KeyError, TypeError) as error:
        raise PolicySourceError(f"{path}: is not what GetPolicyVersion answers: {error!r}") from None
    parse_policy(line["document"], path.name)
    return line


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

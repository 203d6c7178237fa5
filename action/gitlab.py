"""The step of the GitLab component: run leastgrant, write what it says, and keep one note of a merge request fresh.

It needs the standard library and what leastgrant needs. What it is told comes by the environment alone, as for the
GitHub Action, with which it shares all but the note. Source: GitLab Docs, "Notes API"; a job's own token may write none
(GitLab issue 464591), so the token is a project's access token.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from run import PAGE, ask, cut, every, name_of_use, prove

_LARGEST = 900_000
"""Letters of a note; GitLab takes 1,000,000."""


def main() -> int:
    """Run the step; returns its exit status, that of leastgrant."""
    result = prove()
    print(result.body)
    if result.why:
        print(result.why, file=sys.stderr)
    Path(os.environ["LEASTGRANT_REPORT"]).write_text(result.body, encoding="utf-8")
    merge_request = os.environ.get("CI_MERGE_REQUEST_IID")
    if merge_request and os.environ.get("LEASTGRANT_COMMENT") == "true":
        if not os.environ.get("LEASTGRANT_TOKEN"):
            print("The note is not written: there is no token; set the variable that `token-variable` names.")
            return result.status
        try:
            _write_note(int(merge_request), f"<!-- leastgrant: {json.dumps(name_of_use())} -->", result.body)
        except (OSError, ValueError) as error:  # the job's log and its report have it all the same
            print(f"The note is not written: {error}")
    return result.status


def _write_note(merge_request: int, mark: str, body: str) -> None:
    """Write the note, or write the one anew that has the mark.

    Raises:
        OSError: GitLab refuses it, or is not reached.
        ValueError: it answers otherwise than in JSON.
    """
    text = cut(f"{mark}\n{body}", _LARGEST, "in the job's report")
    notes = f"/projects/{int(os.environ['CI_MERGE_REQUEST_PROJECT_ID'])}/merge_requests/{merge_request}/notes"
    own = _asked("GET", "/user")["id"]
    written = every(lambda page: _asked("GET", f"{notes}?sort=asc&per_page={PAGE}&page={page}"))
    is_it = (one["id"] for one in written if one["author"]["id"] == own and str(one["body"]).startswith(mark))
    found = next(is_it, None)
    if found is None:
        _asked("POST", notes, text)
    else:
        _asked("PUT", f"{notes}/{int(found)}", text)


def _asked(method: str, path: str, body: str | None = None) -> Any:
    headers = {"PRIVATE-TOKEN": os.environ["LEASTGRANT_TOKEN"]}
    return ask(method, f"{os.environ['CI_API_V4_URL']}{path}", headers, body)


if __name__ == "__main__":
    sys.exit(main())

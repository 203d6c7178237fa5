"""Is the approval current: did somebody give it, and is it of the newest commit of main? Else, why it is refused.

With `--before` nobody is asked yet: can what is about to be prepared be approved at all?
"""

import json
import os
import subprocess
import sys
from typing import Any

ENVIRONMENT = "dataops-v1"
BRANCH = "main"


def main(*, before: bool) -> int:
    """Ask GitHub."""
    repository, commit = os.environ["GITHUB_REPOSITORY"], os.environ["GITHUB_SHA"]
    attempts = [os.environ[name] for name in ("SEALED_IN_ATTEMPT", "PREPARED_IN_ATTEMPT")]
    anew = next((attempt for attempt in attempts if attempt != "1"), None)
    if anew is not None:  # GitHub keeps the approvals of a run, not of its attempts
        print(
            f"refused: what is to be deployed was made anew in attempt {anew or 'unknown'} of this run, and an approval"
            " may be of an earlier one: start the workflow again, as a run of its own"
        )
        return 1
    approved = [] if before else _approvers(repository)
    if not approved and not before:
        print(
            f"refused: nobody approved this run: set required reviewers on the environment {ENVIRONMENT!r}"
            " (Settings, Environments), and start the workflow again"
        )
        return 1
    head: str = _ask(f"repos/{repository}/commits/{BRANCH}")["sha"]
    if head != commit:
        stale = "stale commit: this run" if before else "stale approval: it"
        print(
            f"refused: {stale} is of {commit}, and {BRANCH} is at {head} by now:"
            f" start the workflow again on {BRANCH}, which deploys its newest commit"
        )
        return 1
    whose = f"{', '.join(approved)} approved {commit}" if approved else f"this run is of {commit}"
    print(f"{whose}, the newest commit of {BRANCH}")
    return 0


def _approvers(repository: str) -> list[str]:
    reviews: list[dict[str, Any]] = _ask(f"repos/{repository}/actions/runs/{os.environ['GITHUB_RUN_ID']}/approvals")
    return [review["user"]["login"] for review in reviews if _is_approval(review)]


def _ask(path: str) -> Any:
    answer = subprocess.run(["gh", "api", path], stdout=subprocess.PIPE, check=False)  # noqa: S603, S607  (the runner's)
    if answer.returncode != 0:
        sys.exit(f"refused: GitHub did not answer whether the approval is current ({path})")
    return json.loads(answer.stdout)


def _is_approval(review: dict[str, Any]) -> bool:
    of_ours = any(environment["name"] == ENVIRONMENT for environment in review["environments"])
    return of_ours and review["state"] == "approved"


if __name__ == "__main__":
    sys.exit(main(before="--before" in sys.argv[1:]))

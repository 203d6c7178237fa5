"""How a job of the deployment ended, on its summary: where it stopped, and whether anything was executed."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

WHY = {
    "current": "this run can no longer be approved. Nothing was asked of AWS",
    "approval": "the approval is not current. Nothing was asked of AWS",
    "download": "what the checks sealed is not there: it is kept for 30 days. Start the workflow again",
    "digest": "the cloud assembly is not the one that was approved. Find out who changed it",
    "login": "the role does not trust this job. See docs/runbook/refused-login.md",
    "preflight": "the account is not ready. Fix what the preflight names",
    "prepare": "the change set could not be made",
    "review": "the change set is not safe. It is kept, for a person to look at",
    "execute": "the change set is not what was approved any more, or not safe, or did not begin. See the review above",
    "watch": "the deployment failed. The events above say why, and docs/runbook/rolled-back.md",
    "code": "a function is not known to run the code that was approved. See docs/runbook.md, gate 7",
    "seed": "the app is deployed, but not seeded",
    "smoke": "the app is deployed, but does not answer as it should. See docs/runbook.md, gate 7",
}


def ended(outcomes: Mapping[str, str]) -> str:
    """Write the last section of the summary, of the steps' outcomes by their ids."""
    stopped = [name for name, outcome in outcomes.items() if outcome not in {"success", "skipped"}]
    said = {
        "skipped": "Nothing was executed.",
        "success": "The change set was executed.",
    }.get(outcomes.get("execute", "skipped"), "Whether the change set was executed, the watch tells.")
    if stopped:
        why = WHY.get(stopped[0], "see the log")
        return f"## Stopped at `{stopped[0]}`\n\n{said} Reason: {why}.\n"
    if "execute" not in outcomes:
        return f"## Ready to be approved\n\n{said} The review above is of what the approval lets through.\n"
    if outcomes.get("smoke") != "success":
        return f"## Not finished\n\n{said}\n"
    title = "Deployed" if outcomes.get("execute") == "success" else "Nothing to deploy"
    return f"## {title}\n\n{said} The smoke tests passed.\n"


def main() -> None:
    """Read what GitHub says of the steps, and write."""
    steps = json.loads(os.environ["STEPS"])
    with Path(os.environ["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as summary:
        summary.write(ended({name: step["outcome"] for name, step in steps.items()}))


if __name__ == "__main__":
    main()

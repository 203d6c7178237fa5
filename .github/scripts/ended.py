"""How the deployment ended, step by step, on the job's summary: where it stopped, and whether anything was executed."""

import json
import os
from pathlib import Path

HELP = {
    "approval": "nothing was asked of AWS",
    "digest": "what was downloaded is not what was approved: start the workflow again, and find out who changed it",
    "login": "the role did not let this job in: docs/runbook/refused-login.md",
    "preflight": "mend what it names: docs/runbook.md",
    "prepare": "the change set could not be made",
    "review": "the change set is kept for a person to look at: docs/delivery.md",
    "execute": "see what `ops watch` says: docs/runbook/rolled-back.md",
    "watch": "see what `ops watch` says: docs/runbook/rolled-back.md",
    "seed": "the app is deployed, and not seeded",
    "smoke": "the app is deployed, and does not answer as it should: docs/runbook.md, gate 6",
}


def ended(outcomes: dict[str, str]) -> str:
    """A line on where it stopped, and one on what was executed."""
    stopped = next((name for name, outcome in outcomes.items() if outcome not in {"success", "skipped"}), None)
    executed = outcomes.get("execute", "skipped") != "skipped"
    if stopped is None and outcomes.get("smoke") == "success":
        return "## Deployed\n\nThe change set was executed, and the smoke tests passed.\n"
    where = f"Stopped at `{stopped}`: {HELP.get(stopped, 'see the log')}." if stopped else "Stopped: see the log."
    what = "The change set was executed." if executed else "Nothing was executed: the app is as it was."
    return f"## Not deployed\n\n{where}\n\n{what}\n" if not executed else f"## Failed\n\n{where}\n\n{what}\n"


def main() -> None:
    """Read the steps' outcomes, as GitHub gives them, and write."""
    steps = json.loads(os.environ["STEPS"])
    with Path(os.environ["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as summary:
        summary.write(ended({name: step["outcome"] for name, step in steps.items()}))


if __name__ == "__main__":
    main()

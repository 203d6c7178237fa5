"""`make bench`: `make synth` and `make test` beside an app of one rule, in one run."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
RUNS = 3
ONE_RULE = """\
from aws_cdk import App, Environment, Stack, aws_events as events

app = App(analytics_reporting=False)
stack = Stack(app, "One", env=Environment(account="817685572750", region="eu-west-1"))
events.CfnRule(stack, "Rule", schedule_expression="cron(0 8 * * ? *)")
app.synth()
"""


@dataclass(frozen=True, slots=True)
class TimedCommand:
    """A command, and where it runs."""

    name: str
    command: Sequence[str]
    directory: Path
    most: float | None = None
    """The multiple that it may take."""

    def seconds(self) -> float:
        """Measure the median of a few runs, after one that warms the caches."""
        return median([self._run() for _ in range(RUNS + 1)][1:])

    def _run(self) -> float:
        start = time.perf_counter()
        done = subprocess.run(self.command, cwd=self.directory, capture_output=True, text=True, check=False)  # noqa: S603  our own commands
        if done.returncode:
            sys.exit(f"{self.name} failed:\n{done.stdout}{done.stderr}")
        return time.perf_counter() - start


def main() -> None:
    """Time each subject and print it as a multiple of the first."""
    with tempfile.TemporaryDirectory() as directory:
        one_rule = Path(directory)
        (one_rule / "app.py").write_text(ONE_RULE)
        (one_rule / "cdk.json").write_text(json.dumps({"app": f"{sys.executable} app.py"}))
        cdk = str(ROOT / "node_modules" / ".bin" / "cdk")
        subjects = (
            TimedCommand("cdk synth of one rule", (cdk, "synth", "--quiet"), one_rule),
            TimedCommand("make synth", ("make", "synth"), ROOT),
            TimedCommand("make test", ("make", "test"), ROOT, most=15),
        )
        baseline = 0.0
        for subject in subjects:
            print(f"{subject.name:<24}", end="", flush=True)
            seconds = subject.seconds()
            baseline = baseline or seconds
            limit = "" if subject.most is None else f", of at most {subject.most:g}x"
            print(f"{seconds:6.1f} s  {seconds / baseline:5.2f}x{limit}", flush=True)


if __name__ == "__main__":
    main()

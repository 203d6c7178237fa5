"""Play LocalStack's tests, which were recorded on AWS, with the emulator in AWS's place, and print how many agree.

    python -m tools.recordings CLONE PYTHON [PYTEST ARGUMENTS]

CLONE is a checkout of LocalStack's repository; PYTHON the interpreter of an environment in which its tests can be
collected: its packages `localstack-core` and `localstack-snapshot` with their needs, and pytest-timeout. Each test is
counted once: it agrees only if every answer in it does, to the last key. `plugin.py` says what is not compared.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any, Final

import moto.kms.models

from local_aws import Emulator

KINDS: Final = {
    "agree": "agree",
    "text": "differ in a message alone",
    "fields": "lack a key, or have one more",
    "behaviour": "differ",
    "not modelled": "ask for what is not modelled",
    "setup": "cannot be set up",
    "skipped": "skip themselves",
}
ACCOUNT: Final = "123456789012"
_TESTS: Final = "tests/aws/services/cloudformation"
_SHOWN: Final = 12


def main(arguments: list[str] | None = None) -> int:
    """Print the table and what differs; 2: nothing could be collected."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.recordings", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clone", type=Path, help="a checkout of LocalStack's repository")
    parser.add_argument("python", type=Path, help="the interpreter that can collect its tests")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write each test's outcome there, as JSON lines")
    options, others = parser.parse_known_args(arguments)
    if not (options.clone / _TESTS).is_dir():
        parser.error(f"{options.clone}: there is no {_TESTS}")
    with tempfile.TemporaryDirectory() as temporary:
        file = options.write or Path(temporary) / "outcomes.jsonl"
        file.unlink(missing_ok=True)
        _play(options.clone, options.python, file, others)
        rows = read(file) if file.exists() else []
    if not rows:
        print("no test with a recording was collected", file=sys.stderr)
        return 2
    print(table(rows))
    return 0


def read(file: Path) -> list[dict[str, Any]]:
    """Return the outcome of each test, the last one if it was played twice."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return list({row["test"]: row for row in rows}.values())


def table(rows: list[dict[str, Any]]) -> str:
    """Return the table, and what is most often not modelled or differs first."""
    counts = Counter(row["kind"] for row in rows)
    lines = [f"| of {len(rows)} | |", "| --- | --- |"]
    lines += [f"| {counts[kind]} | {said} |" for kind, said in KINDS.items() if counts[kind]]
    for kind in ("not modelled", "behaviour", "fields"):
        causes = Counter(str(row["why"][0])[:110] for row in rows if row["kind"] == kind and row["why"])
        lines += ["", f"{kind}:", *(f"  {count} {cause}" for cause, count in causes.most_common(_SHOWN))]
    return "\n".join(lines)


def _play(clone: Path, python: Path, file: Path, others: list[str]) -> None:
    models: Any = moto.kms.models
    models.generate_private_key = cache(models.generate_private_key)  # one takes long to make, and none signs here
    with Emulator(ACCOUNT, "us-east-1") as aws:
        environment = {
            **os.environ,
            **aws.environment(aws.operator),
            "AWS_DEFAULT_REGION": aws.region,
            "DISABLE_EVENTS": "1",
            "PYTHONPATH": os.pathsep.join((str(Path(__file__).parent), str(clone), str(clone / "localstack-core"))),
            "RECORDINGS_OUTCOMES": str(file.absolute()),
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "TEST_AWS_ACCOUNT_ID": ACCOUNT,
            "TEST_SKIP_LOCALSTACK_START": "1",
            "TEST_TARGET": "AWS_CLOUD",
        }
        options = ["-p", "plugin", "-p", "no:cacheprovider", "-p", "no:warnings", "-q", "--tb=no", "--timeout=25"]
        command = [str(python), "-m", "pytest", *options, "--continue-on-collection-errors", _TESTS, *others]
        subprocess.run(command, cwd=clone, env=environment, stdout=sys.stderr, check=False)  # noqa: S603  (as asked for)


if __name__ == "__main__":
    sys.exit(main())

"""How long 1,000 stacks take with their roles: `python -m tools.benchmarks.fleet`.

The stacks are copies of the one that the tests prove, two of five whole and three its tables alone: 16,200 resources.
The seconds are of the processor, of all processes together; two with nothing else to do take half as long.
"""

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

APP: dict[str, Any] = json.loads((Path(__file__).parents[2] / "tests/leastgrant/samples/app.json").read_text())
TABLES = {name: one for name, one in APP["Resources"].items() if one["Type"] == "AWS::DynamoDB::Table"}
ACCOUNT, STACKS, ROLES = "123456789012", 1_000, (100, 10, 1)
SERVICES = ("dynamodb", "events", "lambda", "logs", "s3", "secretsmanager")


def fleet(folder: Path, roles: int) -> None:
    """Write the stacks, the roles, and which is whose."""
    stacks = folder / "stacks" / ACCOUNT / "eu-west-1"
    stacks.mkdir(parents=True)
    for number in range(STACKS):
        resources = APP["Resources"] if number % 5 < 2 else TABLES  # noqa: PLR2004  (two of five)
        text = json.dumps({"Resources": resources}).replace("dataops-v1", f"app-{number}")
        (stacks / f"app-{number}.json").write_text(text)
    arns = [f"arn:aws:iam::{ACCOUNT}:role/deploy-{number}" for number in range(roles)]
    (folder / "map.json").write_text(json.dumps({f"app-{number}": arns[number % roles] for number in range(STACKS)}))
    (folder / "account.json").write_text(json.dumps({"RoleDetailList": [*map(_role, arns)], "Policies": []}))


def _role(arn: str) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Action": [f"{service}:*" for service in SERVICES], "Resource": "*"}
    trusted = {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {
        "RoleName": arn.rpartition("/")[2],
        "Arn": arn,
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trusted]},
        "RolePolicyList": [
            {"PolicyName": "deploy", "PolicyDocument": {"Version": "2012-10-17", "Statement": [allowed]}}
        ],
        "AttachedManagedPolicies": [],
    }


def main() -> None:
    """Print the processor time of the command."""
    for roles in ROLES:
        with tempfile.TemporaryDirectory() as directory:
            folder = Path(directory)
            fleet(folder, roles)
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            details = ("--account-details", str(folder / "account.json"), "--map", str(folder / "map.json"))
            arguments = (sys.executable, "-m", "leastgrant", "fleet", str(folder / "stacks"), *details)
            done = subprocess.run(arguments, capture_output=True, text=True, check=False)  # noqa: S603  (ours)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            print(f"{roles:>4} roles {took:>7.1f} s CPU, of at most 120 s   {done.stdout.splitlines()[-1]}", flush=True)


if __name__ == "__main__":
    main()

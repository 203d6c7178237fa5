"""How long the chain of a CDK app takes as it grows: `python -m tools.benchmarks.chain`.

The stacks are of 25 resources of several types, deployed to three environments in turn; the roles are those of
`cdk bootstrap`, with AdministratorAccess and then with what is called alone. The seconds are of the processor,
of all processes together.
"""

import json
import re
import resource as usage
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from leastgrant import needs_of
from leastgrant.template import Environment, parse, resolve

APP: dict[str, Any] = json.loads((Path(__file__).parents[2] / "tests/leastgrant/samples/app.json").read_text())
PLACES = (("111111111111", "eu-west-1"), ("222222222222", "eu-west-1"), ("333333333333", "us-east-1"))
SIZES = ((500, 20), (1_500, 60), (5_000, 200))
MOST = 5.0  # seconds of the processor for 500 resources
TRUSTED = {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def assembly(folder: Path, resources: int, stacks: int) -> None:
    """Write the `cdk.out` of an app of so many resources in so many stacks, in three environments."""
    folder.mkdir()
    artifacts: dict[str, Any] = {}
    for number in range(stacks):
        account, region = PLACES[number % len(PLACES)]
        share = resources * (number + 1) // stacks - resources * number // stacks
        queues = {f"Queue{more}": {"Type": "AWS::SQS::Queue"} for more in range(share - len(APP["Resources"]))}
        text = json.dumps({"Resources": APP["Resources"] | queues})
        name, place = f"app-{number}", f"{account}-{region}"
        (folder / f"{name}.template.json").write_text(text.replace("dataops-v1", name))
        role = f"arn:${{{{AWS::Partition}}}}:iam::{account}:role/cdk-hnb659fds-{{}}-role-{place}"
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://{account}/{region}",
            "properties": {
                "templateFile": f"{name}.template.json",
                "stackName": name,
                "assumeRoleArn": role.format("deploy"),
                "cloudFormationExecutionRoleArn": role.format("cfn-exec"),
            },
        }
    (folder / "manifest.json").write_text(json.dumps({"version": "48.0.0", "artifacts": artifacts}))


def account_details(folder: Path, *, least: bool) -> dict[str, Any]:
    """Return the execution roles, as the accounts' export has them."""
    roles: list[dict[str, Any]] = []
    for account, region in PLACES:
        name = f"cdk-hnb659fds-cfn-exec-role-{account}-{region}"
        statements = least_statements(folder, account, region) if least else [EVERYTHING]
        roles.append(
            {
                "RoleName": name,
                "Arn": f"arn:aws:iam::{account}:role/{name}",
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [TRUSTED]},
                "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": {"Statement": statements}}],
                "AttachedManagedPolicies": [],
            }
        )
    return {"RoleDetailList": roles, "Policies": []}


def least_statements(folder: Path, account: str, region: str) -> list[dict[str, Any]]:
    """Return statements that allow the calls for an environment's stacks, each what is called on the same."""
    actions: defaultdict[str, set[str]] = defaultdict(set)
    for path in sorted(folder.glob("*.template.json")):
        name = path.name.removesuffix(".template.json")
        if PLACES[int(name.removeprefix("app-")) % len(PLACES)] == (account, region):
            needs, _ = needs_of(resolve(parse(path.read_text(), path.name), Environment("aws", region, account, name)))
            for need in needs:
                if need.is_sure:
                    actions[need.on].add(need.action)
    resources: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for resource, some in actions.items():
        resources[tuple(sorted(some))].append(resource)
    return [{"Effect": "Allow", "Action": [*some], "Resource": on} for some, on in resources.items()]


def main() -> None:
    """Print the processor time of the proof of the execution roles."""
    print(f"{'resources':>10}{'stacks':>8}  {'execution roles':<18}{'CPU':>9}{'per 1,000':>12}")
    for resources, stacks in SIZES:
        for least in (False, True):
            with tempfile.TemporaryDirectory() as directory:
                folder, details = Path(directory) / "cdk.out", Path(directory) / "account.json"
                assembly(folder, resources, stacks)
                details.write_text(json.dumps(account_details(folder, least=least)))
                arguments = ("cdk", str(folder), "--account-details", str(details), "--link", "execution")
                before = usage.getrusage(usage.RUSAGE_CHILDREN)
                command = (sys.executable, "-m", "leastgrant", *arguments)
                done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  (ours)
                after = usage.getrusage(usage.RUSAGE_CHILDREN)
            took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            if not re.match(r"Proved|Not proved", done.stdout):
                sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
            kind = "least" if least else "administrator"
            most = f", of at most {MOST:g} s" if resources == SIZES[0][0] else ""
            per = took / resources * 1_000
            print(f"{resources:>10,}{stacks:>8}  {kind:<18}{took:>7.1f} s{per:>10.2f} s{most}", flush=True)


if __name__ == "__main__":
    main()

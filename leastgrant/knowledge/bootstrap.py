"""What `cdk bootstrap` gives the roles that an app is deployed through, as aws-cdk ships it.

Source: `data/bootstrap.json`, from aws-cdk's own bootstrap template, whose version it names; `generate_bootstrap`
writes it. These roles serve every app of the environment, so they may do more than one app needs.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

DATA_FILE = Path(__file__).parent / "data" / "bootstrap.json"
DEFAULT_QUALIFIER = "hnb659fds"
"""Source: DefaultStackSynthesizer, AWS CDK API Reference."""
MANAGED = ("ReadOnlyAccess", "AWSCloudFormationReadOnlyAccess")
"""AWS's own policies that its lookup role and its deploy role have."""
SHOW_TEMPLATE = "cdk bootstrap --show-template > bootstrap.yaml"
"""The command that writes the template."""


def source() -> str:
    """Return the release and the version of the template."""
    return str(_data()["source"])


def shipped_statements(
    *,
    partition: str,
    account: str,
    region: str,
    qualifier: str,
    bucket: str | None = None,
    repository: str | None = None,
    execution_role: str | None = None,
) -> tuple[object, ...]:
    """Return the statements of all roles but CloudFormation's, as a policy has them.

    Args:
        partition: Of the environment.
        account: Of the environment.
        region: Of the environment.
        qualifier: Of the bootstrap stack.
        bucket: The name of the bucket of assets, if it is not the usual one.
        repository: The name of the repository of images, as of the bucket.
        execution_role: The ARN of the role that CloudFormation assumes, as of the bucket.
    """
    text = json.dumps([statement for role in _data()["roles"].values() for statement in role])
    other = {_BUCKET: bucket, _REPOSITORY: repository, _EXECUTION_ROLE: execution_role}
    filled = {"${Partition}": partition, "${Account}": account, "${Region}": region, "${Qualifier}": qualifier}
    for name, value in {**other, **filled}.items():
        text = text if value is None else text.replace(name, value)
    return tuple(json.loads(text))


_BUCKET = "cdk-${Qualifier}-assets-${Account}-${Region}"
_REPOSITORY = "cdk-${Qualifier}-container-assets-${Account}-${Region}"
_EXECUTION_ROLE = "arn:${Partition}:iam::${Account}:role/cdk-${Qualifier}-cfn-exec-role-${Account}-${Region}"


@cache
def _data() -> dict[str, Any]:
    return json.loads(DATA_FILE.read_text(encoding="utf-8"))

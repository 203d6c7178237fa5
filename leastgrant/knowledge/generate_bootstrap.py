"""Generate `data/bootstrap.json` from aws-cdk's own bootstrap template: what it lets its roles do.

Run `python -m leastgrant.knowledge.generate_bootstrap PACKAGE`, with the folder of an installed CLI:
`node_modules/aws-cdk`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from leastgrant.documents.document import read_file
from leastgrant.errors import InputError
from leastgrant.knowledge.bootstrap import DATA_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_GIVEN = {"CreateNewKey": False}
"""The key that `cdk bootstrap` makes if it is asked to has no name that is known before."""
_NAMES = {
    "AWS::Partition": "${Partition}",
    "AWS::Region": "${Region}",
    "AWS::AccountId": "${Account}",
    "Qualifier": "${Qualifier}",
    "CdkBootstrapVersion": "/cdk-bootstrap/${Qualifier}/version",
    "StagingBucket.Arn": "arn:${Partition}:s3:::cdk-${Qualifier}-assets-${Account}-${Region}",
    "ContainerAssetsRepository.Arn": (
        "arn:${Partition}:ecr:${Region}:${Account}:repository/cdk-${Qualifier}-container-assets-${Account}-${Region}"
    ),
    "CloudFormationExecutionRole.Arn": (
        "arn:${Partition}:iam::${Account}:role/cdk-${Qualifier}-cfn-exec-role-${Account}-${Region}"
    ),
    "FileAssetsBucketKmsKeyId": "AWS_MANAGED_KEY",
}


def main(arguments: Sequence[str]) -> int:
    """Write the data file; returns the process's exit status."""
    if len(arguments) != 1:
        print(f"{__spec__.name}: takes the folder of an installed CLI, node_modules/aws-cdk", file=sys.stderr)
        return 2
    package = Path(arguments[0])
    try:
        release = cast("dict[str, Any]", read_file(package / "package.json").tree)["version"]
        tree = read_file(package / _TEMPLATE).tree
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    resources = cast("dict[str, Any]", tree)["Resources"]
    version = resources["CdkBootstrapVersion"]["Properties"]["Value"]
    data = {
        "source": f"aws-cdk {release}, bootstrap template {version}",
        "roles": {name: list(_statements(name, resources)) for name in resources if _is_support_role(name, resources)},
    }
    DATA_FILE.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8", newline="\n")
    return 0


_TEMPLATE = Path("lib/api/bootstrap/bootstrap-template.yaml")


def _is_support_role(name: str, resources: dict[str, Any]) -> bool:
    return resources[name]["Type"] == "AWS::IAM::Role" and name != "CloudFormationExecutionRole"


def _statements(role: str, resources: dict[str, Any]) -> Iterator[Any]:
    for policy in resources[role]["Properties"].get("Policies", []):
        yield from _filled(policy["PolicyDocument"]["Statement"])
    for resource in resources.values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::Policy" and {"Ref": role} in properties["Roles"]:
            yield from _filled(properties["PolicyDocument"]["Statement"])


def _filled(value: Any) -> Any:
    """Resolve the few functions that the template's policies have."""
    match value:
        case {"Fn::If": [condition, then, otherwise]}:
            return _filled(then if _GIVEN[condition] else otherwise)
        case {"Ref": name}:
            return _NAMES[name]
        case {"Fn::Sub": text}:
            for name, filled in _NAMES.items():
                text = text.replace(f"${{{name}}}", filled)
            return text
        case dict():
            return {key: _filled(item) for key, item in cast("dict[str, Any]", value).items()}
        case list():
            return [_filled(item) for item in cast("list[Any]", value)]
        case _:
            return value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Generate `data/aws_managed_policies.jsonl` from the copy of AWS's policies that the PyPI package `moto` ships.

Run `python -m leastgrant.iam.generate_managed` with moto installed. The output depends on the package's version alone.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any

from leastgrant.iam.managed import DATA_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMON = """
    AWSAppRunnerFullAccess AWSAppSyncAdministrator AWSBackupFullAccess AWSCertificateManagerFullAccess
    AWSCloudFormationFullAccess AWSCloudFormationReadOnlyAccess AWSCodeBuildAdminAccess AWSCodeBuildDeveloperAccess
    AWSCodeCommitPowerUser AWSCodeDeployFullAccess AWSCodePipeline_FullAccess AWSGlueConsoleFullAccess
    AWSKeyManagementServicePowerUser AWSLambdaBasicExecutionRole AWSLambdaDynamoDBExecutionRole AWSLambdaExecute
    AWSLambdaSQSQueueExecutionRole AWSLambdaVPCAccessExecutionRole AWSLambda_FullAccess AWSLambda_ReadOnlyAccess
    AWSOrganizationsReadOnlyAccess AWSStepFunctionsFullAccess AWSWAFFullAccess AWSXRayDaemonWriteAccess
    AdministratorAccess AdministratorAccess-AWSElasticBeanstalk AdministratorAccess-Amplify
    AmazonAPIGatewayAdministrator AmazonAPIGatewayInvokeFullAccess AmazonAthenaFullAccess AmazonBedrockFullAccess
    AmazonCognitoPowerUser AmazonDynamoDBFullAccess AmazonDynamoDBReadOnlyAccess
    AmazonEC2ContainerRegistryFullAccess AmazonEC2ContainerRegistryPowerUser AmazonEC2ContainerRegistryReadOnly
    AmazonEC2FullAccess AmazonEC2ReadOnlyAccess AmazonECSTaskExecutionRolePolicy AmazonECS_FullAccess
    AmazonEKSClusterPolicy AmazonElastiCacheFullAccess AmazonElasticFileSystemFullAccess AmazonEventBridgeFullAccess
    AmazonEventBridgeSchedulerFullAccess AmazonKinesisFirehoseFullAccess AmazonKinesisFullAccess
    AmazonOpenSearchServiceFullAccess AmazonRDSFullAccess AmazonRoute53FullAccess AmazonS3FullAccess
    AmazonS3ReadOnlyAccess AmazonSESFullAccess AmazonSNSFullAccess AmazonSQSFullAccess AmazonSSMFullAccess
    AmazonSSMManagedInstanceCore AmazonSSMReadOnlyAccess AmazonVPCFullAccess AmazonVPCReadOnlyAccess
    AutoScalingFullAccess Billing CloudFrontFullAccess CloudWatchAgentServerPolicy CloudWatchEventsFullAccess
    CloudWatchFullAccess CloudWatchFullAccessV2 CloudWatchLogsFullAccess CloudWatchLogsReadOnlyAccess
    CloudWatchReadOnlyAccess DatabaseAdministrator ElasticLoadBalancingFullAccess IAMFullAccess IAMReadOnlyAccess
    NetworkAdministrator PowerUserAccess ReadOnlyAccess SecretsManagerReadWrite SecurityAudit SystemAdministrator
    ViewOnlyAccess
"""
"""What roles that deploy, and roles that are deployed, often have."""


def main() -> int:
    """Write the data file; returns the process's exit status."""
    try:
        version = metadata.version("moto")
    except metadata.PackageNotFoundError:
        print("moto is not installed: run `make test`, which installs it", file=sys.stderr)
        return 2
    text = "".join(f"{line}\n" for line in lines())
    DATA_FILE.write_text(text, encoding="utf-8", newline="\n")
    print(f"{DATA_FILE}: {text.count(chr(10))} policies from moto {version}")
    return 0


def lines() -> Iterator[str]:
    """The file's lines, one policy each."""
    known: dict[str, dict[str, Any]] = json.loads(
        import_module("moto.iam.aws_managed_policies").aws_managed_policies_data
    )
    for name in COMMON.split():
        policy = known[name]
        yield json.dumps(
            {
                "name": policy.get("Path", "/").lstrip("/") + name,
                "version": policy["DefaultVersionId"],
                "updated": policy["UpdateDate"][:10],
                "document": policy["Document"],
            },
            separators=(",", ":"),
        )


if __name__ == "__main__":
    sys.exit(main())

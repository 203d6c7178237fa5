"""Typed grants, one file a service: what can be written here lies inside one stack's namespace."""

from stacks.deploy_role.grants.artifacts import ArtifactBucketGrants
from stacks.deploy_role.grants.cloudformation import CloudFormationStackGrants
from stacks.deploy_role.grants.dynamodb import DynamoDbTableGrants
from stacks.deploy_role.grants.dynamodb_seeding import DynamoDbSeedingGrants
from stacks.deploy_role.grants.eventbridge import EventBridgeRuleGrants, RuleOperation
from stacks.deploy_role.grants.iam import FunctionRoleGrants
from stacks.deploy_role.grants.lambda_ import LambdaFunctionGrants
from stacks.deploy_role.grants.s3 import BucketGrants
from stacks.deploy_role.grants.secretsmanager import SecretGrants

__all__ = [
    "ArtifactBucketGrants",
    "BucketGrants",
    "CloudFormationStackGrants",
    "DynamoDbSeedingGrants",
    "DynamoDbTableGrants",
    "EventBridgeRuleGrants",
    "FunctionRoleGrants",
    "LambdaFunctionGrants",
    "RuleOperation",
    "SecretGrants",
]

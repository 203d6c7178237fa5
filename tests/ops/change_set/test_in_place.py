"""Each change in place that destroys or exposes, and its harmless direction: by the property's class."""

import json
from collections.abc import Iterable
from typing import Any

import pytest

from leastgrant.knowledge import type_schema
from ops.aws.response import decoded
from ops.change_set.change_set import ChangeSet
from ops.change_set.classed import CLASSED
from ops.change_set.in_place import rulings
from ops.change_set.review import judge
from ops.change_set.verdict import ReviewVerdict
from ops.project.assembly import Assembly
from ops.project.deployment import Deployment
from tests.conftest import DEPLOYED_TYPES
from tests.ops.review_fixtures.change_sets import APP_STACK, change, detail, response

BUCKET, TABLE = "AWS::S3::Bucket", "AWS::DynamoDB::Table"
QUEUE, MAPPING = "AWS::SQS::Queue", "AWS::Lambda::EventSourceMapping"
SECRET, FUNCTION, URL, ROLE = (
    "AWS::SecretsManager::Secret",
    "AWS::Lambda::Function",
    "AWS::Lambda::Url",
    "AWS::IAM::Role",
)
SAFE, HUMAN, REFUSED = ReviewVerdict.SAFE, ReviewVerdict.HUMAN, ReviewVerdict.REFUSED


def part(path: str, before: object, after: object) -> dict[str, Any]:
    """A detail of a property, as CloudFormation gives it with its values."""
    kind = "Add" if before is None else "Remove" if after is None else "Modify"
    shown = {"BeforeValue": before, "AfterValue": after}
    values = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in shown.items()
        if value is not None
    }
    return detail(path.partition("/")[0], Path=f"/Properties/{path}", AttributeChangeType=kind, **values)


def worst(*changes: dict[str, Any], compared: bool = True) -> tuple[ReviewVerdict, str]:
    """What is said of the first change, as one of all."""
    read = decoded(response(APP_STACK, *changes), ChangeSet, "file.json").changes
    said = list(rulings(read[0], read, compared=compared))
    return max((one.verdict for one in said), default=SAFE), "; ".join(one.reason for one in said)


def rule(**members: object) -> dict[str, object]:
    return {"Id": "archive", "Status": "Enabled", "Prefix": "exports/"} | members


LIFECYCLE = "LifecycleConfiguration/Rules"
CASES = [
    (BUCKET, part(f"{LIFECYCLE}/0/ExpirationInDays", "365", "30"), REFUSED, "objects would expire sooner (365 to 30)"),
    (BUCKET, part(f"{LIFECYCLE}/0/ExpirationInDays", "30", "365"), SAFE, ""),
    (BUCKET, part(f"{LIFECYCLE}/0/ExpirationInDays", None, "365"), REFUSED, "sooner (none to 365)"),
    (BUCKET, part(f"{LIFECYCLE}/0/ExpirationInDays", "365", None), SAFE, ""),
    (BUCKET, part(f"{LIFECYCLE}/0/NoncurrentVersionExpiration/NoncurrentDays", "365", "1"), REFUSED, "former versions"),
    (BUCKET, part(f"{LIFECYCLE}/0/NoncurrentVersionExpiration", None, {"NoncurrentDays": 9}), REFUSED, "former"),
    (BUCKET, part(f"{LIFECYCLE}/0/NoncurrentVersionExpirationInDays", "365", "9"), REFUSED, "former versions"),
    (BUCKET, part(f"{LIFECYCLE}/0/Prefix", "tmp/", ""), REFUSED, "would concern other objects"),
    (BUCKET, part(f"{LIFECYCLE}/0/Status", "Disabled", "Enabled"), REFUSED, "would be on"),
    (BUCKET, part(f"{LIFECYCLE}/0/Status", "Enabled", "Disabled"), SAFE, ""),
    (BUCKET, part(f"{LIFECYCLE}/1", None, rule(Id="all", ExpirationInDays=1)), REFUSED, "would delete or move objects"),
    (BUCKET, part(f"{LIFECYCLE}/1", None, rule(Id="all", AbortIncompleteMultipartUpload={})), SAFE, ""),
    (BUCKET, part(f"{LIFECYCLE}/1", rule(ExpirationInDays=1), None), SAFE, ""),
    (BUCKET, part("LifecycleConfiguration", None, {"Rules": [rule(ExpirationDate="2027-01-01")]}), REFUSED, "delete"),
    (BUCKET, part("LifecycleConfiguration", {"Rules": [rule(ExpirationInDays=1)]}, None), SAFE, ""),
    (BUCKET, part("VersioningConfiguration/Status", "Enabled", "Suspended"), REFUSED, "(Enabled to Suspended)"),
    (BUCKET, part("VersioningConfiguration", {"Status": "Enabled"}, None), REFUSED, "overwritten would be lost"),
    (BUCKET, part("VersioningConfiguration/Status", "Suspended", "Enabled"), SAFE, ""),
    (BUCKET, part("PublicAccessBlockConfiguration/BlockPublicPolicy", "true", "false"), REFUSED, "the public in"),
    (BUCKET, part("PublicAccessBlockConfiguration", {"BlockPublicAcls": True}, None), REFUSED, "the public in"),
    (BUCKET, part("PublicAccessBlockConfiguration/BlockPublicPolicy", "false", "true"), SAFE, ""),
    (BUCKET, part("AccessControl", "Private", "PublicRead"), REFUSED, "an ACL would let others in"),
    (BUCKET, part("WebsiteConfiguration", None, {"IndexDocument": "index.html"}), REFUSED, "as a website"),
    (BUCKET, part("ReplicationConfiguration", None, {"Role": "arn", "Rules": []}), HUMAN, "where to, changes"),
    (BUCKET, part("BucketEncryption/ServerSideEncryptionConfiguration/0", None, {}), HUMAN, "what encrypts it changes"),
    (BUCKET, part("ObjectLockConfiguration/Rule/DefaultRetention/Days", "30", "1"), REFUSED, "deleted sooner"),
    (BUCKET, part("ObjectLockConfiguration/Rule/DefaultRetention/Days", "30", "60"), SAFE, ""),
    (BUCKET, part("Tags", [{"Key": "BackupSelection", "Value": "x"}], []), HUMAN, "may select it for backups"),
    (BUCKET, part("Tags", [], [{"Key": "Owner", "Value": "x"}]), SAFE, ""),
    (TABLE, part("TimeToLiveSpecification", None, {"AttributeName": "createdAt", "Enabled": True}), REFUSED, "expire"),
    (TABLE, part("TimeToLiveSpecification/Enabled", "true", "false"), SAFE, ""),
    (TABLE, part("TimeToLiveSpecification/AttributeName", "expiresAt", "createdAt"), REFUSED, "by another attribute"),
    (
        TABLE,
        part("PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled", "true", "false"),
        REFUSED,
        "no longer be recovered (true to false)",
    ),
    (TABLE, part("PointInTimeRecoverySpecification", {"PointInTimeRecoveryEnabled": True}, None), REFUSED, "recovered"),
    (TABLE, part("PointInTimeRecoverySpecification", None, {"PointInTimeRecoveryEnabled": True}), SAFE, ""),
    (TABLE, part("PointInTimeRecoverySpecification/RecoveryPeriodInDays", None, "7"), REFUSED, "less long (none to 7)"),
    (TABLE, part("PointInTimeRecoverySpecification/RecoveryPeriodInDays", "7", None), SAFE, ""),
    (TABLE, part("DeletionProtectionEnabled", "true", "false"), REFUSED, "no longer be protected"),
    (TABLE, part("DeletionProtectionEnabled", "false", "true"), SAFE, ""),
    (
        TABLE,
        part("ResourcePolicy/PolicyDocument/Statement/0/Principal", "a", "*"),
        HUMAN,
        "may read and write the items",
    ),
    (TABLE, part("StreamSpecification", {"StreamViewType": "NEW_IMAGE"}, None), HUMAN, "streams of the items"),
    (TABLE, part("SSESpecification/KMSMasterKeyId", "a", "b"), HUMAN, "what encrypts it changes"),
    (TABLE, part("GlobalSecondaryIndexes/1", None, {"IndexName": "new"}), SAFE, ""),
    (TABLE, part("GlobalSecondaryIndexes/0", {"IndexName": "old"}, None), HUMAN, "an index would be removed"),
    (TABLE, part("GlobalSecondaryIndexes/0/Projection/NonKeyAttributes/1", None, "x"), HUMAN, "an index would be made"),
    (TABLE, part("BillingMode", "PROVISIONED", "PAY_PER_REQUEST"), SAFE, ""),
    (SECRET, part("GenerateSecretString/PasswordLength", "48", "49"), REFUSED, "the secret's value would be another"),
    (SECRET, part("GenerateSecretString", {"PasswordLength": 48}, None), REFUSED, "the secret's value"),
    (SECRET, part("SecretString", None, "given"), REFUSED, "the secret's value"),
    (SECRET, part("KmsKeyId", "a", "b"), HUMAN, "what encrypts it changes"),
    (SECRET, part("Description", "a", "b"), SAFE, ""),
    (FUNCTION, part("Role", "a", "b"), HUMAN, "would run with another role"),
    (FUNCTION, part("Layers", None, ["arn"]), HUMAN, "other code would run with its role"),
    (FUNCTION, part("Timeout", "30", "60"), SAFE, ""),
    (FUNCTION, part("Code/S3Key", "a", "b"), SAFE, ""),
    (URL, part("AuthType", "AWS_IAM", "NONE"), REFUSED, "anybody may call it (AWS_IAM to NONE)"),
    (URL, part("AuthType", "NONE", "AWS_IAM"), SAFE, ""),
    (URL, part("Cors/AllowOrigins/0", "https://a", "*"), HUMAN, "pages of other sites may call it"),
    (ROLE, part("PermissionsBoundary", "a", None), REFUSED, "what bounds it"),
    (ROLE, part("PermissionsBoundary", None, "a"), SAFE, ""),
    (
        ROLE,
        part("ManagedPolicyArns", [], ["arn:aws:iam::aws:policy/AdministratorAccess"]),
        HUMAN,
        "what it may do changes",
    ),
    (QUEUE, part("MessageRetentionPeriod", "1209600", "60"), REFUSED, "deleted sooner (1209600 to 60)"),
    (QUEUE, part("MessageRetentionPeriod", "1209600", None), REFUSED, "deleted sooner (1209600 to none)"),
    (QUEUE, part("MessageRetentionPeriod", "60", None), SAFE, ""),
    (QUEUE, part("RedrivePolicy", {"deadLetterTargetArn": "a", "maxReceiveCount": 5}, None), HUMAN, "or be lost"),
    (QUEUE, part("RedrivePolicy/maxReceiveCount", "5", "3"), SAFE, ""),
    (QUEUE, part("VisibilityTimeout", "180", "10"), HUMAN, "may be handed out again"),
    (MAPPING, part("Enabled", "true", "false"), HUMAN, "what arrives would wait"),
    (MAPPING, part("FilterCriteria", None, {"Filters": []}), HUMAN, "deleted unread"),
    (MAPPING, part("BatchSize", "10", "1"), SAFE, ""),
    ("AWS::CloudWatch::Alarm", part("AlarmActions/0", "arn", None), HUMAN, "who is told changes"),
    ("AWS::CloudWatch::Alarm", part("Threshold", "1", "9"), SAFE, ""),
    ("AWS::Logs::LogGroup", part("RetentionInDays", "30", "7"), REFUSED, "logs would be deleted sooner (30 to 7)"),
    ("AWS::Logs::LogGroup", part("RetentionInDays", None, "7"), REFUSED, "deleted sooner (none to 7)"),
    ("AWS::Logs::LogGroup", part("RetentionInDays", "7", None), SAFE, ""),
    ("AWS::EC2::SecurityGroup", part("SecurityGroupIngress/0", None, {"CidrIp": "0.0.0.0/0"}), HUMAN, "can reach it"),
    # what is not told is not safe
    (BUCKET, detail("LifecycleConfiguration"), REFUSED, "objects would expire sooner"),
    (BUCKET, detail("VersioningConfiguration", AfterValue='{"Status":"Enab'), REFUSED, "overwritten would be lost"),
    (TABLE, detail("PointInTimeRecoverySpecification"), REFUSED, "recovered"),
    (TABLE, detail(None), REFUSED, "items would expire"),
    (TABLE, detail("NewAtAws"), HUMAN, "NewAtAws: what a change of it destroys or exposes is not known: class it in"),
    (TABLE, detail(None, attribute="Tags"), HUMAN, "may select it for backups"),
]


@pytest.mark.parametrize(("type_name", "one", "verdict", "reason"), CASES)
def test_a_property(type_name: str, one: dict[str, Any], verdict: ReviewVerdict, reason: str) -> None:
    found, why = worst(change("Modify", "It", type_name, one))
    assert (found, reason in why) == (verdict, True), why


def test_what_is_written_otherwise_is_no_change() -> None:
    """The archive's rule, as SAM had it and as CDK has it."""
    old = part(f"{LIFECYCLE}/0/NoncurrentVersionExpirationInDays", "365", None)
    for days, verdict in ((365, SAFE), (30, REFUSED)):
        new = part(f"{LIFECYCLE}/0/NoncurrentVersionExpiration", None, {"NoncurrentDays": days})
        assert worst(change("Modify", "Archive", BUCKET, old, new))[0] is verdict
    whole = part(
        LIFECYCLE,
        [rule(NoncurrentVersionExpirationInDays=365)],
        [rule(NoncurrentVersionExpiration={"NoncurrentDays": "365"})],
    )
    assert worst(change("Modify", "Archive", BUCKET, whole)) == (SAFE, "")


def test_an_item_is_known_by_its_name_and_not_by_its_place() -> None:
    both = [rule(Id="b", ExpirationInDays=1), rule(Id="a", ExpirationInDays=9)]
    assert worst(change("Modify", "Archive", BUCKET, part(LIFECYCLE, both, both[::-1]))) == (SAFE, "")


def test_two_items_of_one_name_are_both_looked_at() -> None:
    before, after = [rule(ExpirationInDays=9)], [rule(ExpirationInDays=1), rule(ExpirationInDays=9)]
    assert worst(change("Modify", "Archive", BUCKET, part(LIFECYCLE, before, after)))[0] is REFUSED


def test_the_whole_resource_before_and_after_says_more_than_the_details() -> None:
    def contexts(before: int, after: int) -> dict[str, str]:
        return {
            name: json.dumps({"Properties": {"LifecycleConfiguration": {"Rules": [rule(ExpirationInDays=days)]}}})
            for name, days in (("BeforeContext", before), ("AfterContext", after))
        }

    one = change("Modify", "Archive", BUCKET, detail("LifecycleConfiguration"))
    assert worst(one)[0] is REFUSED
    one["ResourceChange"] |= contexts(30, 365)
    assert worst(one) == (SAFE, "")
    one["ResourceChange"] |= contexts(365, 30)
    assert worst(one)[0] is REFUSED
    one["ResourceChange"]["Details"].append(detail("VersioningConfiguration"))  # which they do not show
    assert "VersioningConfiguration" in worst(one)[1]


FOLLOWING = detail("Role", "Never", "Dynamic", Path="/Properties/Role", BeforeValue="arn") | {
    "ChangeSource": "ResourceAttribute",
    "CausingEntity": "FunctionRole.Arn",
}


@pytest.mark.parametrize(
    ("role", "verdict"),
    [
        (change("Modify", "FunctionRole", ROLE, detail("Policies")), SAFE),
        (change("Modify", "FunctionRole", ROLE, detail("RoleName", "Always"), Replacement="True"), HUMAN),
        (change("Add", "FunctionRole", ROLE), HUMAN),
        (change("Modify", "AnotherRole", ROLE, detail("Policies")), HUMAN),
    ],
)
def test_a_reference_to_what_stays_is_no_change(role: dict[str, Any], verdict: ReviewVerdict) -> None:
    assert worst(change("Modify", "Function", FUNCTION, FOLLOWING), role)[0] is verdict


@pytest.mark.parametrize("action", ["Add", "Modify"])
def test_a_type_that_is_not_classed_is_for_a_human(action: str) -> None:
    found, why = worst(change(action, "Stream", "AWS::Kinesis::Stream", *[detail("Name")][: action == "Modify"]))
    assert (found, "AWS::Kinesis::Stream destroys or exposes is not known: class it in" in why) == (HUMAN, True), why


def test_code_that_was_not_compared_is_for_a_human() -> None:
    one = change("Modify", "Function", FUNCTION, part("Code/S3Key", "a", "b"))
    assert worst(one, compared=False) == (HUMAN, "Code.S3Key: was not compared with the reviewed source")


def unclassed(type_name: str, classes: Iterable[str]) -> set[str]:
    """What a template can set and no class, of itself or of what it is a part of, speaks of."""
    schema = type_schema(type_name)
    assert schema is not None
    known = {path.replace("/*", "") for path in classes}
    assert known <= set(schema.properties), type_name
    wholes = {path.rpartition("/")[0] for path in schema.properties}
    parts = {path for path in schema.properties if path not in wholes}
    return {
        path
        for path in parts
        for above in [["/".join(path.split("/")[:length]) for length in range(1, path.count("/") + 2)]]
        if not known & set(above) and not schema.read_only & set(above)
    }


@pytest.mark.parametrize("type_name", CLASSED)
def test_every_property_of_the_types_is_classed(type_name: str) -> None:
    assert unclassed(type_name, CLASSED[type_name]) == set()


def test_a_property_that_is_not_classed_is_found() -> None:
    path = "PointInTimeRecoverySpecification/RecoveryPeriodInDays"
    assert unclassed(TABLE, CLASSED[TABLE].keys() - {path, "TableClass"}) == {path, "TableClass"}


def test_the_types_that_are_synthesised_are_classed(assembly: Assembly) -> None:
    types = {resource["Type"] for stack in assembly.stacks for resource in stack.template["Resources"].values()}
    assert types >= DEPLOYED_TYPES
    assert types - set(CLASSED) == set(), "class the type in ops/change_set/classed.py"


def test_losses_in_place_are_never_safe(deployment: Deployment) -> None:
    """As a file, whose template nobody compared: four resources, none of them replaced or removed."""
    losses = response(
        APP_STACK,
        change(
            "Modify",
            "DataOpsExportArchiveBucket",
            BUCKET,
            detail("LifecycleConfiguration", Path=f"/Properties/{LIFECYCLE}/0/ExpirationInDays", AfterValue="2"),
            part("VersioningConfiguration/Status", "Enabled", "Suspended"),
        ),
        change(
            "Modify",
            "DataOpsUsersTable",
            TABLE,
            detail("TimeToLiveSpecification", AfterValue='{"AttributeName":"updatedAt","Enabled":true}'),
            part("PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled", "true", "false"),
        ),
        change("Modify", "WorkEnginePortalSecret", SECRET, part("GenerateSecretString/PasswordLength", "48", "64")),
        change("Modify", "WorkEngineFunction", FUNCTION, part("Role", "arn:one", "arn:two")),
    )
    found = judge(deployment, APP_STACK, decoded(losses, ChangeSet, "file.json"), None)
    assert [judged.verdict for judged in found.changes] == [REFUSED, REFUSED, REFUSED, HUMAN]
    assert found.text().startswith("REFUSED: ")

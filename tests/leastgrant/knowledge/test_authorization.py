import pytest

from leastgrant.knowledge import authorization
from leastgrant.knowledge.authorization import action, expand


def test_an_action_is_known_by_its_name_in_any_case():
    found = action("EVENTS:describerule")
    assert found is not None
    assert (found.service, found.name, found.reads) == ("events", "DescribeRule", True)
    assert {kind.name for kind in found.resource_types} == {
        "rule-on-custom-event-bus",
        "rule-on-default-event-bus",
    }
    assert "events:creatorAccount" in found.condition_keys


def test_a_resource_type_carries_its_arn_formats():
    found = action("dynamodb:CreateTable")
    assert found is not None
    (table,) = found.resource_types
    assert table.arns == ("arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}",)
    assert found.required == {"table"}


def test_one_resource_type_can_have_several_arn_formats():
    found = action("apigateway:DELETE")
    assert found is not None
    stage = next(kind for kind in found.resource_types if kind.name == "Stage")
    assert [arn.partition("::")[2] for arn in stage.arns] == [
        "/apis/${ApiId}/stages/${StageName}",
        "/restapis/${RestApiId}/stages/${StageName}",
    ]


def test_an_action_without_resource_types_can_only_be_granted_on_everything():
    found = action("secretsmanager:GetRandomPassword")
    assert found is not None
    assert found.resource_types == ()


@pytest.mark.parametrize("text", ["s3:REST.PUT.OBJECT", "s3:HeadBucket", "nosuchservice:Get", "s3", "", ":"])
def test_what_iam_does_not_have_is_none(text: str):
    assert action(text) is None


def test_levels_tell_reads_from_writes():
    levels = {name: action(f"s3:{name}") for name in ("ListBucket", "PutBucketTagging", "PutBucketPolicy")}
    assert {name: found and found.reads for name, found in levels.items()} == {
        "ListBucket": True,
        "PutBucketTagging": False,
        "PutBucketPolicy": False,
    }


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("events:*TargetsByRule", ["ListTargetsByRule"]),
        ("EVENTS:put?ule", ["PutRule"]),
        ("events:[P]utRule", []),
        ("nosuchservice:*", []),
        ("ev*:PutRule", []),
    ],
)
def test_a_pattern_expands_to_the_actions_it_matches(pattern: str, names: list[str]):
    assert [found.name for found in expand(pattern)] == names


def test_a_service_expands_to_all_its_actions():
    assert len(expand("dynamodb:*")) == len(authorization.actions("dynamodb")) > 50


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("events:DescribeRules", "events:DescribeRule"),
        ("S3:getobjcet", "s3:GetObject"),
        ("lamda:CreateFunction", "lambda:CreateFunction"),
        ("zzzz", None),
    ],
)
def test_a_misspelt_action_has_a_nearest_one(misspelt: str, meant: str | None):
    found = authorization.nearest(misspelt)
    assert (str(found) if found else None) == meant

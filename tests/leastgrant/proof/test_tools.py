"""What a tool calls, as uses of a role."""

import pytest

from leastgrant import Assets, Environment, Role, ToolError, parse_uses, prove, tool_uses, uses_file
from leastgrant.iam import parse_policy
from leastgrant.knowledge import Tier
from leastgrant.knowledge.tools import COMMANDS
from leastgrant.proof.finding import Kind

SHOP = Environment(account="123456789012", region="eu-west-1", stack_name="shop")
BAKERY = Environment(account="123456789012", region="eu-west-1", stack_name="bakery")
BUCKET = "arn:aws:s3:::cdk-hnb659fds-assets-123456789012-eu-west-1"


def resources(name: str, part: str, assets: Assets | None = None) -> list[str]:
    (use,) = (use for use in tool_uses(name, [SHOP], assets) if use.name == part)
    return [*map(str, use.resources)]


def test_a_tool_alone_deploys() -> None:
    assert tool_uses("cdk", [SHOP]) == tool_uses("cdk deploy", [SHOP])


def test_cdk_uploads_to_the_bucket_of_its_bootstrap_or_to_one_that_is_told() -> None:
    assert resources("cdk", "cdk deploy: upload") == [f"{BUCKET}/*.json", f"{BUCKET}/*.zip"]
    told = resources("cdk", "cdk deploy: upload", Assets("artifacts", "shop/"))
    assert told == ["arn:aws:s3:::artifacts/shop/*.json", "arn:aws:s3:::artifacts/shop/*.zip"]
    assert resources("cdk", "cdk deploy: artifacts", Assets("artifacts", "shop/")) == ["arn:aws:s3:::artifacts"]


def test_each_stack_is_named_in_its_place() -> None:
    first, *_ = tool_uses("cdk", [SHOP, BAKERY])
    place = "arn:aws:cloudformation:eu-west-1:123456789012:stack"
    assert [*map(str, first.resources)] == [f"{place}/shop/*", f"{place}/bakery/*"]
    (china,) = resources_in(Environment(account="123456789012", region="cn-north-1", stack_name="shop"))
    assert china == "arn:aws-cn:cloudformation:cn-north-1:123456789012:stack/shop/*"


def resources_in(place: Environment) -> list[str]:
    return [*map(str, tool_uses("cdk rollback", [place])[0].resources)]


def test_what_is_not_known_of_the_place_is_a_wildcard() -> None:
    uses = tool_uses("cdk", [Environment(region="eu-west-1", stack_name="shop")])
    assert str(uses[0].resources[0]) == "arn:aws:cloudformation:eu-west-1:*:stack/shop/*"


def test_a_tool_whose_bucket_is_not_known_must_be_told() -> None:
    with pytest.raises(ToolError, match="sam deploy uploads to a bucket; say which"):
        tool_uses("sam", [SHOP])
    assert resources("sam", "sam deploy: upload", Assets("packages")) == ["arn:aws:s3:::packages/*"]


def test_the_aws_cli_uploads_nothing_where_it_is_given_no_bucket() -> None:
    assert [use.name for use in tool_uses("aws-cli", [SHOP])] == ["aws cloudformation deploy"]


def test_a_tool_that_is_not_known_is_refused() -> None:
    with pytest.raises(
        ToolError, match="it is not known what 'terraform' calls; known are: cdk, sam, aws-cli, cdk deploy"
    ):
        tool_uses("terraform", [SHOP])


@pytest.mark.parametrize("name", COMMANDS)
def test_a_role_that_grants_what_is_required_is_proved(name: str) -> None:
    uses = tool_uses(name, [SHOP], Assets("artifacts", "shop/"))
    required = [use for use in uses if use.tier is Tier.REQUIRED]
    statements = [
        {"Effect": "Allow", "Action": need.action, "Resource": need.on} for use in required for need in use.needs()
    ]
    policy = {"Version": "2012-10-17", "Statement": statements}
    proof = prove(Role("deployer", (parse_policy(policy, "policy"),)), [], uses=uses)
    assert proof.of(Kind.MISSING) == proof.of(Kind.EXCESS) == ()
    for number, less in enumerate(statements):
        rest = [one for one in statements if (one["Action"], one["Resource"]) != (less["Action"], less["Resource"])]
        if rest and not any(one["Action"] == less["Action"] for one in rest):
            policy = parse_policy({"Version": "2012-10-17", "Statement": rest}, "policy")
            assert prove(Role("deployer", (policy,)), [], uses=uses).of(Kind.MISSING), number


def test_what_is_called_in_some_cases_explains_a_grant_and_asks_for_none() -> None:
    uses = tool_uses("cdk", [SHOP])
    stack = "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/*"
    granting = {"Effect": "Allow", "Action": "cloudformation:UpdateTerminationProtection", "Resource": stack}
    policy = parse_policy({"Version": "2012-10-17", "Statement": [granting]}, "policy")
    proof = prove(Role("deployer", (policy,)), [], uses=uses)
    assert proof.of(Kind.EXCESS) == ()
    assert "cloudformation:UpdateTerminationProtection" not in {found.action for found in proof.of(Kind.MISSING)}


def test_the_uses_survive_their_file() -> None:
    uses = tool_uses("cdk", [SHOP])
    assert parse_uses(uses_file(uses), "uses.json") == uses

import pytest

from leastgrant.iam.pattern import ANY, Pattern
from leastgrant.knowledge.call import Fires, Trigger


@pytest.mark.parametrize(
    ("trigger", "properties", "fires"),
    [
        ("VpcConfig", {"VpcConfig": {}}, Fires.YES),
        ("VpcConfig", {}, Fires.NO),
        ("VpcConfig", {"VpcConfig": None}, Fires.NO),
        ("VpcConfig", {"VpcConfig": {"Ref": "AWS::NoValue"}}, Fires.NO),
        ("Policies", {"Policies": []}, Fires.NO),
        ("Targets/RoleArn", {"Targets": [{"Arn": "a"}, {"Arn": "b", "RoleArn": "r"}]}, Fires.YES),
        ("Targets/RoleArn", {"Targets": [{"Arn": "a"}]}, Fires.NO),
        ("Targets/RoleArn", {"Targets": []}, Fires.NO),
        ("VPCs/1", {"VPCs": [{"VPCId": "a"}]}, Fires.NO),
        ("VPCs/1", {"VPCs": [{"VPCId": "a"}, {"VPCId": "b"}]}, Fires.YES),
        ("VPCs/1", {"VPCs": [{"VPCId": "a"}, {"Ref": "AWS::NoValue"}]}, Fires.NO),
        ("VPCs/1/VPCId", {"VPCs": [{"VPCId": "a"}, {"VPCRegion": "b"}]}, Fires.NO),
        ("Enabled=true", {"Enabled": True}, Fires.YES),
        ("Enabled=true", {"Enabled": "true"}, Fires.YES),
        ("Enabled=true", {"Enabled": False}, Fires.NO),
        ("Type=Image|Zip", {"Type": "Zip"}, Fires.YES),
        ("Type=Image|Zip", {"Type": "Other"}, Fires.NO),
        ("Count=1", {"Count": 1}, Fires.YES),
        ("Arn=arn:aws:sns:*", {"Arn": "arn:aws:sns:eu-west-1:1:t"}, Fires.YES),
        ("Arn=arn:aws:sns:*", {"Arn": "arn:aws:sqs:eu-west-1:1:q"}, Fires.NO),
        ("Arn=arn:aws:sns:*", {"Arn": Pattern.parse("arn:aws:sns:*:t")}, Fires.YES),
        ("Arn=arn:aws:sns:*", {"Arn": Pattern.parse("arn:aws:sqs:*")}, Fires.NO),
        ("Arn=arn:aws:sns:*", {"Arn": Pattern.parse("arn:aws:s?s:*")}, Fires.PERHAPS),
    ],
)
def test_a_trigger_fires_when_its_property_is_set(trigger: str, properties: dict[str, object], fires: Fires):
    assert Trigger.parse(trigger).fires(properties) is fires


@pytest.mark.parametrize(
    "unknown",
    [{"Fn::If": ["C", {}, {"Ref": "AWS::NoValue"}]}, {"Ref": "Parameter"}, ANY, object(), "built artefact"],
)
def test_what_is_not_known_counts_as_set(unknown: object):
    assert Trigger.parse("Code/S3Bucket").fires({"Code": unknown}) is Fires.YES
    assert Trigger.parse("Code").fires({"Code": unknown}) is Fires.YES
    assert Trigger.parse("Code/1").fires({"Code": unknown}) is Fires.YES


@pytest.mark.parametrize("unknown", [{"Fn::GetAtt": ["F", "Arn"]}, ANY, object()])
def test_a_value_that_is_not_known_may_be_any(unknown: object):
    assert Trigger.parse("Arn=arn:aws:sns:*").fires({"Arn": unknown}) is Fires.PERHAPS


@pytest.mark.parametrize("text", ["VpcConfig", "Targets/RoleArn", "Type=Image|Zip"])
def test_a_trigger_is_written_as_it_is_read(text: str):
    assert str(Trigger.parse(text)) == text

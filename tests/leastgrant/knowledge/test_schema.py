from leastgrant.knowledge.schema import Handler, data_version, type_names, type_schema


def test_a_type_is_read_whole():
    rule = type_schema("AWS::Events::Rule")
    assert rule is not None
    assert (rule.service, rule.noun) == ("Events", "Rule")
    assert rule.handlers[Handler.DELETE] == (
        "events:DeleteRule",
        "events:DescribeRule",
        "events:ListTargetsByRule",
        "events:RemoveTargets",
        "iam:PassRole",
    )
    assert rule.tagging.system_tags
    assert rule.tagging.property == "Tags"
    assert rule.primary_identifier == ("Arn",)
    assert rule.additional_identifiers == (("RuleName",),)
    assert rule.create_only == {"Name"}
    assert rule.conditional_create_only == {"EventBusName"}
    assert rule.read_only == {"Arn", "RuleName"}
    assert {"Targets", "Targets/RoleArn", "Targets/EcsParameters/TaskDefinitionArn"} <= set(rule.properties)
    assert "RoleArn" in rule.properties


def test_an_unknown_type_is_none():
    assert type_schema("AWS::Events::Rul") is None
    assert type_schema("") is None
    assert type_schema('AWS::Events::Rule","handlers') is None


def test_the_data_covers_the_registry():
    names = type_names()
    assert len(names) == data_version().types
    assert list(names) == sorted(set(names))
    schemas = [type_schema(name) for name in names]
    assert sum(1 for schema in schemas if schema and schema.handlers) >= 1600
    assert all(schema and schema.type_name == name for name, schema in zip(names, schemas, strict=True))

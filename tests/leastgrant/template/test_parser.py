"""From document to template: what is kept, and each refusal in its one line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leastgrant.template import (
    DeletionPolicy,
    Environment,
    Output,
    Parameter,
    TemplateError,
    load,
    parse,
    resolve,
)
from leastgrant.template.expression import GetAtt, If, Join, Ref

TEMPLATE = """
Parameters:
  Stage: {Type: String, Default: 1, AllowedValues: [1, true, b]}
Conditions:
  C: !Equals [!Ref Stage, b]
Resources:
  Role:
    Type: AWS::IAM::Role
  Function:
    Type: AWS::Lambda::Function
    Condition: C
    DependsOn: [Role]
    DeletionPolicy: RetainExceptOnCreate
    UpdateReplacePolicy: Retain
    Metadata: {aws:cdk:path: Shop/Function/Resource}
    Properties:
      Role: !GetAtt Role.Arn
      FunctionName: !Sub "${Stage}-f"
Outputs:
  Name:
    Value: !Ref Function
    Condition: C
    Export: {Name: !Ref Stage}
"""


def test_keeps_what_the_template_says() -> None:
    template = parse(TEMPLATE, "t.yaml")
    assert template.source.name == "t.yaml"
    assert template.parameters == {"Stage": Parameter("Stage", "String", "1", ("1", "true", "b"))}
    assert template.outputs == {"Name": Output("Name", Ref("Function"), Ref("Stage"), "C")}
    role, function = template.resources.values()
    assert (role.properties, role.deletion_policy, role.construct_path, role.line) == ({}, None, None, 7)
    assert function.type == "AWS::Lambda::Function"
    assert function.condition == "C"
    assert function.depends_on == ("Role",)
    assert function.deletion_policy is DeletionPolicy.RETAIN_EXCEPT_ON_CREATE
    assert function.update_replace_policy is DeletionPolicy.RETAIN
    assert function.construct_path == "Shop/Function/Resource"
    assert function.line == 9
    assert function.property_lines == {"Role": 17, "FunctionName": 18}
    assert function.properties == {
        "Role": GetAtt("Role", "Arn"),
        "FunctionName": Join("", (Ref("Stage"), "-f")),
    }


REFUSED = [
    ("[1]", "t: must be a map, and is a list"),
    ("", "t: must be a map, and is None"),
    ("Resources: {}", "t: has no Resources; a template declares at least one resource"),
    ("Resources: []", "t:1: Resources: must be a map, and is a list"),
    ("Resources: {R: text}", "t:1: Resources.R: must be a map, and is 'text'"),
    ("Resources: {R: {}}", "t:1: Resources.R: Type is missing; give it as text"),
    ("Resources: {R: {Type: 5}}", "t:1: Resources.R: Type is 5; give it as text"),
    (
        "Resources: {R: {Type: T, Properties: [a]}}",
        "t:1: Resources.R.Properties: must be a map, and is a list",
    ),
    ("Resources: {R: {Type: T, DependsOn: X}}", "t:1: Resources.R.DependsOn: there is no resource 'X'"),
    ("Resources: {R: {Type: T, DependsOn: [{}]}}", "t:1: Resources.R.DependsOn: there is no resource a map"),
    ("Resources: {R: {Type: T, Condition: X}}", "t:1: Resources.R.Condition: no condition 'X' here"),
    (
        "Resources: {R: {Type: T, DeletionPolicy: Keep}}",
        "t:1: Resources.R.DeletionPolicy: 'Keep' is no policy; write one of Delete, Retain, RetainExceptOn",
    ),
    (
        "Parameters: {R: {Type: String}}\nResources: {R: {Type: T}}",
        "t:2: Resources.R: is a parameter's name too; rename one of them",
    ),
    ("Parameters: {P: {}}\nResources: {R: {Type: T}}", "t:1: Parameters.P: Type is missing"),
    (
        "Parameters: {P: {Type: String, Default: {}}}\nResources: {R: {Type: T}}",
        "t:1: Parameters.P.Default: must be text or a number, and is a map",
    ),
    (
        "Parameters: {P: {Type: String, AllowedValues: a}}\nResources: {R: {Type: T}}",
        "t:1: Parameters.P.AllowedValues: must be a list",
    ),
    (
        "Mappings: {M: {a: {b: !Ref R}}}\nResources: {R: {Type: T}}",
        "t:1: Mappings.M.a.b: must be text, a number or a list of these, and is a map",
    ),
    ("Mappings: {M: {a: b}}\nResources: {R: {Type: T}}", "t:1: Mappings.M.a: must be a map, and is 'b'"),
    ("Resources: {R: {Type: T}}\nOutputs: {O: {}}", "t:2: Outputs.O: has no Value; an output needs one"),
    # what is written only when the template is deployed
    (
        "Resources: {R: {Type: AWS::Serverless::Function}}",
        "t:1: Resources.R.Type: 'AWS::Serverless::Function' needs the transform; write `Transform: AWS::",
    ),
    (
        "Resources: {'Fn::ForEach::Loop': [X, [a], {}]}",
        "t:1: Resources.Fn::ForEach::Loop: needs the transform; write `Transform: AWS::LanguageExtensions`",
    ),
    (
        "Transform: {Parameters: {}}\nResources: {R: {Type: T}}",
        "t:1: Transform: must be a transform's name, or a map with Name and Parameters",
    ),
    (
        "Resources: {Fn::Transform: {}}",
        "t:1: Resources.Fn::Transform: must be a transform's name, or a map with Name and Parameters",
    ),
    (
        "Resources: {R: {Type: T, Properties: {Fn::Transform: {Name: M, Parameters: []}, Fn::Sub: x}}}",
        "t:1: Resources.R.Properties.Fn::Sub: is no property",
    ),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_refuses_sections(text: str, message: str) -> None:
    with pytest.raises(TemplateError) as refused:
        parse(text, "t")
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (
            "!Ref Missing",
            "P.Ref: there is no parameter or resource 'Missing' here; correct the name or declare",
        ),
        ("!Ref [a]", "P.Ref: the name must be text, and is a list"),
        ("!Ref AWS::Regoin", "P.Ref: there is no parameter or resource 'AWS::Regoin' here"),
        ("!GetAtt Missing.Arn", "P.Fn::GetAtt: there is no resource 'Missing' here; correct the logical id"),
        ("!GetAtt [R]", "P.Fn::GetAtt: must be the list [logical id, attribute]"),
        ("!GetAtt [[R], Arn]", "P.Fn::GetAtt: the logical id must be text, and is a list"),
        ("!GetAtt AWS::Region.Arn", "P.Fn::GetAtt: there is no resource 'AWS::Region' here"),
        ("!Sub '${Missing}'", "P.Fn::Sub: there is no parameter or resource 'Missing' here"),
        ("!Sub '${Missing.Arn}'", "P.Fn::Sub: there is no resource 'Missing' here"),
        ("!Sub '${}'", "P.Fn::Sub: there is no parameter or resource '' here"),
        ("!Sub ['${A}', {A: !Ref B}]", "P.Fn::Sub[1].A.Ref: there is no parameter or resource 'B' here"),
        ("!Sub ['a']", "P.Fn::Sub: must be the list [text, map of variables]"),
        ("!Sub ['a', [b]]", "P.Fn::Sub[1]: the variables must be a map, and are a list"),
        ("!Sub [[a], {}]", "P.Fn::Sub[0]: the first item must be text, and is a list"),
        ("!Join [[a], [b]]", "P.Fn::Join[0]: the delimiter must be text, and is a list"),
        ("!Join a", "P.Fn::Join: must be the list [delimiter, list]"),
        ("!Split ['', a]", "P.Fn::Split[0]: the delimiter is empty; give at least one letter"),
        ("!Select [0]", "P.Fn::Select: must be the list [index, list]"),
        ("!If [C, a]", "P.Fn::If: must be the list [condition, value if true, value if false]"),
        ("!If [Missing, a, b]", "P.Fn::If[0]: no condition 'Missing' here"),
        ("!If [!Ref R, a, b]", "P.Fn::If[0]: the condition's name must be text, and is a map"),
        ("!FindInMap [Missing, a, b]", "P.Fn::FindInMap[0]: there is no mapping 'Missing'; correct the name"),
        ("!FindInMap [a, b]", "P.Fn::FindInMap: must be the list [map, top key, second key]"),
        (
            "!FindInMap [M, a, b, c]",
            'P.Fn::FindInMap[3]: the fourth item must be the map {"DefaultValue": value}',
        ),
        ("{Fn::Foo: a}", "P.Fn::Foo: is no function for properties; these are: Ref, Fn::Base64, Fn::Cidr"),
        ("{Fn::Equals: [a, b]}", "P.Fn::Equals: is no function for properties"),
        ("{Fn::Sub: a, b: c}", "P: has Fn::Sub beside 'b'; a function must be the only key"),
        (
            "{Fn::ForEach::L: [X, [a], {}]}",
            "P.Fn::ForEach::L: needs the transform; write `Transform: AWS::LanguageExtensions`",
        ),
        ("[{a: !Ref Missing}]", "P[0].a.Ref: there is no parameter or resource 'Missing' here"),
        ("{a: null}", "P.a: is null, which CloudFormation refuses; give a value or remove the key"),
    ],
)
def test_refuses_expressions(expression: str, message: str) -> None:
    text = f"""
Mappings: {{M: {{a: {{b: c}}}}}}
Conditions: {{C: !Equals [a, b]}}
Resources:
  R:
    Type: A::B::C
    Properties:
      P: {expression}
"""
    with pytest.raises(TemplateError) as refused:
        parse(text, "t")
    assert str(refused.value).startswith(f"t:8: Resources.R.Properties.{message}")


def test_accepts_language_extensions() -> None:
    text = "Transform: AWS::LanguageExtensions\nResources: {R: {Type: T, Properties: {P: !Length [a]}}}"
    properties = resolve(parse(text, "t"), Environment()).resource("R").properties
    assert properties == {"P": 1}


def test_an_if_in_place_of_the_properties_is_one_on_each() -> None:
    text = """
Parameters: {Stage: {Type: String}}
Conditions: {C: !Equals [!Ref Stage, prod]}
Resources:
  R:
    Type: T
    Properties: !If [C, {Both: then, One: then}, {Both: otherwise, Other: otherwise}]
"""
    absent = Ref("AWS::NoValue")
    template = parse(text, "t")
    assert template.resources["R"].properties == {
        "Both": If("C", "then", "otherwise"),
        "One": If("C", "then", absent),
        "Other": If("C", absent, "otherwise"),
    }
    for stage, properties in (
        ("prod", {"Both": "then", "One": "then"}),
        ("dev", {"Both": "otherwise", "Other": "otherwise"}),
    ):
        resolved = resolve(template, Environment(), {"Stage": stage}).resource("R").properties
        assert {name: str(value) for name, value in resolved.items()} == properties


def test_load_names_the_file(tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("t") / "app.yaml"
    file.write_text(TEMPLATE)
    assert load(file) == load(str(file))
    file.write_text("Resources:\n  R: {Type: 5}\n")
    with pytest.raises(TemplateError, match=r"app\.yaml:2: Resources\.R: Type is 5; give it as text"):
        load(file)


keys = st.sampled_from(["Type", "Properties", "Default", "Value", "Condition", "DependsOn", "R", "Ref"])
sections = st.sampled_from(["Resources", "Conditions", "Mappings", "Outputs", "Parameters", "Transform"])
functions = st.sampled_from(
    [
        "Sub",
        "GetAtt",
        "Transform",
        "ForEach::L",
        "ToJsonString",
        "If",
        "Join",
        "Select",
        "Split",
        "FindInMap",
        "Equals",
        "Not",
    ]
)
names = keys | sections | functions.map("Fn::".__add__)
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-2, 3)
    | st.sampled_from(["", "R", "C", "${R}", "R.Arn", "T", "AWS::LanguageExtensions"])
)
trees = st.recursive(leaves, lambda of: st.lists(of, max_size=3) | st.dictionaries(names, of, max_size=3))
resources = st.fixed_dictionaries({"Type": st.just("A::B::C"), "Properties": st.dictionaries(names, trees)})


@given(
    st.dictionaries(names, trees, max_size=4),
    st.dictionaries(st.sampled_from(["R", "C"]), resources | trees, max_size=2),
    st.dictionaries(st.just("C"), trees, max_size=1),
)
def test_any_tree_is_resolved_or_refused(
    top: dict[str, object], some: dict[str, object], conditions: dict[str, object]
) -> None:
    text = json.dumps({**top, "Resources": some, "Conditions": conditions})
    refusal = None
    try:
        list(resolve(parse(text, "t"), Environment()))
    except TemplateError as error:
        refusal = str(error)
    assert refusal is None or (refusal.startswith("t:") and refusal.isprintable())


def test_a_policy_that_a_function_writes_is_none():
    role: dict[str, Any] = {"Type": "AWS::IAM::Role", "DeletionPolicy": {"Ref": "Keep"}}
    template = {"Parameters": {"Keep": {"Type": "String"}}, "Resources": {"R": role}}
    for whole in (template, {"Transform": "AWS::LanguageExtensions", **template}):
        assert parse(json.dumps(whole), "t").resources["R"].deletion_policy is None
    role["DeletionPolicy"]["Ref"] = "Absent"
    with pytest.raises(TemplateError, match=r"DeletionPolicy\.Ref: there is no parameter or resource 'Absent'"):
        parse(json.dumps({"Transform": "AWS::LanguageExtensions", **template}), "t")

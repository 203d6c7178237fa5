"""Small proofs, from resources and statements."""

import json
from typing import Any

from leastgrant.iam.pattern import Pattern
from leastgrant.proof.needs import Use
from leastgrant.proof.prove import Proof, prove
from leastgrant.role import role_of_template
from leastgrant.template import Environment, parse, resolve

EVIL = "<script>alert('x')</script>|`@org` ](http://evil) \x1b[31m\u202e"


def make_proof(resources: dict[str, Any], statements: list[dict[str, Any]], *uses: Use) -> Proof:
    policy = {"PolicyName": "deploy", "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}
    trusted = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    trust = {"Version": "2012-10-17", "Statement": trusted}
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust, "Policies": [policy]}}
    templates = [
        resolve(
            parse(json.dumps({"Resources": declared}, indent=1), name),
            Environment("aws", "eu-west-1", "123456789012", stack),
        )
        for declared, name, stack in ((resources, "out/app.json", "app"), ({"Deploy": role}, "out/role.json", "ci"))
    ]
    return prove(role_of_template(templates[1]), templates[:1], uses=uses, namespaces=[Pattern.parse("arn:aws:*app*")])

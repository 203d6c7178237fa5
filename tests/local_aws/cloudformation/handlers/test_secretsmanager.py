"""Secrets, from the template to Secrets Manager's own answers."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.cloudformation.handler import Services
from local_aws.cloudformation.handlers.secretsmanager import SecretsManagerSecret

NAME = "dataops/portal-secret"
PROPERTIES: dict[str, Any] = {
    "Description": "Of the portal",
    "GenerateSecretString": {"ExcludePunctuation": True, "PasswordLength": 48},
    "Name": NAME,
    "Tags": [{"Key": "App", "Value": "DataOps"}],
}


@pytest.fixture
def handler(services: Services) -> SecretsManagerSecret:
    return SecretsManagerSecret(services)


@pytest.fixture
def client(services: Services) -> Any:
    return services.client("secretsmanager")


def value(client: Any) -> str:
    return client.get_secret_value(SecretId=NAME)["SecretString"]


def described(client: Any) -> tuple[str, dict[str, str]]:
    """The description and the tags."""
    secret = client.describe_secret(SecretId=NAME)
    return secret.get("Description", ""), {tag["Key"]: tag["Value"] for tag in secret.get("Tags", ())}


def test_a_secret_is_made_found_and_deleted(handler: SecretsManagerSecret, client: Any, tags: dict[str, str]) -> None:
    physical = handler.create(NAME, PROPERTIES, tags)
    arn = client.describe_secret(SecretId=NAME)["ARN"]
    assert (physical.name, physical.ref, physical.arn, physical.attributes) == (NAME, arn, arn, {"Id": arn})
    assert handler.identifier(PROPERTIES) == {"Id": NAME}
    assert handler.identifier({}) is None
    assert handler.find({"Id": NAME}) == handler.find({"Id": arn}) == physical
    assert len(value(client)) == 48
    assert value(client).isalnum()
    assert described(client) == ("Of the portal", {"App": "DataOps", **tags})
    handler.delete(physical, {})
    handler.delete(physical, {})
    assert handler.find({"Id": NAME}) is None
    handler.create(NAME, {}, {})  # the name is free again at once


def test_a_secret_that_waits_to_be_deleted_is_not_found(handler: SecretsManagerSecret, client: Any) -> None:
    handler.create(NAME, PROPERTIES, {})
    client.delete_secret(SecretId=NAME)
    assert handler.find({"Id": NAME}) is None


def test_a_generated_value_outlives_updates_of_all_else(
    handler: SecretsManagerSecret, client: Any, tags: dict[str, str]
) -> None:
    physical = handler.create(NAME, PROPERTIES, tags)
    client.put_secret_value(SecretId=NAME, SecretString="put by hand")
    after = {**PROPERTIES, "Description": "Of another", "Tags": [{"Key": "Class", "Value": "Secret"}]}
    assert handler.update(physical, PROPERTIES, after, tags) == physical
    assert described(client) == ("Of another", {"Class": "Secret", **tags})
    handler.update(physical, after, {"GenerateSecretString": PROPERTIES["GenerateSecretString"]}, {})
    assert described(client)[0] == ""
    assert value(client) == "put by hand"


def test_a_value_is_generated_anew_when_its_rules_change(handler: SecretsManagerSecret, client: Any) -> None:
    physical = handler.create(NAME, PROPERTIES, {})
    handler.update(physical, PROPERTIES, {"GenerateSecretString": {"PasswordLength": 50}}, {})
    assert len(value(client)) == 50


def test_a_value_outlives_the_property_that_gave_it(handler: SecretsManagerSecret, client: Any) -> None:
    physical = handler.create(NAME, {"SecretString": "given"}, {})
    assert value(client) == "given"
    handler.update(physical, {"SecretString": "given"}, {}, {})
    assert value(client) == "given"


def test_a_password_within_a_template(handler: SecretsManagerSecret, client: Any) -> None:
    within = {"SecretStringTemplate": '{"user": "admin"}', "GenerateStringKey": "password", "PasswordLength": 20}
    handler.create(NAME, {"GenerateSecretString": within}, {})
    made = json.loads(value(client))
    assert made["user"] == "admin"
    assert len(made["password"]) == 20


def test_a_secret_of_the_same_name_is_refused_and_stays(handler: SecretsManagerSecret, client: Any) -> None:
    handler.create(NAME, {"SecretString": "given"}, {})
    with pytest.raises(ClientError, match=r"ResourceExistsException.*already exists"):
        handler.create(NAME, PROPERTIES, {})
    assert value(client) == "given"

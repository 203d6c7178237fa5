"""A login that the role's trust refuses: what the token says and what is trusted, not a permission to ask for."""

import json
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from ops.aws.account import Account
from ops.cli import main
from ops.project.deployment import Deployment
from settings import Settings

ROLE = "arn:aws:iam::817685572750:role/dataops-github-actions-deploy"
TRUSTED = "repo:DataTalksClub/dataops:ref:refs/heads/main"
REFUSED = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
NOT_TRUSTED = f"AssumeRoleWithWebIdentity: refused: the role's trust does not accept the token ({REFUSED})"


def token(subject: object, audience: str = "sts.amazonaws.com") -> str:
    payload = urlsafe_b64encode(json.dumps({"sub": subject, "aud": audience}).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{payload}.c2lnbmVk"


DEEP = f"a.{urlsafe_b64encode(b'[' * 99_999).decode()}.c"


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The file of the token that AWS refuses."""

    def open_account(_: Settings) -> Account:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": REFUSED}}, "AssumeRoleWithWebIdentity")

    monkeypatch.setattr("ops.cli.open_account", open_account)
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    return tmp_path / "token"


def said(deployment: Deployment, capsys: pytest.CaptureFixture[str], assembly: Path | None = None) -> str:
    assert main(["smoke", "--assembly", str(assembly or deployment.directory)]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert "you need" not in told.err
    return told.err


def test_a_subject_that_is_not_trusted(
    deployment: Deployment, refused: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    subject = "repo:DataTalksClub/dataops:environment:production"
    refused.write_text(token(subject))
    told = said(deployment, capsys)
    page = "see docs/runbook/refused-login.md"
    assert told == f"ops: {NOT_TRUSTED}: its subject is {subject}, and the role trusts {TRUSTED} alone; {page}\n"
    assert token(subject) not in told


def test_an_audience_that_is_not_trusted(
    deployment: Deployment, refused: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused.write_text(token(TRUSTED, "https://github.com/DataTalksClub"))
    told = "its audience is https://github.com/DataTalksClub, and the role trusts sts.amazonaws.com alone; see"
    assert told in said(deployment, capsys)


def test_a_subject_that_should_be_trusted(
    deployment: Deployment, refused: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused.write_text(token(TRUSTED))
    assert "the role in the account is another, or there is none: run ops preflight" in said(deployment, capsys)


def test_another_role(
    deployment: Deployment, refused: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    refused.write_text(token(TRUSTED))
    for another in (f"{ROLE}er", ROLE.replace("817685572750", "999999999999")):
        monkeypatch.setenv("AWS_ROLE_ARN", another)
        assert f"AWS_ROLE_ARN is {another}, and the deploy role is {ROLE}; see" in said(deployment, capsys)


@pytest.mark.parametrize("text", [None, "", "no token", "a.b.c", "a.bnVsbA.c", "a.e30.c", "a.\xe4.c", DEEP])
def test_a_token_that_cannot_be_read(
    deployment: Deployment, refused: Path, capsys: pytest.CaptureFixture[str], text: str | None
) -> None:
    if text is not None:
        refused.write_text(text)
    assert "its claims are not to be read here (AWS_WEB_IDENTITY_TOKEN_FILE); see" in said(deployment, capsys)


def test_without_an_assembly(
    deployment: Deployment, refused: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    refused.write_text(token(TRUSTED))
    told = said(deployment, capsys, tmp_path)
    assert f"its subject is {TRUSTED}; what the role trusts is not known here: {tmp_path}/manifest.json: " in told


def test_another_denied_call_is_a_permission(
    deployment: Deployment, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_account(_: Settings) -> Account:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetCallerIdentity")

    monkeypatch.setattr("ops.cli.open_account", open_account)
    assert main(["smoke", "--assembly", str(deployment.directory)]) == 2
    assert "you need sts:GetCallerIdentity" in capsys.readouterr().err

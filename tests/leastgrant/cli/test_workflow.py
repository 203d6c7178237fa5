"""`leastgrant workflow`, from the files to the exit status."""

import json
from pathlib import Path

import pytest

from tests.leastgrant.cli.conftest import Run
from tests.leastgrant.workflow.contract import ACCOUNT, DEPLOY

ROLE = Path(__file__).parents[3] / "docs" / "examples" / "role.yaml"
FACTS = ["--repository", "acme/shop", "--default-branch", "main", "--region", "eu-west-1"]
CHECK = ["workflow", "--role", ROLE, "--account", ACCOUNT, *FACTS]


@pytest.fixture
def deploy(tmp_path: Path) -> Path:
    path = tmp_path / "deploy.yml"
    path.write_text(DEPLOY)
    return path


def test_it_fits(run: Run, deploy: Path):
    result = run(*CHECK, "--assumed-by", "deploy.yml:deploy", deploy)
    assert (result.status, result.out, result.err) == (0, "Proved: 1 workflow, 1 job.\n", "")


@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_it_does_not_fit(run: Run, deploy: Path, form: str):
    deploy.write_text(DEPLOY.replace("    steps:", "    environment: production\n    steps:"))
    result = run(*CHECK, "--format", form, deploy)
    assert result.status == 1
    assert "its token's subject is `repo:acme/shop:environment:production`" in " ".join(result.out.split())
    assert form == "text" or json.loads(result.out)


def test_the_longest_session_is_the_templates(run: Run, deploy: Path, tmp_path: Path):
    role = tmp_path / "role.yaml"
    role.write_text(
        ROLE.read_text().replace("RoleName: deployer", "RoleName: deployer\n      MaxSessionDuration: 7200")
    )
    deploy.write_text(DEPLOY + "          role-duration-seconds: 7200\n")
    assert run(*CHECK, deploy).status == 1
    assert run("workflow", "--role", role, "--account", ACCOUNT, *FACTS, deploy).status == 0


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["workflow"],
            "leastgrant workflow: the following arguments are required: WORKFLOW, --role, --repository, --d",
        ),
        ([*CHECK[:3], *FACTS, "x.yml"], "give the account, region and parameters it depends on"),
        ([*CHECK, "nowhere.yml"], "nowhere.yml: cannot be read: No such file or directory"),
        (
            [*CHECK[:5], "--repository", "shop", *FACTS[2:], "DEPLOY"],
            "workflow: 'shop' is no repository; write OWNER/NAME",
        ),
        ([*CHECK, "--assumed-by", "deploy", "DEPLOY"], "workflow: 'deploy' names no job; write FILE.yml:JOB"),
        ([*CHECK, "--variable", "X", "DEPLOY"], "argument --variable: 'X' gives no parameter a value; write KEY=VALUE"),
        (
            [*CHECK, "--role-arn", "arn:aws:iam::*:role/x", "DEPLOY"],
            "--role-arn: the template does not tell the role's",
        ),
        ([*CHECK[:3], "--account", ACCOUNT, *FACTS[:4], "DEPLOY"], "--region: is needed, as the jobs must work in it"),
        (
            ["workflow", "--role", "policy.json", "--role-arn", f"arn:aws:iam::{ACCOUNT}:role/x", *FACTS, "DEPLOY"],
            "no trust",
        ),
    ],
)
def test_what_cannot_be_used_is_one_line(run: Run, deploy: Path, arguments: list[object], line: str):
    result = run(*(deploy if one == "DEPLOY" else one for one in arguments))
    assert (result.status, result.out, result.err.count("\n")) == (2, "", 1)
    assert line in result.err


def test_the_account_is_that_of_the_roles_arn(run: Run, deploy: Path):
    assert run(*CHECK[:3], *FACTS, "--role-arn", f"arn:aws:iam::{ACCOUNT}:role/deployer", deploy).status == 0


def test_a_malformed_file_names_file_line_and_key(run: Run, deploy: Path):
    deploy.write_text(DEPLOY.replace("id-token: write", "id-token: yes"))
    result = run(*CHECK, deploy)
    assert (result.status, result.err) == (
        2,
        f"{deploy}:9: jobs.deploy.permissions.id-token: is read, write or none; GitHub takes nothing else\n",
    )


def test_a_folder_a_secret_and_declared_steps(run: Run, tmp_path: Path):
    folder = tmp_path / "workflows"
    folder.mkdir()
    (folder / "deploy.yml").write_text(DEPLOY.replace("arn:aws:iam::123456789012:role/deployer", "${{ secrets.ROLE }}"))
    steps = tmp_path / "steps.yml"
    steps.write_text("deploy.yml:deploy: [aws-actions/configure-aws-credentials]\n")
    told = [*CHECK, "--secret", "ROLE=arn:aws:iam::123456789012:role/deployer", "--region", "us-east-1"]
    assert run(*told, "--steps", steps, folder).status == 0
    assert run(*CHECK, folder).status == 1
    steps.write_text("deploy.yml:deploy: [actions/checkout]\n")
    assert "no step `actions/checkout`" in " ".join(run(*told, "--steps", steps, folder).out.split())
    action = "name: aws-actions/configure-aws-credentials, uses: aws-actions/configure-aws-credentials"
    steps.write_text(f"deploy.yml:deploy: [{{{action}, exact: true, with: {{aws-region: other}}}}]\n")
    shown = " ".join(run(*told, "--steps", steps, "--before-approval", "deploy.yml:deploy", folder).out.split())
    assert "with `aws-region: eu-west-1`, other than declared" in shown
    assert run(*told, "--before-approval", "deploy.yml:deploy", folder).err.endswith(
        "'deploy.yml:deploy' has the role before the approval: declare its steps\n"
    )
    steps.write_text("deploy.yml:deploy: [{runs: x}]\n")
    result = run(*told, "--steps", steps, folder)
    assert (result.status, result.err.count("\n")) == (2, 1)
    assert "`name` is missing" in result.err

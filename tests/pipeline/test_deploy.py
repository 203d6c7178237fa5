"""The deploy job's own steps, against the embedded AWS: each refusal stops them in time, and they deploy the app.

In this order: a refusal must leave the account as it is, so that the deployment after it finds it so.
"""

import copy
import io
import json
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from local_aws.gateway import Fault
from local_aws.wire import ApiCall, AwsError
from ops.project.deployment import Deployment
from rehearsal.acts import two_more
from rehearsal.pipeline_calls import calls_of, refused, undeclared
from rehearsal.stage import Ran
from tests.pipeline.conftest import APPROVED, TEXT, Pipeline
from tests.pipeline.github import Job
from tests.pipeline.stand_ins import HOSTILE

Edit = Callable[[dict[str, Any]], dict[str, Any]]
FIRST = ("download", "digest", "tools", "login")
PREPARE = ("current", *FIRST, "preflight", "prepare", "review")
DEPLOY = ("approval", *FIRST, "execute", "watch", "code", "seed", "smoke")


def sealed(pipeline: Pipeline, name: str, edit: Edit) -> tuple[Path, str]:
    """Another cloud assembly, as if the checks had sealed it: where it is kept, and its digest."""
    store = pipeline.directory / f"{name}-artifacts" / "cdk.out"
    store.mkdir(parents=True)
    assembly = pipeline.stage.variants.edited(name, "DataOps", edit)
    with tarfile.open(store / "cdk.out.tar", "w") as tar:
        tar.add(assembly, "cdk.out")
    return store.parent, sha256((store / "cdk.out.tar").read_bytes()).hexdigest()


@pytest.fixture(scope="session")
def prepared(pipeline: Pipeline) -> Job:
    """The job before the approval, which nothing stopped."""
    job = pipeline.job("prepare")
    assert not job.failed, job.log
    return job


def stopped(
    pipeline: Pipeline, step: str, *said: str, prepared: Job | None = None, executed: int = 0, **options: Any
) -> Job:
    """A run that must stop at a step, with the reason on the summary; one that is prepared already, after that."""
    before = pipeline.executed()
    job = pipeline.deploy(**options) if prepared is None else pipeline.job("deploy", prepared=prepared, **options)
    assert {name for name, outcome in job.outcomes.items() if outcome == "failure"} >= {step}, job.log
    steps = DEPLOY if "execute" in job.outcomes else PREPARE
    assert {job.outcomes[name] for name in steps[steps.index(step) + 1 :] if name != "watch"} <= {"skipped"}
    assert f"## Stopped at `{step}`" in job.summary
    assert ("Nothing was executed." in job.summary) is (executed == 0 and step != "execute")
    assert all(part in job.summary for part in said), job.summary
    assert pipeline.executed() - before == executed
    return job


@pytest.mark.parametrize(
    ("reviews", "head", "said"),
    [
        (APPROVED, "6" * 40, "refused: stale approval: it is of 5555"),
        ([], "5" * 40, "refused: nobody approved this run"),
        ([APPROVED[0] | {"state": "rejected"}], "5" * 40, "refused: nobody approved this run"),
        ([APPROVED[0] | {"environments": [{"name": "docs"}]}], "5" * 40, "refused: nobody approved this run"),
    ],
)
def test_an_approval_that_is_not_current(
    pipeline: Pipeline, prepared: Job, reviews: object, head: str, said: str
) -> None:
    stopped(pipeline, "approval", said, prepared=prepared, reviews=reviews, head=head)


def test_the_approver_sees_what_would_be_executed(prepared: Job) -> None:
    assert "### The review\n\n```text\nSAFE: deploy-77" in prepared.summary
    assert "is the sealed code" in prepared.summary
    assert "## Ready to be approved\n\nNothing was executed." in prepared.summary
    assert prepared.outputs["review.change_set"].startswith("arn:aws:cloudformation:eu-west-1:817685572750:changeSet/")
    assert prepared.outputs["review.execution"] == "AVAILABLE"


def test_a_commit_that_is_not_the_newest_is_not_prepared(pipeline: Pipeline) -> None:
    stopped(pipeline, "current", "refused: stale commit: this run is of 5555", head="6" * 40)


@pytest.mark.parametrize("digest", ["0" * 64, "", "$(touch pwned)", "'; touch pwned; '", "`touch pwned`\n"])
def test_another_digest(pipeline: Pipeline, digest: str) -> None:
    stopped(pipeline, "digest", "the cloud assembly is not the one that was approved", digest=digest)


def test_another_digest_after_the_approval(pipeline: Pipeline, prepared: Job) -> None:
    stopped(pipeline, "digest", "cdk.out.tar: FAILED", prepared=prepared, digest="0" * 64)
    assert not (pipeline.workspace / "pwned").exists()


def test_an_artifact_that_brings_programs(pipeline: Pipeline) -> None:
    """It is of the run, and what verifies it is of the commit."""
    store, _ = sealed(pipeline, "programs", lambda template: template | {"Description": "changed"})
    for path in (".github/scripts/summarised.py", "Makefile"):
        planted = store / "cdk.out" / path
        planted.parent.mkdir(parents=True, exist_ok=True)
        planted.write_text("open('pwned', 'w')\n")
    before = (pipeline.workspace / "Makefile").read_text()
    stopped(pipeline, "digest", "cdk.out.tar: FAILED", sealed=store)
    assert (pipeline.workspace / "Makefile").read_text() == before
    assert not any(pipeline.directory.rglob("pwned"))


def test_an_artifact_that_is_not_there_any_more(pipeline: Pipeline, tmp_path: Path) -> None:
    stopped(pipeline, "download", "what the checks sealed is not there", sealed=tmp_path)


def test_what_was_sealed_in_another_attempt_cannot_be_approved(pipeline: Pipeline, prepared: Job) -> None:
    stopped(pipeline, "current", "made anew in attempt 2 of this run", attempt="2")
    stopped(pipeline, "approval", "made anew in attempt 2 of this run", prepared=prepared, attempt="2")


def test_a_hostile_setting(pipeline: Pipeline) -> None:
    settings = pipeline.workspace / "cdk.json"
    before = settings.read_text()
    hostile = json.loads(before)
    hostile["context"]["appStackName"] = HOSTILE
    settings.write_text(json.dumps(hostile))
    job = pipeline.job("checks", left_out=frozenset({"Lint and test", "Build the functions"}))
    settings.write_text(before)
    assert "settings: appStackName: " in job.summary
    assert job.outcomes["seal"] == "skipped"
    assert not (pipeline.workspace / "pwned").exists()


def test_an_assembly_that_was_changed_after_the_approval(pipeline: Pipeline) -> None:
    store, _ = sealed(pipeline, "changed", lambda template: template | {"Description": "changed"})
    stopped(pipeline, "digest", "cdk.out.tar: FAILED", sealed=store)


def test_a_job_with_another_subject(pipeline: Pipeline, prepared: Job) -> None:
    with_environment = TEXT.replace("    name: Deploy dataops-v1\n", "    environment: production\n")
    assert with_environment != TEXT
    job = stopped(pipeline, "login", "the role does not trust this job", prepared=prepared, workflow=with_environment)
    assert "Not authorized to perform sts:AssumeRoleWithWebIdentity" in job.log


@pytest.fixture
def orphan(pipeline: Pipeline) -> Iterator[str]:
    """A table outside the stack, with a name that the stack is about to use."""
    dynamodb = pipeline.stage.client("dynamodb")
    dynamodb.create_table(
        TableName="dataops-v1-intake",
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield "DataOpsIntakeTable (AWS::DynamoDB::Table dataops-v1-intake)"
    dynamodb.delete_table(TableName="dataops-v1-intake")


def test_a_preflight_that_finds_something(pipeline: Pipeline, orphan: str) -> None:
    stopped(pipeline, "preflight", f"{orphan} exists outside dataops-v1")


def test_a_change_set_that_replaces_a_table(pipeline: Pipeline) -> None:
    def replacing(template: dict[str, Any]) -> dict[str, Any]:
        changed = copy.deepcopy(template)
        changed["Resources"]["DataOpsTasksTable"]["Properties"]["TableName"] = "dataops-v1-tasks-2"
        return changed

    store, digest = sealed(pipeline, "replacing", replacing)
    job = stopped(pipeline, "review", "REFUSED: ", "DataOpsTasksTable", sealed=store, digest=digest)
    name = job.resolved(job.definition["env"]["CHANGE_SET"])
    pipeline.stage.client("cloudformation").delete_change_set(StackName="dataops-v1", ChangeSetName=name)


def code_of(template: dict[str, Any], function: str) -> dict[str, str]:
    return template["Resources"][function]["Properties"]["Code"]


def poison(s3: Any, place: dict[str, str]) -> tuple[str, Callable[[], object]]:
    """Put another archive in a place: the one that is there, and a line more; the file, and how to put it back."""
    bucket, key = place["S3Bucket"], place["S3Key"]
    before = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    with zipfile.ZipFile(io.BytesIO(before)) as sealed_code:
        files = {one: sealed_code.read(one) for one in sealed_code.namelist()}
    first = min(files)
    files[first] += b"\n// and one line more\n"
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    s3.put_object(Bucket=bucket, Key=key, Body=written.getvalue())
    return first, lambda: s3.put_object(Bucket=bucket, Key=key, Body=before)


@pytest.fixture
def poisoned(pipeline: Pipeline) -> Iterator[str]:
    """Another archive in the place of a function's code."""
    place = code_of(pipeline.stage.variants.template("DataOps"), "WorkEngineFunction")
    first, put_back = poison(pipeline.stage.client("s3"), place)
    yield first
    put_back()


def test_a_poisoned_object_that_is_there_before(pipeline: Pipeline, prepared: Job, poisoned: str) -> None:
    """The CDK CLI uploads nothing to a key that is there."""
    assert prepared
    said = (" is not the sealed code:", f"'{poisoned}' has another SHA-256")
    stopped(pipeline, "review", "REFUSED: deploy-77", *said)


def test_an_object_that_is_poisoned_after_the_approval(pipeline: Pipeline, prepared: Job, poisoned: str) -> None:
    said = (" is not the sealed code:", f"'{poisoned}' has another SHA-256", "It is not executed")
    stopped(pipeline, "execute", *said, prepared=prepared)


def test_another_change_set_of_the_same_name(pipeline: Pipeline) -> None:
    """It is named by its id, so that one which takes its place is not executed."""
    first = pipeline.job("prepare")
    cloudformation, name = (
        pipeline.stage.client("cloudformation"),
        first.resolved(first.definition["env"]["CHANGE_SET"]),
    )
    cloudformation.delete_change_set(StackName="dataops-v1", ChangeSetName=name)
    template = copy.deepcopy(pipeline.stage.variants.template("DataOps"))
    template["Resources"]["WorkEngineFunction"]["Properties"]["Timeout"] = 31
    cloudformation.create_change_set(
        StackName="dataops-v1",
        ChangeSetName=name,
        TemplateBody=json.dumps(template),
        Parameters=[],
        Capabilities=["CAPABILITY_IAM"],
    )
    stopped(pipeline, "execute", "has no change set", prepared=first)
    cloudformation.delete_change_set(StackName="dataops-v1", ChangeSetName=name)


def test_the_app_is_deployed(pipeline: Pipeline) -> None:
    job = pipeline.deploy()
    assert set(job.outcomes.values()) == {"success"}, job.log
    assert "## Deployed\n\nThe change set was executed. The smoke tests passed." in job.summary
    assert pipeline.executed() == 1
    assert not (pipeline.workspace / "pwned").exists()
    assert pipeline.stage.status("dataops-v1") == "UPDATE_COMPLETE"
    assert len(pipeline.stage.client("events").list_rules()["Rules"]) == 2
    assert not any(job.environment[name] in job.summary for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"))


def test_the_role_granted_every_call_that_the_job_made(pipeline: Pipeline) -> None:
    stage = pipeline.stage
    uses = Deployment(stage.settings, stage.variants.original).uses
    calls = calls_of(stage.role_arn, [Ran("cdk and ops, in the job", 0, "", tuple(stage.aws.gateway.recorded))])
    assert calls
    assert list(refused(calls, uses)) == []
    assert list(undeclared(calls, uses)) == []


def test_a_job_that_is_run_again_executes_nothing(pipeline: Pipeline) -> None:
    """Such as one that failed in its smoke tests: what it executed is not executed twice."""
    job = pipeline.job("deploy", prepared=pipeline.last)
    assert not job.failed, job.log
    assert "It was executed already, and nothing is done." in job.summary
    assert pipeline.executed() == 1


def test_deploying_again_executes_nothing(pipeline: Pipeline) -> None:
    job = pipeline.deploy()
    assert not job.failed, job.log
    assert job.outcomes["execute"] == "skipped"
    assert "## Nothing to deploy\n\nNothing was executed. The smoke tests passed." in job.summary


def test_an_object_that_is_poisoned_while_it_is_executed(pipeline: Pipeline) -> None:
    """Lambda reads it after the last review, and the sealed one is there again before anybody else looks."""
    place = code_of(pipeline.stage.variants.template("DataOps"), "DocsFullAppFunction")
    s3, poisonings = pipeline.stage.client("s3"), list[str]()

    def other_code(template: dict[str, Any]) -> dict[str, Any]:
        changed = copy.deepcopy(template)
        code_of(changed, "WorkEngineFunction").update(place)
        return changed

    def while_lambda_reads(call: ApiCall) -> None:
        if (call.service, call.operation) == ("lambda", "UpdateFunctionCode") and not poisonings:
            first, put_back = poison(s3, place)
            poisonings.append(first)
            putting_back.append(put_back)
        elif putting_back and call.service == "lambda":
            putting_back.pop()()

    putting_back = list[Callable[[], object]]()
    store, digest = sealed(pipeline, "other-code", other_code)
    pipeline.stage.aws.gateway.before.append(while_lambda_reads)
    job = stopped(pipeline, "code", " runs other code ", executed=1, sealed=store, digest=digest)
    pipeline.stage.aws.gateway.before.remove(while_lambda_reads)
    assert (job.outcomes["execute"], job.outcomes["watch"]) == ("success", "success")
    assert (len(poisonings), putting_back) == (1, [])
    assert "is the sealed code" in job.summary, "the review saw nothing"
    assert not pipeline.deploy().failed, "the next deployment puts the approved code in its place"


def test_a_deployment_that_fails(pipeline: Pipeline) -> None:
    store, digest = sealed(pipeline, "failing", two_more)
    fails = AwsError("InternalException", "An internal error occurred.", 400)
    pipeline.stage.aws.gateway.faults.append(
        Fault("events", "PutRule", fails, matches=lambda call: "OneMoreSchedule" in call.params["Name"])
    )
    job = stopped(pipeline, "watch", "Cause: ", "OneMoreSchedule", executed=1, sealed=store, digest=digest)
    assert job.outcomes["execute"] == "success"
    assert "seed" in job.outcomes
    assert job.outcomes["smoke"] == "skipped"
    assert pipeline.stage.status("dataops-v1") == "UPDATE_ROLLBACK_COMPLETE"


def test_an_app_that_does_not_answer(pipeline: Pipeline) -> None:
    dynamodb, table = pipeline.stage.client("dynamodb"), "dataops-v1-templates"
    for item in dynamodb.scan(TableName=table)["Items"]:
        dynamodb.delete_item(TableName=table, Key={name: item[name] for name in ("PK", "SK")})
    stopped(pipeline, "smoke", "FAILED", "the app is deployed, but does not answer as it should")


def test_what_is_deployed_is_never_synthesised_again(pipeline: Pipeline) -> None:
    shutil.move(pipeline.workspace / "app.py", pipeline.workspace / "app.py.gone")
    job = pipeline.job("prepare")
    assert job.outcomes["review"] == "success", job.log
    shutil.move(pipeline.workspace / "app.py.gone", pipeline.workspace / "app.py")

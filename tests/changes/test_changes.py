"""What maintainers change, from green to green, with what it takes; and what is stopped at synth, with the sentence.

Beside `make test`, as each synthesises and tests a copy of the project: `make test-changes`.
"""

from pathlib import Path

from tests.changes.playing import (
    ON_ANY_APP,
    add_told_rows,
    be_green,
    by_hand,
    changed,
    make,
    make_snapshots,
    run,
    said,
    synth,
)
from tests.contributing import NewService


def test_a_twelfth_table(project: Path) -> None:
    make(project, "table.diff")
    be_green(project, *ON_ANY_APP)
    assert by_hand(project, "a table") == {"stacks/names.py": 1, "stacks/dataops/tables.py": 1}
    role = (project / "docs" / "deploy-role.md").read_text()
    made = "| `DynamoDbCreateDataOpsTable` | `table/dataops-v1-reminders` |"
    assert made in role, "the role may make this table alone"


def test_another_time_of_the_schedule(project: Path) -> None:
    make(project, "schedule.diff")
    told = add_told_rows(project, "earlier")
    where = "WorkEngineFunctionDailyWorkEngineCron.Properties.ScheduleExpression"
    row = f"| `{where}` | `cron(0 8 * * ? *)` | `cron(15 6 * * ? *)` |"
    assert f"docs/migrating-from-sam.md, between <!-- differences -->: add {row}" in told
    be_green(project)
    taken = by_hand(project, "another time of the schedule")
    assert taken == {"stacks/dataops/schedules.py": 4, "docs/migrating-from-sam.md": 1}


def test_a_queue_that_the_work_engine_consumes_comes_and_goes(project: Path) -> None:
    """By the text of CONTRIBUTING.md, and by what the fixes say; without the visibility, or the role, it is stopped."""
    make(project, "queue.diff")
    inbox = project / "stacks" / "dataops" / "inbox.py"
    right = inbox.read_text()
    inbox.write_text(right.replace("visibility_timeout=Duration.minutes(3)", "visibility_timeout=Duration.seconds(10)"))
    refused = said(synth(project))
    assert "may not sqs:CreateQueue on arn:aws:sqs:eu-west-1:817685572750:dataops-v1-InboxQueue" in refused
    assert "add a file for sqs to stacks/deploy_role/grants, as CONTRIBUTING.md shows" in refused
    assert 'with CREATE_EVENT_SOURCE_MAPPING = "lambda:CreateEventSourceMapping", and grant it by' in refused
    assert "(with the tie of_functions)" in refused
    mapping = "arn:aws:lambda:eu-west-1:817685572750:event-source-mapping:*"
    assert f"granted on {mapping} by StackNamespace.tied with the tie of_functions" in refused
    assert "Deployment-QueueOutlastsItsFunction[VisibilityTimeout::10<30]" in refused
    inbox.write_text(right)

    service = NewService.read()
    service.take(project)
    make(project, "queue_source.diff")
    be_green(project)
    assert "| `SqsDataOpsQueues` | `dataops-v1-*` |" in (project / "docs" / "deploy-role.md").read_text()
    by_hand(project, "a queue with dead letters, which the work engine consumes")

    assert changed(project)
    run(project, "git", "reset", "--quiet")
    make(project, "queue_source.diff", "--reverse")
    service.undo(project)
    make(project, "queue.diff", "--reverse")
    make_snapshots(project)
    assert changed(project) == "", "the templates too, which the snapshots have"


def test_a_topic_and_alarms_on_failing_schedules(project: Path) -> None:
    make(project, "alarm.diff")
    be_green(project)
    by_hand(project, "a topic, and an alarm on a failing schedule")
    role = (project / "docs" / "deploy-role.md").read_text()
    assert "| `SnsDataOpsTopics` | `dataops-v1-*` |" in role
    assert "| `CloudWatchDataOpsAlarms` | `alarm:dataops-v1-*` |" in role


def test_the_work_engine_in_a_vpc(project: Path) -> None:
    make(project, "vpc.diff")
    engine = project / "stacks" / "dataops" / "work_engine.py"
    right = engine.read_text()
    interfaces = '                iam.PolicyStatement(actions=NETWORK_INTERFACES, resources=["*"]),\n'
    engine.write_text(right.replace(interfaces, ""))
    refused = said(synth(project))
    assert "The function is in a VPC, and its role may not make network interfaces there." in refused
    assert "Deployment-FunctionReachesItsVpc[ec2:CreateNetworkInterface]" in refused
    engine.write_text(right)
    boundary = project / "stacks" / "deploy_role" / "function_boundary.py"
    wide = boundary.read_text()
    boundary.write_text(wide.replace('        _statement("Network", NETWORK_INTERFACES, ["*"]),\n', ""))
    bounded = run(project, "python", "-m", "pytest", "tests/stacks/deploy_role/test_thief.py", "-k", "takes_nothing")
    assert "AssertionError: ('WorkEngineFunctionRole', 'ec2:" in bounded.stdout, "the boundary refuses what it needs"
    boundary.write_text(wide)
    add_told_rows(project, "in the network of what it asks")
    be_green(project)
    by_hand(project, "the work engine in a VPC")


def test_a_new_name_of_a_table_is_stopped(project: Path) -> None:
    make(project, "rename.diff")
    refused = synth(project)
    assert refused.returncode != 0
    assert "DataOpsIntakeTable (dataops-v1-intake) is live, and the template has it no more" in said(refused)
    assert "What the template adds is empty: DataOpsInboxTable (AWS::DynamoDB::Table)" in said(refused)
    assert "take DataOpsIntakeTable out of live/resources.json in the same pull request" in said(refused)
    assert "report it as a fault of leastgrant" not in said(refused)
    by_hand(project, "another name of a table, which is stopped")

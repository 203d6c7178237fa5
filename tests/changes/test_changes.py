"""What maintainers change, from green to green, with what it takes; and a loss, stopped at synth.

Beside `make test`, as each synthesises and tests a copy of the project: `make test-changes`.
"""

from pathlib import Path

from tests.changes.playing import be_green, by_hand, make, run, said, synth


def test_a_twelfth_table(project: Path) -> None:
    make(project, "table.diff")
    be_green(project)
    assert by_hand(project) == {"stacks/names.py": 1, "stacks/dataops/tables.py": 1}
    role = (project / "docs" / "deploy-role.md").read_text()
    made = "| `DynamoDbCreateDataOpsTable` | `table/dataops-v1-reminders` |"
    assert made in role, "the role may make this table alone"


def test_another_time_of_the_schedule(project: Path) -> None:
    make(project, "schedule.diff")
    told = run(project, "python", "-m", "pytest", "tests/stacks/test_takeover.py")
    where = "WorkEngineFunctionDailyWorkEngineCron.Properties.ScheduleExpression"
    row = f"| `{where}` | `cron(0 8 * * ? *)` | `cron(15 6 * * ? *)` |"
    assert f"docs/migrating-from-sam.md, between <!-- differences -->: add {row}" in told.stdout
    page = project / "docs" / "migrating-from-sam.md"
    page.write_text(page.read_text().replace("<!-- /differences -->", f"{row} earlier |\n<!-- /differences -->"))
    be_green(project)
    assert by_hand(project) == {"stacks/dataops/schedules.py": 4, "docs/migrating-from-sam.md": 1}


def test_a_new_name_of_a_table_is_stopped(project: Path) -> None:
    make(project, "rename.diff")
    refused = synth(project)
    assert refused.returncode != 0
    assert "DataOpsIntakeTable (dataops-v1-intake) is live, and the template has it no more" in said(refused)
    assert "What the template adds is empty: DataOpsInboxTable (AWS::DynamoDB::Table)" in said(refused)
    assert "take DataOpsIntakeTable out of live/resources.json in the same pull request" in said(refused)
    assert "report it as a fault of leastgrant" not in said(refused)

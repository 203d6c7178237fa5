"""The handler that docs/local-aws.md shows, registered as a package of somebody else does."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws.cloudformation.handler import Fidelity, Services
from local_aws.cloudformation.handlers import handler_of

PAGE = Path("docs/local-aws.md")
KIND = "AWS::Kinesis::Stream"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the page shows, installed."""
    text = PAGE.read_text(encoding="utf-8")
    ((code,), (entry,)) = (re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL) for kind in ("python", "toml"))
    group, line = entry.strip().split("\n")
    assert group == '[project.entry-points."local_aws.handlers"]'
    assert len(code.splitlines()) <= 45
    (tmp_path / "our_handlers.py").write_text(code, encoding="utf-8")
    about = tmp_path / "our_handlers-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: our-handlers\nVersion: 1\n", encoding="utf-8")
    (about / "entry_points.txt").write_text(f"[local_aws.handlers]\n{line.replace(chr(34), '')}\n", encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    handler_of.cache_clear()
    yield
    handler_of.cache_clear()
    sys.modules.pop("our_handlers", None)


def test_the_handler_of_the_page_takes_the_place_of_the_stand_in(package: None, services: Services) -> None:
    del package  # is installed
    handler = handler_of(KIND)(services)
    assert handler.fidelity is Fidelity.REAL
    physical = handler.create("clicks", {"ShardCount": "1"}, {"Stage": "test"})
    assert physical.attributes["Arn"].endswith(":stream/clicks")
    assert handler.find({"Name": "clicks"}) == physical
    handler.update(physical, {"ShardCount": 1}, {"ShardCount": 2}, {"Stage": "prod"})
    kinesis = services.client("kinesis")
    assert kinesis.describe_stream_summary(StreamName="clicks")["StreamDescriptionSummary"]["OpenShardCount"] == 2
    assert kinesis.list_tags_for_stream(StreamName="clicks")["Tags"] == [{"Key": "Stage", "Value": "prod"}]
    handler.delete(physical, {"ShardCount": 2})
    assert handler.find({"Name": "clicks"}) is None


def test_without_it_there_is_the_stand_in() -> None:
    assert handler_of(KIND).fidelity is Fidelity.STOOD_IN

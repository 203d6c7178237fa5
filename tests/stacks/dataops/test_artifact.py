"""An artifact directory holds its handler, and says whether it is a placeholder."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template

from settings import Settings, SettingsError
from stacks.dataops.artifact import PLACEHOLDER_MARK, Artifact
from stacks.dataops.stack import DataOpsStack
from tests.conftest import ROOT

PLACEHOLDERS = ROOT / "stacks" / "dataops" / "placeholders"
HANDLERS = {"docs": "lambda_functions/full_app_handler.py", "engine": "dist/handler.mjs"}


def build(directory: Path, handler: str, text: bytes = b"") -> None:
    (directory / handler).parent.mkdir(parents=True)
    (directory / handler).write_bytes(text)


def test_refuses_a_directory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^docsAppArtifact: .*/none is not a directory; build the artifact"):
        Artifact.read("docsAppArtifact", tmp_path / "none", "handler.py")


def test_refuses_a_directory_without_the_handler(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"^workEngineArtifact: .* has no a\.js or a\.mjs; is it the right artifact"
    ):
        Artifact.read("workEngineArtifact", tmp_path, "a.js", "a.mjs")


def test_refuses_a_directory_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"^docsAppArtifact: (cannot be read \(File name too long\)|.* is not a directory)"
    ):
        Artifact.read("docsAppArtifact", tmp_path / ("a" * 300), "handler.py")


def test_a_placeholder_is_known_by_its_handler_wherever_that_is_copied_to(tmp_path: Path) -> None:
    for name, handler in (("docs_app", "lambda_functions/full_app_handler.py"), ("work_engine", "dist/handler.js")):
        build(tmp_path / name, handler, (PLACEHOLDERS / name / handler).read_bytes())
        assert Artifact.read("docsAppArtifact", tmp_path / name, handler).is_placeholder
    build(tmp_path / "built", "handler.py")
    assert not Artifact.read("docsAppArtifact", tmp_path / "built", "handler.py").is_placeholder


def test_one_placeholder_beside_built_code_makes_a_placeholder(tmp_path: Path) -> None:
    (tmp_path / "handler.js").write_bytes(PLACEHOLDER_MARK)
    (tmp_path / "handler.mjs").write_bytes(b"built")
    for files in (("handler.js", "handler.mjs"), ("handler.mjs", "handler.js")):
        assert Artifact.read("workEngineArtifact", tmp_path, *files).is_placeholder


def test_a_placeholder_leaves_the_template_with_a_parameter_to_ask_for(app_template: dict[str, Any]) -> None:
    parameter = app_template["Parameters"]["DeployPlaceholder"]
    assert "Default" not in parameter
    (assertion,) = app_template["Rules"]["PlaceholderIsAskedForByName"]["Assertions"]
    assert assertion["Assert"] == {"Fn::Equals": [{"Ref": "DeployPlaceholder"}, "dataops-v1"]}


@pytest.mark.parametrize("placeholder", ["docs", "engine", None])
def test_only_built_code_deploys_without_being_asked_for(
    settings: Settings, tmp_path: Path, placeholder: str | None
) -> None:
    for name, handler in HANDLERS.items():
        build(tmp_path / name, handler, PLACEHOLDER_MARK if name == placeholder else b"")
    built = replace(settings, docs_app_artifact="docs", work_engine_artifact="engine")
    template = Template.from_stack(DataOpsStack(App(), built, tmp_path)).to_json()
    assert ("DeployPlaceholder" in template.get("Parameters", {})) == bool(placeholder)


def test_what_python_leaves_behind_is_not_packed(settings: Settings, tmp_path: Path) -> None:
    for name, handler in HANDLERS.items():
        build(tmp_path / name, handler)
    built = replace(settings, docs_app_artifact="docs", work_engine_artifact="engine")

    def packed() -> object:
        return Template.from_stack(DataOpsStack(App(), built, tmp_path)).to_json()["Resources"]["DocsFullAppFunction"]

    before = packed()
    build(tmp_path / "docs", "lambda_functions/__pycache__/full_app_handler.cpython-311.pyc", b"compiled")
    assert packed() == before

"""What was uploaded, against what was sealed: each way to put something else there."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError

from ops.aws.response import decoded
from ops.change_set.change_set import ChangeSet
from ops.change_set.code import code_rulings
from ops.change_set.verdict import ReviewVerdict, Ruling
from ops.project.assembly import AssemblyError
from ops.project.assets import Packaging, sealed_assets
from ops.project.deployment import Deployment
from tests.ops.review_fixtures.change_sets import APP_STACK, change, detail, response

if TYPE_CHECKING:
    from ops.aws.account import Account

FUNCTION = "AWS::Lambda::Function"
OTHER_CODE = change("Modify", "WorkEngineFunction", FUNCTION, detail("Code", Path="/Properties/Code/S3Key"))


@pytest.fixture
def sealed(deployment: Deployment) -> Mapping[str, bytes]:
    """The files of the work engine's code."""
    key = deployment.app.resources["WorkEngineFunction"]["Properties"]["Code"]["S3Key"]
    (asset,) = (one for one in sealed_assets(deployment.app) if one.key == key)
    assert asset.packaging is Packaging.ZIP
    return {
        path.relative_to(asset.path).as_posix(): path.read_bytes() for path in asset.path.rglob("*") if path.is_file()
    }


def archive(files: Mapping[str, bytes], **more: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in {**files, **more}.items():
            made.writestr(name, content)
    return written.getvalue()


def rulings(deployment: Deployment, uploaded: bytes | str, *changes: dict[str, Any]) -> list[Ruling]:
    asked: list[dict[str, str]] = []

    def get_object(**given: str) -> dict[str, object]:
        asked.append(given)
        if isinstance(uploaded, str):
            raise ClientError({"Error": {"Code": uploaded, "Message": uploaded}}, "GetObject")
        return {"Body": io.BytesIO(uploaded)}

    account = cast("Account", SimpleNamespace(settings=deployment.settings, s3=SimpleNamespace(get_object=get_object)))
    change_set = decoded(response(APP_STACK, *changes or (OTHER_CODE,)), ChangeSet, "file.json")
    found = list(code_rulings(account, deployment.app, change_set))
    assert all(one["ExpectedBucketOwner"] == deployment.settings.account for one in asked)
    return found


def test_the_sealed_code(deployment: Deployment, sealed: Mapping[str, bytes]) -> None:
    (found,) = rulings(deployment, archive(sealed))
    assert found.verdict is ReviewVerdict.SAFE
    assert found.reason.startswith("WorkEngineFunction: s3://")
    assert found.reason.endswith(" is the sealed code")


def twice(files: Mapping[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as made:
        for name, content in files.items():
            made.writestr(name, content)
        with pytest.warns(UserWarning, match="Duplicate name"):
            made.writestr(min(files), files[min(files)])
    return written.getvalue()


def linked(files: Mapping[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as made:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o120777 << 16
            made.writestr(entry, content)
    return written.getvalue()


def commented(files: Mapping[str, bytes]) -> bytes:
    written = io.BytesIO(archive(files))
    with zipfile.ZipFile(written, "a") as made:
        made.comment = b"PK"
    return written.getvalue()


def renamed(files: Mapping[str, bytes]) -> bytes:
    """With another name in the file's own header than in the directory."""
    content, name = archive(files), min(files).encode()
    return content.replace(name, b"X" + name[1:], 1)


def hidden(files: Mapping[str, bytes]) -> bytes:
    """With a file that the directory does not have, before those that it has."""
    whole, before = archive(files), archive({"evil.js": b"evil"})
    end = before.index(b"PK\x01\x02")
    return before[:end] + whole


POISON: list[tuple[Callable[[Mapping[str, bytes]], bytes], str]] = [
    (lambda files: archive(files, **{"evil.js": b"evil"}), "'evil.js' is in it besides"),
    (lambda files: archive({name: files[name] for name in sorted(files)[1:]}), "is missing"),
    (lambda files: archive({name: content + b" " for name, content in files.items()}), "has another SHA-256"),
    (lambda files: archive(files) + b"more", "it has bytes that are no file's"),
    (commented, "it has bytes that are no file's"),
    (hidden, "it has bytes that are no file's"),
    (twice, "it has a file twice"),
    (linked, "it has more than files"),
    (renamed, "in two ways"),
    (lambda _: b"no archive", "it is no archive that can be compared"),
    (lambda _: b"", "it is no archive that can be compared"),
    (lambda files: archive(files)[:-30], "it is no archive that can be compared"),
]


@pytest.mark.parametrize(("poison", "said"), POISON)
def test_other_code(
    deployment: Deployment, sealed: Mapping[str, bytes], poison: Callable[[Mapping[str, bytes]], bytes], said: str
) -> None:
    (found,) = rulings(deployment, poison(sealed))
    assert (found.verdict, said in found.reason) == (ReviewVerdict.REFUSED, True), found.reason
    assert "is not the sealed code" in found.reason


def test_what_is_not_uploaded_is_for_a_human(deployment: Deployment) -> None:
    (found,) = rulings(deployment, "NoSuchKey")
    assert (found.verdict, "is not uploaded" in found.reason) == (ReviewVerdict.HUMAN, True)


def test_what_may_not_be_read_is_an_error(deployment: Deployment) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        rulings(deployment, "AccessDenied")


@pytest.mark.parametrize(
    ("one", "count"),
    [
        (change("Modify", "WorkEngineFunction", FUNCTION, detail("Timeout")), 0),
        (change("Modify", "WorkEngineFunction", FUNCTION), 1),
        (change("Add", "WorkEngineFunction", FUNCTION), 1),
        (change("Remove", "WorkEngineFunction", FUNCTION), 0),
        (change("Add", "Other", FUNCTION), 1),
    ],
)
def test_which_functions_are_compared(deployment: Deployment, one: dict[str, Any], count: int) -> None:
    assert len(rulings(deployment, "NoSuchKey", one)) == count


def test_a_function_of_which_nothing_is_sealed_is_for_a_human(deployment: Deployment) -> None:
    (found,) = rulings(deployment, "NoSuchKey", change("Add", "Other", FUNCTION))
    assert (found.verdict, "no code for it to compare" in found.reason) == (ReviewVerdict.HUMAN, True)


@pytest.mark.parametrize("written", [None, "{", json.dumps({"files": {"x": {}}})])
def test_assets_that_cannot_be_read(tmp_path: Path, written: str | None) -> None:
    file = tmp_path / "DataOps.assets.json"
    if written is not None:
        file.write_text(written)
    stack = cast("Any", SimpleNamespace(path=tmp_path / "DataOps.template.json"))
    with pytest.raises(AssemblyError, match=r"DataOps\.assets\.json: .*; run 'make synth' again"):
        sealed_assets(stack)

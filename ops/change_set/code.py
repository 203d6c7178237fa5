"""The code that a change set would deploy, against the sealed one.

A change set names an object by its key, and the CDK CLI uploads nothing to a key that is there: so what is there is
read, and each file of it is compared with the cloud assembly's, by its SHA-256. An archive that two readers could take
for two different things is refused: one with a file twice, with bytes that are no file's, or with names that differ.
"""

from __future__ import annotations

import stat
import struct
import zipfile
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from ops.aws.errors import code_of
from ops.change_set.change_set import ResourceAction
from ops.change_set.verdict import ReviewVerdict, Ruling
from ops.project.assets import Packaging, sealed_assets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from ops.aws.account import Account
    from ops.change_set.change_set import ChangeSet, DescribedChange
    from ops.project.assembly import SynthesisedStack
    from ops.project.assets import SealedAsset
    from ops.project.placed_template import Json

_FUNCTION: Final = "AWS::Lambda::Function"
_MOST: Final = 262_144_000
"""The most bytes of a function's code unzipped (250 MB: "Lambda quotas", AWS Lambda Developer Guide)."""
_MISSING: Final = frozenset({"NoSuchKey", "404", "NotFound"})


class _ArchiveError(ValueError):
    """An archive is not one that can be compared; the message says why."""


def code_rulings(account: Account, stack: SynthesisedStack, change_set: ChangeSet) -> Iterator[Ruling]:
    """Compare the code of each function that the change set gives code.

    Raises:
        AssemblyError: the asset manifest cannot be read.
        BotoCoreError, ClientError: as any call.
    """
    sealed = sealed_assets(stack)
    for change in change_set.changes:
        if not _takes_code(change) or "ZipFile" in _declared(stack, change.logical_id):
            continue
        found = sealed_code(stack, sealed, change.logical_id)
        if found is None:
            yield Ruling(ReviewVerdict.HUMAN, f"{change.logical_id}: the cloud assembly has no code for it to compare")
        else:
            yield _of_object(account, change.logical_id, found)


def sealed_code(stack: SynthesisedStack, sealed: Iterable[SealedAsset], function: str) -> SealedAsset | None:
    """Return the asset that is the code of a function, by its logical id; None if the template names no such object."""
    code = _declared(stack, function)
    named = None if "S3ObjectVersion" in code else (code.get("S3Bucket"), code.get("S3Key"))
    return next((one for one in sealed if (one.bucket, one.key) == named), None)


def _declared(stack: SynthesisedStack, function: str) -> Json:
    return stack.resources.get(function, {}).get("Properties", {}).get("Code", {})


def _takes_code(change: DescribedChange) -> bool:
    touched = {name for detail in change.details for name in detail.target.properties}
    modified = change.action is ResourceAction.MODIFY and (not touched or "Code" in touched)
    return change.type == _FUNCTION and (modified or change.action is ResourceAction.ADD)


def _of_object(account: Account, function: str, sealed: SealedAsset) -> Ruling:
    what = f"{function}: {sealed}"
    uploaded = uploaded_object(account, sealed)
    if uploaded is None:
        return Ruling(ReviewVerdict.HUMAN, f"{what} is not uploaded, so it was not compared with the sealed code")
    difference = difference_from(sealed, uploaded)
    if difference is not None:
        return Ruling(ReviewVerdict.REFUSED, f"{what} is not the sealed code: {difference}; find out who put it there")
    return Ruling(ReviewVerdict.SAFE, f"{what} is the sealed code")


def uploaded_object(account: Account, sealed: SealedAsset) -> bytes | None:
    """Read the object that is where an asset goes; None if there is none.

    Raises:
        BotoCoreError, ClientError: as any call.
    """
    owner = account.settings.account
    try:
        response = account.s3.get_object(Bucket=sealed.bucket, Key=sealed.key, ExpectedBucketOwner=owner)
    except ClientError as error:
        if code_of(error) in _MISSING:
            return None
        raise
    return response["Body"].read()


def difference_from(sealed: SealedAsset, uploaded: bytes) -> str | None:
    """Say how an object differs from the asset that it was to be made of; None if it does not."""
    if sealed.packaging is Packaging.FILE:
        return None if _digest(uploaded) == _digest(sealed.path.read_bytes()) else "its SHA-256 is another"
    try:
        there = _files_of_archive(uploaded)
    except (
        _ArchiveError,
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        struct.error,
        OSError,
    ) as error:
        return f"it is no archive that can be compared ({error})"
    wanted = _files_of_folder(sealed.path)
    for name in sorted(there.keys() | wanted.keys()):
        if there.get(name) != wanted.get(name):
            how = "has another SHA-256" if name in there and name in wanted else "is missing"
            return f"{name!r} {'is in it besides' if name not in wanted else how}"
    return None


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def _files_of_folder(folder: Path) -> Mapping[str, str]:
    return {
        path.relative_to(folder).as_posix(): _digest(path.read_bytes()) for path in folder.rglob("*") if path.is_file()
    }


def _files_of_archive(content: bytes) -> Mapping[str, str]:
    """Return the SHA-256 of each file of an archive that is nothing but its files.

    Raises:
        _ArchiveError: it has more than that.
        zipfile.BadZipFile: it is none.
    """
    with zipfile.ZipFile(BytesIO(content)) as archive:
        entries = sorted(archive.infolist(), key=lambda entry: entry.header_offset)
        if sum(entry.file_size for entry in entries) > _MOST:
            raise _ArchiveError("it is larger than Lambda takes")
        if len({entry.filename for entry in entries}) != len(entries):
            raise _ArchiveError("it has a file twice")
        if any(entry.is_dir() or stat.S_ISLNK(entry.external_attr >> 16) for entry in entries):
            raise _ArchiveError("it has more than files")
        ends = [_end(content, entry) for entry in entries]
        begins = [*(entry.header_offset for entry in entries), archive.start_dir]
        gaps = [begin - end for begin, end in zip(begins, (0, *ends), strict=True)]
        whole = gaps[0] == 0 and archive.comment == b"" and content[-_LAST:].startswith(b"PK\x05\x06")
        if not whole or any(gap not in _DESCRIPTORS for gap in gaps[1:]):
            raise _ArchiveError("it has bytes that are no file's")
        return {entry.filename: _digest(archive.read(entry)) for entry in entries}


_LAST: Final = 22
"""How long the last record of an archive without a comment is (APPNOTE.TXT 4.3.16)."""
_DESCRIPTORS: Final = frozenset({0, 12, 16, 20, 24})
"""How long what follows a file may be, and is no file's: a data descriptor (APPNOTE.TXT 4.3.9)."""


def _end(content: bytes, entry: zipfile.ZipInfo) -> int:
    """Return where a file's bytes end, by its own header, which must name it as the directory does."""
    begin = entry.header_offset
    name_length, extra_length = struct.unpack_from("<HH", content, begin + 26)
    name = content[begin + 30 : begin + 30 + name_length]
    if name != entry.filename.encode("utf-8"):
        raise _ArchiveError(f"it names {entry.filename!r} in two ways")
    return begin + 30 + name_length + extra_length + entry.compress_size

"""A cloud assembly, the `cdk.out` of any CDK app: its stacks, their roles, and the assets that are published for them.

Sources: `cloud-assembly-schema` of aws-cdk (`manifest.json`, `*.assets.json`), schema 55; "Configure and perform CDK
stack synthesis", AWS CDK Developer Guide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from leastgrant.documents.document import read_file
from leastgrant.documents.source import quoted
from leastgrant.errors import InputError
from leastgrant.template import PARTITION_OF, Environment, parse_document, resolve
from leastgrant.template.moves import with_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from leastgrant.documents.source import Json, Source
    from leastgrant.template import Physical, ResolvedTemplate, Value

MANIFEST = "manifest.json"
_UNKNOWN_ACCOUNT, _UNKNOWN_REGION = "unknown-account", "unknown-region"
"""What a stack of no stated environment has in the manifest."""


class AssemblyError(InputError):
    """A cloud assembly cannot be used, in one line."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """An environment of CDK: an account and a region."""

    account: str
    region: str

    def __str__(self) -> str:
        """Write it as people do: `123456789012/eu-west-1`."""
        return f"{self.account}/{self.region}"

    @property
    def partition(self) -> str:
        """The partition of the region."""
        return PARTITION_OF.get(self.region, "aws")

    def filled(self, text: str) -> str:
        """Fill in the placeholders that the synthesizer leaves (`EnvironmentPlaceholders`, cx-api)."""
        values = {"Partition": self.partition, "AccountId": self.account, "Region": self.region}
        for name, value in values.items():
            text = text.replace(f"${{AWS::{name}}}", value)
        return text


@dataclass(frozen=True, slots=True)
class FileAsset:
    """A file that is put into a bucket: code, or a template."""

    bucket: str
    key: str
    role: str | None
    """The ARN of the role that publishes it; None: the caller himself does."""


@dataclass(frozen=True, slots=True)
class ImageAsset:
    """A container image that is pushed to a repository."""

    repository: str
    tag: str
    role: str | None
    """As of a file."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """What the app asked of an account while it was synthesised, and has not been told yet."""

    provider: str
    """Such as `vpc-provider`."""
    key: str
    properties: Mapping[str, Json]
    role: str | None = None
    """The ARN of the role that looks it up; None: the caller himself does."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """Where a construct is made, in the app's own code."""

    file: str
    """As the trace has it: an absolute path, as a rule."""
    line: int


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack as its artifact describes it."""

    id: str
    """The artifact's, such as `BetaShopBD300C47`."""
    name: str
    display_name: str
    """The construct path, as `cdk list` shows it."""
    template: Path
    place: Place
    tags: tuple[tuple[str, str], ...] = ()
    deploy_role: str | None = None
    """The ARN of the role that the CLI assumes; None: it acts with the caller's own permissions."""
    execution_role: str | None = None
    """The ARN of the role that CloudFormation assumes; None: it acts with the permissions of who deploys."""
    lookup_role: str | None = None
    session_tags: bool = False
    """Whether a role is assumed with tags."""
    version_parameter: str | None = None
    """The name of the parameter that has the version of the bootstrap stack."""
    files: tuple[FileAsset, ...] = ()
    images: tuple[ImageAsset, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    """What the template's parameters are given."""
    metadata: tuple[Path, ...] = ()
    """The files with what CDK says of its constructs."""

    @property
    def qualifier(self) -> str | None:
        """The qualifier of the bootstrap stack, as far as the version's parameter tells it."""
        parts = (self.version_parameter or "").split("/")
        return parts[2] if parts[:2] == ["", "cdk-bootstrap"] and len(parts) > len(("", "cdk-bootstrap")) else None

    @property
    def environment(self) -> Environment:
        """Where it is deployed, and what it is called."""
        account, region = self.place.account, self.place.region
        return Environment(
            region=None if region == _UNKNOWN_REGION else region,
            account=None if account == _UNKNOWN_ACCOUNT else account,
            stack_name=self.name,
        )

    def source_lines(self) -> Mapping[str, SourceLine]:
        """Return where the resources are made, by construct path and by logical id; of nested stacks by path alone.

        CDK knows it of apps in its own language; of others, and of what a library makes by itself, nothing is known.

        Raises:
            TemplateError: a file of metadata cannot be read.
        """
        return {key: line for file in self.metadata for key, line in _source_lines(_Node.read(file))}

    def resolved(
        self,
        exports: Mapping[str, Value] | None = None,
        *,
        own_buckets: tuple[str, ...] = (),
        physical: Mapping[str, Physical] | None = None,
        renamed: Mapping[str, str] | None = None,
    ) -> ResolvedTemplate | None:
        """Read the template, with what is nested in it; None if it has no resources: such a stack is not deployed.

        Args:
            exports: What other stacks export.
            own_buckets: The buckets of the account that are known.
            physical: What is known of the deployed resources.
            renamed: Logical ids that are to be read as others.

        Raises:
            TemplateError: it cannot be used.
        """
        document = read_file(self.template)
        if isinstance(document.tree, dict) and document.tree.get("Resources", {}) == {}:
            return None
        environment = replace(self.environment, own_buckets=own_buckets)
        if renamed:
            document = replace(document, tree=with_ids(document.tree, renamed))
        template = parse_document(document)
        given = {name: value for name, value in self.parameters if name in template.parameters}
        return resolve(template, environment, given, physical=physical, exports=exports)


@dataclass(frozen=True, slots=True)
class Assembly:
    """All stacks of an app, those of its stages too, and its lookups."""

    folder: Path
    stacks: tuple[Stack, ...]
    """Each after those that it depends on."""
    lookups: tuple[Lookup, ...] = ()
    is_plain: bool = False
    """Whether the stacks are plain templates, not those of a CDK app; `folder` has the first of them."""

    @property
    def title(self) -> str:
        """What reports call it."""
        return ", ".join(stack.name for stack in self.stacks) if self.is_plain else str(self.folder)

    @property
    def source(self) -> Path:
        """The file that says what is deployed: what is wrong with no file of its own is reported there."""
        return self.stacks[0].template if self.is_plain else self.folder.parent / "cdk.json"

    @property
    def places(self) -> tuple[Place, ...]:
        """The environments, sorted."""
        return tuple(sorted({stack.place for stack in self.stacks}))

    def resolved(
        self, renamed: Mapping[str, Mapping[str, str]] | None = None
    ) -> tuple[tuple[Stack, ResolvedTemplate], ...]:
        """Read the template of every stack that has resources, with what the stacks before it export.

        Args:
            renamed: Logical ids that are to be read as others, by the construct path of the stack.

        Raises:
            TemplateError: a template cannot be used.
        """
        exports: dict[Place, dict[str, Value]] = {}
        found: list[tuple[Stack, ResolvedTemplate]] = []
        for stack in self.stacks:
            known = exports.setdefault(stack.place, {})
            template = stack.resolved(known, renamed=(renamed or {}).get(stack.display_name))
            if template is None:
                continue
            known.update({name: value for name, value in template.exports.items() if name not in known})
            found.append((stack, template))
        return tuple(found)


def read_assembly(folder: Path, *, account: str | None = None, region: str | None = None) -> Assembly:
    """Read the cloud assembly in a folder, and those of its stages.

    Args:
        folder: Such as `cdk.out`.
        account: Of the stacks that state none.
        region: Of the stacks that state none.

    Raises:
        AssemblyError: it has no stacks, or a stack's account or region is not known.
        TemplateError: a file cannot be read, or is not as CDK writes it.
    """
    if not folder.is_dir():
        raise AssemblyError(f"{folder}: is no folder; give what `cdk synth` writes, such as cdk.out")
    if not (folder / MANIFEST).is_file():
        raise AssemblyError(f"{folder}: has no {MANIFEST}; give what `cdk synth` writes, such as cdk.out")
    stacks, lookups = _read(folder, _Given(account, region), set())
    if not stacks:
        raise AssemblyError(f"{folder / MANIFEST}: has no stacks, so there is nothing to prove; synthesise the app")
    return Assembly(folder, tuple(stacks), tuple(lookups))


_FRAME: Final = re.compile(r"(?:^at |^|\()(?P<file>[^\s()][^()]*?):(?P<line>\d+)(?::\d+)?\)?$")
_NO_CODE: Final = ("node_modules/", "node:", "internal/", "...")
"""What the frames of the app's own code have not in them."""


def _source_lines(metadata: _Node) -> Iterator[tuple[str, SourceLine]]:
    """Yield what a file of metadata says: `aws:cdk:creationStack`, or the trace of a logical id in older versions."""
    if metadata.value is not None and "artifacts" in dict(metadata.members()):
        for _, artifact in metadata.member("artifacts").members():
            yield from _source_lines(artifact.member("metadata", {}))
        return
    for path, entries in metadata.members():
        logical_id, frames = None, list[str]()
        for entry in entries.items():
            match entry.member("type").text():
                case "aws:cdk:logicalId":
                    logical_id = entry.member("data").text()
                    frames += _texts(entry.member("trace", []))
                case "aws:cdk:creationStack":
                    frames = [*_texts(entry.member("data", [])), *frames]
                case _:
                    continue
        line = next((found for frame in frames if (found := _source_line(frame))), None)
        if line is not None:
            yield path.removeprefix("/"), line
            if logical_id is not None:
                yield logical_id, line


def _texts(node: _Node) -> list[str]:
    return [one for one in node.value if isinstance(one, str)] if isinstance(node.value, list) else []


def _source_line(frame: str) -> SourceLine | None:
    found = _FRAME.search(frame.strip())
    if found is None or any(part in frame for part in _NO_CODE):
        return None
    return SourceLine(found["file"].removeprefix("file://"), int(found["line"]))


def stack_of(template: Path) -> Stack:
    """Read the stack that has a template from the manifest beside it; what is not known of its place stays so.

    Raises:
        LookupError: the manifest does not name the template.
        TemplateError: the manifest cannot be read.
    """
    manifest = _Node.read(template.parent / MANIFEST)
    for artifact_id, artifact in manifest.member("artifacts").members():
        if _template_file(artifact) == template.name:
            return _stack(artifact_id, artifact, template.parent, None)
    raise LookupError(f"{template.parent / MANIFEST} has no stack with the template {template.name}")


@dataclass(frozen=True, slots=True)
class _Given:
    account: str | None
    region: str | None


def _read(folder: Path, given: _Given, seen: set[Path]) -> tuple[list[Stack], list[Lookup]]:
    """Read an assembly and those of its stages; `seen` are the folders that have been read."""
    manifest = _Node.read(folder / MANIFEST)
    seen.add(folder.resolve())
    artifacts = dict(manifest.member("artifacts", {}).members())
    stacks: list[Stack] = []
    lookups = [_lookup(item, given) for item in manifest.member("missing", []).items()]
    for artifact_id in _ordered(artifacts):
        artifact = artifacts[artifact_id]
        match artifact.member("type").text():
            case "aws:cloudformation:stack":
                stacks.append(_with_assets(_stack(artifact_id, artifact, folder, given), artifact, artifacts, folder))
            case "cdk:cloud-assembly":
                inner = artifact.member("properties").member("directoryName")
                path = inner.path(folder)
                if not (path / MANIFEST).is_file():
                    raise inner.error(f"{path} has no {MANIFEST}; synthesise the app anew")
                if path.resolve() in seen:
                    raise inner.error(f"{path} is named twice; synthesise the app anew")
                more, asked = _read(path, given, seen)
                stacks += more
                lookups += asked
            case _:
                continue
    return stacks, lookups


def _ordered(artifacts: Mapping[str, _Node]) -> Iterable[str]:
    """Yield the artifacts, each after those that it depends on; those in a circle as they stand."""
    done: dict[str, None] = {}
    waiting: list[tuple[str, bool]] = [(name, False) for name in reversed(tuple(artifacts))]
    entered: set[str] = set()
    while waiting:
        name, is_left = waiting.pop()
        if is_left:
            done[name] = None
        elif name not in entered and name in artifacts:
            entered.add(name)
            waiting.append((name, True))
            needed = [item.text() for item in artifacts[name].member("dependencies", []).items()]
            waiting += [(other, False) for other in reversed(needed)]
    return done


def _template_file(artifact: _Node) -> str | None:
    name = artifact.member("properties", {}).member("templateFile", None)
    return None if name.value is None else name.text()


def _stack(artifact_id: str, artifact: _Node, folder: Path, given: _Given | None) -> Stack:
    properties = artifact.member("properties")
    named = properties.member("stackName", artifact_id)
    name = named.text()
    try:
        Environment(stack_name=name)
    except ValueError as error:
        raise named.error(str(error)) from None
    place = _place(name, artifact.member("environment"), given)

    options = properties.member("assumeRoleAdditionalOptions", {})
    parameter = properties.member("bootstrapStackVersionSsmParameter", None)
    return Stack(
        id=artifact_id,
        name=name,
        display_name=artifact.member("displayName", artifact_id).text(),
        template=properties.member("templateFile").path(folder),
        place=place,
        tags=tuple((key, value.text()) for key, value in properties.member("tags", {}).members()),
        deploy_role=_role(properties.member("assumeRoleArn", None), place),
        execution_role=_role(properties.member("cloudFormationExecutionRoleArn", None), place),
        lookup_role=_role(properties.member("lookupRole", {}).member("arn", None), place),
        session_tags=bool(options.member("Tags", []).items()),
        version_parameter=None if parameter.value is None else parameter.text(),
        metadata=tuple(_metadata(artifact, folder)),
        parameters=tuple(
            (name, value.text())
            for name, value in properties.member("parameters", {}).members()
            if isinstance(value.value, str)
        ),
    )


def _metadata(artifact: _Node, folder: Path) -> Iterator[Path]:
    if artifact.member("metadata", {}).value:
        yield folder / MANIFEST
    more = artifact.member("additionalMetadataFile", None)
    if more.value is not None:
        yield more.path(folder)


def _place(stack: str, environment: _Node, given: _Given | None) -> Place:
    text = environment.text()
    account, slash, region = text.removeprefix("aws://").partition("/")
    if not text.startswith("aws://") or not slash:
        raise environment.error(f"{text!r} is no environment; CDK writes aws://ACCOUNT/REGION")
    if given is not None:
        account = _stated(stack, "account", account, _UNKNOWN_ACCOUNT, given.account)
        region = _stated(stack, "region", region, _UNKNOWN_REGION, given.region)
        try:
            Environment(region=region, account=account)
        except ValueError as error:
            raise environment.error(str(error)) from None
    return Place(account, region)


def _stated(stack: str, what: str, stated: str, unknown: str, given: str | None) -> str:
    if stated != unknown:
        return stated
    if given is None:
        raise AssemblyError(f"stack {stack}: the app states no {what} for it; give --{what}")
    return given


def _with_assets(stack: Stack, artifact: _Node, artifacts: Mapping[str, _Node], folder: Path) -> Stack:
    """Return the stack with the assets of the manifests that it depends on."""
    named = [
        item.text()
        for node in (
            artifact.member("dependencies", []),
            artifact.member("properties").member("additionalDependencies", []),
        )
        for item in node.items()
    ]
    files: dict[FileAsset, None] = {}
    images: dict[ImageAsset, None] = {}
    for name in dict.fromkeys(named):
        of_assets = artifacts.get(name)
        if of_assets is None or of_assets.member("type").text() != "cdk:asset-manifest":
            continue
        manifest = _Node.read(of_assets.member("properties").member("file").path(folder))
        files |= dict.fromkeys(_files(manifest, stack.place))
        images |= dict.fromkeys(_images(manifest, stack.place))
    return replace(stack, files=tuple(files), images=tuple(images))


def _files(manifest: _Node, place: Place) -> Iterator[FileAsset]:
    for one in _destinations(manifest.member("files", {})):
        bucket, key = one.member("bucketName").text(), one.member("objectKey").text()
        yield FileAsset(place.filled(bucket), place.filled(key), _role(one.member("assumeRoleArn", None), place))


def _images(manifest: _Node, place: Place) -> Iterator[ImageAsset]:
    for one in _destinations(manifest.member("dockerImages", {})):
        name, tag = one.member("repositoryName").text(), one.member("imageTag").text()
        yield ImageAsset(place.filled(name), place.filled(tag), _role(one.member("assumeRoleArn", None), place))


def _destinations(assets: _Node) -> Iterator[_Node]:
    for _, asset in assets.members():
        yield from (destination for _, destination in asset.member("destinations", {}).members())


def _role(node: _Node, place: Place) -> str | None:
    """Return the ARN of a role; None: there is none."""
    if node.value is None:
        return None
    arn = place.filled(node.text())
    if not _ROLE_ARN.fullmatch(arn):
        raise node.error(f"{quoted(arn)} is no role's ARN; it looks like arn:aws:iam::123456789012:role/NAME")
    return arn


_ROLE_ARN = re.compile(r"arn:[a-z-]+:iam::[^:*?]+:role/[^:*?]+")


def _lookup(item: _Node, given: _Given) -> Lookup:
    properties = item.member("props", {})
    values = {name: node.value for name, node in properties.members()}
    place = Place(str(values.get("account", given.account)), str(values.get("region", given.region)))
    return Lookup(
        item.member("provider").text(),
        item.member("key").text(),
        values,
        _role(properties.member("lookupRoleArn", None), place),
    )


_REQUIRED: Final[Json] = "\0required"


@dataclass(frozen=True, slots=True)
class _Node:
    """A value of a manifest, and where it stands: what is not as CDK writes it is one line that names the key."""

    value: Json
    source: Source
    keys: tuple[str | int, ...] = ()

    @classmethod
    def read(cls, path: Path) -> _Node:
        document = read_file(path)
        return cls(document.tree, document.source)

    def error(self, problem: str) -> InputError:
        return self.source.error(self.keys, problem)

    def member(self, name: str, default: Json = _REQUIRED) -> _Node:
        """Return a member; what it is if it is left out."""
        members = self._object()
        if name not in members and default is _REQUIRED:
            raise self.error(f"{name} is missing; synthesise the app anew")
        return _Node(members.get(name, default), self.source, (*self.keys, name))

    def members(self) -> Iterable[tuple[str, _Node]]:
        members = self._object()
        return [(name, _Node(value, self.source, (*self.keys, name))) for name, value in members.items()]

    def items(self) -> Iterable[_Node]:
        if not isinstance(self.value, list):
            raise self._not("a list")
        items = self.value
        return [_Node(value, self.source, (*self.keys, index)) for index, value in enumerate(items)]

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self._not("text")
        return self.value

    def path(self, folder: Path) -> Path:
        """Return the file that it names, relative to the folder; outside the app it may be, as an asset's is."""
        return folder / self.text()

    def _object(self) -> dict[str, Json]:
        if not isinstance(self.value, dict):
            raise self._not("an object")
        return self.value

    def _not(self, what: str) -> InputError:
        return self.error(f"must be {what}, and is {quoted(self.value)}; synthesise the app anew")

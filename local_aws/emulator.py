"""The emulator: an account on a free port of this machine, for as long as it is used."""

from __future__ import annotations

import socket
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from errno import EADDRINUSE
from pickle import UnpicklingError
from threading import Thread
from typing import TYPE_CHECKING, Any, Self, cast

import boto3
from moto.core.base_backend import BackendDict
from moto.core.config import default_user_config
from moto.core.model_instances import reset_model_data
from moto.iam.access_control import PermissionResult
from moto.moto_server.werkzeug_app import (  # pyright: ignore[reportMissingTypeStubs]  (this part of moto has none)
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from moto.s3.models import FakeBucket
from moto.secretsmanager.models import secretsmanager_backends
from werkzeug.serving import BaseWSGIServer, make_server

from leastgrant.iam import Permissions, parse_policy
from local_aws.admission import Admission
from local_aws.assuming import Assuming
from local_aws.callers import Callers, Credentials, OutsideSession, User
from local_aws.cloudformation.service import CloudFormation
from local_aws.custom_resources import CustomResourceAnswers
from local_aws.functions import Functions, FunctionUrls
from local_aws.gateway import Gateway
from local_aws.in_process import answer
from local_aws.login import Login
from local_aws.policy_simulator import PolicySimulator
from local_aws.refusal import decoded
from local_aws.requests import Requests
from local_aws.roles import Roles
from local_aws.state import Journal, ServiceCall, StateError, calls

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path
    from types import TracebackType

    from botocore.awsrequest import AWSPreparedRequest, AWSResponse

HANDLERS_USER = "cloudformation-handlers"
"""Who calls moto for CloudFormation's handlers; what they may was decided before."""


@dataclass
class Emulator:
    """An empty AWS account in one region, from `with` to the end of it.

        with Emulator("123456789012", "eu-west-1") as aws:
            aws.session(aws.operator).client("s3").create_bucket(...)

    moto keeps its state for a process: a new emulator of the same account begins anew, unless it is given a folder
    in which an account is kept.

    Raises:
        OSError: on entering, the port is taken; 0 takes any that is free, if it can the one that a kept account had.
        StateError: on entering, the folder cannot be used.
    """

    account: str
    region: str
    port: int = 0
    state: Path | None = None
    """A folder in which the account is kept: another process that is given it carries on. Sessions are not kept."""
    gateway: Gateway = field(init=False)
    login: Login = field(init=False)
    operator: Credentials = field(init=False)
    """Of a user who may do everything."""
    _journal: Journal | None = field(init=False, default=None)
    _clients: dict[tuple[str, Credentials], Any] = field(init=False, default_factory=dict[tuple[str, Credentials], Any])

    def __post_init__(self) -> None:
        default_user_config.setdefault("iam", {})["load_aws_managed_policies"] = True
        callers, roles = Callers(), Roles(self.account)
        self._callers = callers
        functions = Functions(self.account, self.region, callers, roles, lambda: self.endpoint)
        urls = FunctionUrls(functions)
        answers = CustomResourceAnswers(lambda: self.endpoint)
        self.login = Login(self.account, callers, roles)
        assuming = Assuming(self.account, self.login, roles)
        self.operator = callers.admit(User(self.account, "operator"))
        handlers = callers.admit(User(self.account, HANDLERS_USER))
        cloudformation = CloudFormation(
            self.account,
            self.region,
            services=lambda: self.session(handlers),
            function_url=urls.url,
            roles=roles,
            answers=answers,
        )
        self.cloudformation = cloudformation
        self.gateway = Gateway(
            account=self.account,
            services=DomainDispatcherApplication(create_backend_app),
            callers=callers,
            requests=Requests(self.account, self._secret_arn, cloudformation.stack_arn, roles.arn),
            assuming=assuming,
            operations={
                ("sts", "AssumeRole"): assuming.assume,
                ("sts", "AssumeRoleWithWebIdentity"): self.login.assume,
                ("sts", "DecodeAuthorizationMessage"): _decoded,
                ("sts", "GetCallerIdentity"): _identity,
                ("iam", "SimulatePrincipalPolicy"): PolicySimulator(self.account, roles).simulate,
                ("lambda", "Invoke"): functions.invoke,
                **cloudformation.operations,
            },
            pages=(urls, answers),
        )

    def __enter__(self) -> Self:
        with ExitStack() as undone:
            if self.state is not None:
                self._journal = Journal(self.state, self.account, self.region)
                undone.callback(self._journal.close)
            self._serve()
            undone.pop_all()
        self._thread = Thread(target=self._server.serve_forever, args=(_POLLED_EVERY,), daemon=True)
        self._thread.start()
        return self

    def _serve(self) -> None:
        journal = self._journal
        # werkzeug would end the process if the port is taken; it makes a descriptor of its own of the one it is given
        with _listening(self.port, journal and journal.port) as listening:
            host, port = listening.getsockname()
            _forget()
            _let_the_gateway_decide()
            self._server: BaseWSGIServer = make_server(
                host,
                port,
                Admission(self.gateway),
                threaded=True,
                request_handler=_QuietHandler,
                fd=listening.fileno(),
            )
        if journal is not None:
            try:
                self._carry_on(journal)
            except BaseException:
                self._server.server_close()
                raise

    def _carry_on(self, journal: Journal) -> None:
        """Make the account as it was, and write down from now on what changes it.

        Raises:
            StateError: it cannot be made so.
        """
        if journal.operator is not None:
            self.operator = self._callers.readmit(User(self.account, "operator"), *journal.operator)
        for number, call in calls(journal.records):
            if (answered := self.gateway.replay(call)) != call.status:
                where = f"{self.state}, line {number} of the journal"
                raise StateError(f"{where}: {call.name} answers {answered}, not {call.status}; begin in another folder")
        engine = self.cloudformation.engine
        try:
            engine.keep(journal.append, journal.records)
        except (UnpicklingError, AttributeError, KeyError, TypeError, ValueError) as error:
            raise StateError(f"{self.state}: CloudFormation's records cannot be read: {error}") from None

        def keep(call: ServiceCall) -> None:
            engine.write()
            journal.append(call.record())

        self.gateway.keep = keep
        journal.started(self._server.port, self.operator)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cloudformation.settle()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        if self._journal is not None:
            self._journal.close()

    @property
    def endpoint(self) -> str:
        """The value of `AWS_ENDPOINT_URL`. It says localhost, as moto finds buckets by that word."""
        return f"http://localhost:{self._server.port}"

    def user(self, name: str, policy: object, lifetime: timedelta | None = None) -> Credentials:
        """Return credentials of a user with one policy document: for good, or a session's for a time.

        Raises:
            PolicyError: it is no policy.
        """
        return self._callers.admit(User(self.account, name, Permissions([parse_policy(policy, name)])), lifetime)

    def login_as(self, role: str, session_name: str) -> Credentials:
        """Return credentials of a session of a role, as if somebody had assumed it."""
        return self.login.admit(role, session_name)

    def outside_session(self, role: str, session_name: str, permissions: Permissions) -> Credentials:
        """Return credentials of a session of a role that is not in this IAM, and may do what is given."""
        return self._callers.admit(OutsideSession(self.account, role, session_name, permissions))

    def stranger(self, account: str) -> Credentials:
        """Return credentials of somebody of another account."""
        return self._callers.admit(User(account, "stranger"))

    def expire(self) -> None:
        """Let every session end now."""
        self._callers.expire()

    def session(self, credentials: Credentials) -> boto3.Session:
        """Return boto3 with somebody's credentials, against the emulator, which answers it without a connection."""
        session = _LocalSession(
            aws_access_key_id=credentials.access_key,
            aws_secret_access_key=credentials.secret_key,
            aws_session_token=credentials.session_token,
            region_name=self.region,
        )
        session.endpoint = self.endpoint
        answering: Any = self._answer  # the stub knows of no handler whose result is used
        session.events.register_last("before-send", answering)  # as what would send it
        return session

    def _answer(self, request: AWSPreparedRequest, **_: object) -> AWSResponse | None:
        """Answer without a connection; once the emulator has ended, one is tried, and refused."""
        return answer(self.gateway, request) if self._thread.is_alive() else None

    def client(self, service: str, credentials: Credentials) -> Any:
        """Return a boto3 client with somebody's credentials; made once, as that is slow."""
        if (service, credentials) not in self._clients:
            self._clients[service, credentials] = cast("Any", self.session(credentials)).client(service)
        return self._clients[service, credentials]

    def environment(self, credentials: Credentials) -> dict[str, str]:
        """Return the environment of a tool that somebody runs against the emulator."""
        return {"AWS_ENDPOINT_URL": self.endpoint, "AWS_REGION": self.region, **credentials.environment()}

    def _secret_arn(self, secret: str, region: str) -> str:
        if secret.startswith("arn:"):
            return secret
        known: Any = secretsmanager_backends[self.account][region].secrets.get(secret)
        return known.arn if known else f"arn:aws:secretsmanager:{region}:{self.account}:secret:{secret}-??????"


_HOST = "127.0.0.1"
_POLLED_EVERY = 0.02  # seconds: as long as it takes to end


class _LocalSession(boto3.Session):
    """A session whose clients all call one endpoint."""

    endpoint: str

    def client(self, *arguments: Any, **options: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]  (the stub has an overload a service)
        """Return a client of a service."""
        client: Any = cast("Any", super()).client
        return client(*arguments, **{"endpoint_url": self.endpoint, **options})


class _QuietHandler(MotoRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  (werkzeug's name)
        """Say nothing of what is called, which is recorded; what breaks down in here is shown."""
        if type == "error":
            print(f"emulator: {message % args if args else message}", file=sys.stderr)


def _identity(call: Any, caller: Any) -> dict[str, object]:
    del call
    return {"UserId": "AIDA", "Account": caller.account, "Arn": caller.arn}


def _listening(port: int, before: int | None) -> socket.socket:
    """Listen on a port of this machine; if it may be any, on the one that was had before, if that is free."""
    if not port and before:
        try:
            return socket.create_server((_HOST, before))
        except OSError as error:
            if error.errno != EADDRINUSE:
                raise
    return socket.create_server((_HOST, port))


def _decoded(call: Any, caller: Any) -> dict[str, object]:
    del caller
    return {"DecodedMessage": decoded(str(call.params["EncodedMessage"]))}


def _let_the_gateway_decide() -> None:
    """Let moto decide nothing by a bucket's policy: it reads no conditions, so `enforceSSL` would refuse everything."""

    def get_permission(self: FakeBucket, action: str, resource: str) -> PermissionResult:
        del self, action, resource
        return PermissionResult.NEUTRAL

    FakeBucket.get_permission = get_permission


def _forget() -> None:
    """Start moto anew."""
    BackendDict.reset()
    reset_model_data()

"""The smoke tests pass on a healthy app, fail on each fault of it, and never show the secret."""

import io
import json
import socket
import threading
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from ops.commands.smoke import Smoke, add_arguments, run
from ops.errors import OpsError
from ops.project.deployment import Deployment
from ops.terminal.result import ExitStatus, json_of
from tests.ops.scripted_aws import DENIED, THROTTLED, Answer, Failure, Parameters, no_stack, scripted, stack

PORTAL = 'S3cr3t/Value+with"quote'
Page: TypeAlias = "tuple[int, dict[str, str], bytes]"
PLAIN: dict[str, str] = {}
LOGIN: Page = (200, PLAIN, b"<html>log in</html>")
TO_LOGIN: Page = (302, {"Location": "/login"}, b"")


class Site(ThreadingHTTPServer):
    """Answers each path with its pages in turn, and the last one for ever."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages: dict[str, list[Page]] = {"/login": [LOGIN], "/": [TO_LOGIN]}
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        site: Any = self.server
        site.asked.append(self.path)
        pages = site.pages[self.path]
        status, headers, body = pages.pop(0) if len(pages) > 1 else pages[0]
        if status == 0:
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Not on the terminal."""


@pytest.fixture(scope="module")
def server() -> Iterator[Site]:
    with Site() as site:
        threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield site
        site.shutdown()


@pytest.fixture
def site(server: Site) -> Site:
    server.pages = {"/login": [LOGIN], "/": [TO_LOGIN]}
    server.asked = []
    return server


def payload(value: object, error: str | None = None) -> dict[str, Any]:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    answer: dict[str, Any] = {"StatusCode": 200, "Payload": StreamingBody(io.BytesIO(body), len(body))}
    return answer | ({"FunctionError": error} if error else {})


def proxied(body: object, status: int = 200) -> dict[str, Any]:
    return payload({"statusCode": status, "body": json.dumps(body)})


TEMPLATES = [{"type": name} for name in ("podcast", "newsletter", *"abcdefghi")]


def engine(health: Callable[[], Any], templates: Callable[[Any], Any]) -> Answer:
    def invoke(asked: Parameters) -> dict[str, Any]:
        event = json.loads(asked["Payload"])
        assert event["httpMethod"] == "GET"
        assert asked["FunctionName"] == "work-engine"
        return health() if event["path"] == "/api/health" else templates(event)

    return invoke


def healthy() -> dict[str, Any]:
    return proxied({"status": "ok"})


def listing(event: Any) -> dict[str, Any]:
    assert event["path"] == "/api/templates"
    wanted = {"x-portal-auth": "true", "x-portal-secret": PORTAL}
    return proxied(TEMPLATES) if event["headers"] == wanted else proxied({"error": "who are you"}, 401)


def smoke(
    deployment: Deployment,
    url: str,
    answers: dict[str, Answer] | None = None,
    attempts: int = 3,
    pauses: list[float] | None = None,
) -> Smoke:
    outputs = {"DocsFullAppUrl": url, "WorkEngineFunctionName": "work-engine", "WorkEnginePortalSecretName": "portal"}
    defaults: dict[str, Answer] = {
        "DescribeStacks": stack("dataops-v1", **outputs),
        "Invoke": engine(healthy, listing),
        "GetSecretValue": {"SecretString": PORTAL},
    }
    aws = scripted(deployment, **defaults | (answers or {}))
    options = Namespace(timeout=0.5, attempts=attempts)
    return run(deployment, aws.account, options, pause=(pauses if pauses is not None else []).append)


def faults(answer: Smoke) -> dict[str, str | None]:
    return {step.name: step.result.fault for step in answer.steps if not step.passed}


def test_a_healthy_app(deployment: Deployment, site: Site) -> None:
    answer = smoke(deployment, site.url)
    assert faults(answer) == {}
    assert answer.status is ExitStatus.GOOD
    assert site.asked == ["/login", "/"]  # the redirect is not followed
    text = answer.text()
    assert f"login page: GET {site.url}login" in text
    assert "  answered, after 1 attempt: 302, Location /login" in text
    assert PORTAL not in text + json_of(answer)


@pytest.mark.parametrize(
    ("path", "page", "fault"),
    [
        ("/login", (404, PLAIN, b"no"), "404, not 200"),
        ("/login", (302, {"Location": "/elsewhere"}, b""), "302, not 200"),
        ("/", LOGIN, "200, not 302"),
        ("/", (302, {"Location": "/logout"}, b""), "302 to /logout, not to /login"),
        ("/", (302, {"Location": "https://evil.example/login"}, b""), "302 to https://evil.example/login"),
        ("/", (302, PLAIN, b""), "302 to nowhere, not to /login"),
        ("/", (403, PLAIN, b"Forbidden"), "403, not 302"),
    ],
)
def test_each_fault_of_the_docs_app(deployment: Deployment, site: Site, path: str, page: Page, fault: str) -> None:
    site.pages[path] = [page]
    answer = smoke(deployment, site.url)
    assert answer.status is ExitStatus.FOUND
    ((name, found),) = faults(answer).items()
    assert name == {"/login": "login page", "/": "front page"}[path]
    assert found is not None
    assert fault in found
    assert len(site.asked) == 2  # asked again, it would say the same


def test_an_absolute_redirect_to_the_login_page(deployment: Deployment, site: Site) -> None:
    site.pages["/"] = [(302, {"Location": f"{site.url}login?next=/"}, b"")]
    assert faults(smoke(deployment, site.url)) == {}


def test_a_cold_start_is_asked_again(deployment: Deployment, site: Site) -> None:
    site.pages["/login"] = [(502, PLAIN, b"cold"), (0, PLAIN, b""), LOGIN]
    pauses: list[float] = []
    answer = smoke(deployment, site.url, pauses=pauses)
    assert faults(answer) == {}
    assert answer.steps[0].result.attempts == 3
    assert pauses == [1.0, 2.0]


def test_an_app_that_stays_down(deployment: Deployment, site: Site) -> None:
    site.pages["/login"] = [(503, PLAIN, b"down")]
    answer = smoke(deployment, site.url, attempts=7, pauses=(pauses := []))
    assert faults(answer) == {"login page": "503, not 200"}
    assert site.asked.count("/login") == 7
    assert pauses == [1.0, 2.0, 4.0, 8.0, 8.0, 8.0]


def test_nobody_listens(deployment: Deployment) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    answer = smoke(deployment, url, attempts=2)
    assert faults(answer) == dict.fromkeys(("login page", "front page"), "no answer: Connection refused")
    assert answer.steps[0].result.attempts == 2


def test_a_server_that_never_answers(deployment: Deployment) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        outputs = {"DocsFullAppUrl": url, "WorkEngineFunctionName": "work-engine", "WorkEnginePortalSecretName": "s"}
        answers: dict[str, Answer] = {"DescribeStacks": stack("dataops-v1", **outputs), "GetSecretValue": DENIED}
        aws = scripted(deployment, **answers, Invoke=engine(healthy, listing))
        answer = run(deployment, aws.account, Namespace(timeout=0.02, attempts=1))
    assert faults(answer)["login page"] == "no answer in 0.02 seconds"


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "file:///etc/passwd", "nonsense", "http://[", "https://"])
def test_an_output_that_is_no_web_address(deployment: Deployment, url: str) -> None:
    with pytest.raises(OpsError, match="is not a web address"):
        smoke(deployment, url)


@pytest.mark.parametrize(
    ("health", "fault"),
    [
        (lambda: proxied({"status": "down"}), 'the body is not {"status":"ok"}'),
        (lambda: proxied({"status": "ok"}, 404), "statusCode 404, not 200"),
        (lambda: payload({"body": "{}"}), "it did not answer with a statusCode and a body"),
        (lambda: payload({"statusCode": True, "body": "{}"}), "it did not answer with a statusCode and a body"),
        (lambda: payload(b"\xff not json"), "it did not answer with a statusCode and a body"),
        (lambda: payload({"statusCode": 200, "body": "not json"}), 'the body is not {"status":"ok"}'),
        (lambda: payload({"errorMessage": "boom"}, "Unhandled"), "the function failed (Unhandled)"),
    ],
)
def test_each_fault_of_the_health(
    deployment: Deployment, site: Site, health: Callable[[], dict[str, Any]], fault: str
) -> None:
    answer = smoke(deployment, site.url, {"Invoke": engine(health, listing)})
    assert faults(answer) == {"work engine: health": fault}


@pytest.mark.parametrize(
    ("body", "status", "fault"),
    [
        (TEMPLATES[:10], 200, "10 templates, fewer than 11"),
        ([*TEMPLATES[1:], {"type": "x"}], 200, "no template of the type podcast"),
        ([{"type": ["podcast"]}, 7] * 6, 200, "no template of the type newsletter or podcast"),
        ({"items": []}, 200, "the body is no list of templates"),
        ({"error": "no"}, 401, "statusCode 401, not 200"),
    ],
)
def test_each_fault_of_the_templates(deployment: Deployment, site: Site, body: Any, status: int, fault: str) -> None:
    answer = smoke(deployment, site.url, {"Invoke": engine(healthy, lambda _: proxied(body, status))})
    assert faults(answer) == {"work engine: templates": fault}


def test_templates_in_an_object(deployment: Deployment, site: Site) -> None:
    listed = engine(healthy, lambda _: proxied({"templates": TEMPLATES}))
    assert faults(smoke(deployment, site.url, {"Invoke": listed})) == {}


def test_a_function_that_fails_is_not_asked_for_ever(deployment: Deployment, site: Site) -> None:
    calls: list[int] = []

    def failing() -> dict[str, Any]:
        calls.append(1)
        return payload({"errorMessage": "Task timed out"}, "Unhandled")

    answer = smoke(deployment, site.url, {"Invoke": engine(failing, listing)})
    assert len(calls) == 3
    assert "Task timed out" in answer.text()


Echo: TypeAlias = Callable[[Any], dict[str, Any]]

ECHOES: list[Echo] = [
    lambda event: payload({"errorMessage": f"bad header {event['headers']}", "event": event}, "Unhandled"),
    lambda event: proxied({"echo": event}, 500),
    lambda event: proxied([{"type": event["headers"]["x-portal-secret"]}] * 3),
    lambda event: payload({"echo": json.dumps(json.dumps(event))}),
    lambda event: proxied("y" * 150 + event["headers"]["x-portal-secret"]),
]


@pytest.mark.parametrize("reply", ECHOES)
@pytest.mark.parametrize("secret", [PORTAL, "onlyLettersAndDigits0123456789"])
def test_an_echoed_secret_is_never_shown(deployment: Deployment, site: Site, secret: str, reply: Echo) -> None:
    answer = smoke(deployment, site.url, {"GetSecretValue": {"SecretString": secret}, "Invoke": engine(healthy, reply)})
    assert answer.status is ExitStatus.FOUND
    for shown in (answer.text(), json_of(answer)):
        assert secret not in shown
        assert secret[:8] not in shown
        assert json.dumps(secret)[1:-1] not in shown


def test_a_secret_in_an_error_of_aws_is_never_shown(deployment: Deployment, site: Site) -> None:
    def refuse(asked: Parameters) -> dict[str, Any] | Failure:
        event = json.loads(asked["Payload"])
        return Failure("InvalidRequestContentException", f"cannot parse {event}") if "headers" in event else healthy()

    answer = smoke(deployment, site.url, {"Invoke": refuse, "GetSecretValue": {"SecretString": "plainSecret42"}})
    assert answer.status is ExitStatus.FOUND
    assert "plainSecret42" not in answer.text() + json_of(answer)
    assert "cannot parse" in answer.text()


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"GetSecretValue": DENIED}, "you need secretsmanager:GetSecretValue"),
        ({"GetSecretValue": {"SecretBinary": b"x"}}, "the secret portal has no text"),
        ({"GetSecretValue": Failure("ResourceNotFoundException", "no such secret")}, "no such secret"),
        ({"Invoke": DENIED}, "you need lambda:InvokeFunction"),
        ({"Invoke": THROTTLED}, "AWS throttles"),
    ],
)
def test_what_aws_refuses_is_the_steps(
    deployment: Deployment, site: Site, answers: dict[str, Answer], said: str
) -> None:
    answer = smoke(deployment, site.url, answers)
    assert answer.status is ExitStatus.FOUND
    assert all(step.passed for step in answer.steps[:2])
    assert said in " ".join(answer.text().split())


@pytest.mark.parametrize(
    ("described", "said"),
    [
        (no_stack("dataops-v1"), "there is no stack dataops-v1: deploy it first"),
        (stack("dataops-v1", "ROLLBACK_COMPLETE"), r"dataops-v1 \(ROLLBACK_COMPLETE\) has no output DocsFullAppUrl"),
    ],
)
def test_without_outputs_there_is_no_answer(deployment: Deployment, described: Answer, said: str) -> None:
    with pytest.raises(OpsError, match=said):
        smoke(deployment, "", {"DescribeStacks": described})


def test_denied_outputs(deployment: Deployment) -> None:
    with pytest.raises(ClientError):
        smoke(deployment, "", {"DescribeStacks": DENIED})


@pytest.mark.parametrize(
    "arguments",
    [["--timeout", value] for value in ("0", "-1", "nan", "inf", "901", "x", "")]
    + [["--attempts", value] for value in ("0", "21", "1.5", "x", "", "²", "9" * 5000)],
)
def test_bad_patience(arguments: list[str]) -> None:
    parser = ArgumentParser(exit_on_error=False)
    add_arguments(parser)
    with pytest.raises(Exception, match="is not a number"):
        parser.parse_args(arguments)


def test_good_patience() -> None:
    parser = ArgumentParser()
    add_arguments(parser)
    assert vars(parser.parse_args(["--timeout", "2.5", "--attempts", "20"])) == {"timeout": 2.5, "attempts": 20}

"""What is not for this machine, or too long, is refused in one line before it is read."""

import http.client
import io
from typing import Any

import pytest

from local_aws import Emulator
from local_aws.admission import LONGEST, Admission
from local_aws.wire import Environ
from tests.local_aws.conftest import ACCOUNT, REGION


def echoed(environ: Environ, start_response: Any) -> list[bytes]:
    start_response("200 OK", [])
    return [environ["wsgi.input"].read()]


def answered(body: Any = b"", **headers: str) -> tuple[str, str]:
    statuses: list[str] = []
    stream = io.BytesIO(body) if isinstance(body, bytes) else body
    environ: Environ = {"HTTP_HOST": "localhost:4566", "wsgi.input": stream, **headers}

    def start(status: str, headers: object) -> None:
        del headers
        statuses.append(status)

    said = Admission(echoed, longest=10)(environ, start)
    return statuses[0], b"".join(said).decode()


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:80", "bucket.of.mine.localhost:4566", "127.0.0.1:4566", "[::1]:4566"]
)
def test_the_names_of_this_machine_are_served(host: str) -> None:
    assert answered(b"body", HTTP_HOST=host) == ("200 OK", "body")


@pytest.mark.parametrize("host", ["", "evil.example", "evil.example:4566", "localhost.evil.example", "10.0.0.7:4566"])
def test_another_host_is_refused(host: str) -> None:
    problem = f"Host {host!r} is not this machine: call the emulator as localhost\n"
    assert answered(HTTP_HOST=host) == ("403 Forbidden", problem)


def test_a_body_of_the_longest_size_is_read() -> None:
    assert answered(b"0123456789", CONTENT_LENGTH="10") == ("200 OK", "0123456789")
    assert answered(b"0123456789", HTTP_TRANSFER_ENCODING="chunked") == ("200 OK", "0123456789")


@pytest.mark.parametrize("header", [{"CONTENT_LENGTH": "11"}, {"HTTP_TRANSFER_ENCODING": "chunked"}])
def test_a_longer_one_is_refused(header: dict[str, str]) -> None:
    problem = "the body is longer than 10 bytes: put it in parts\n"
    assert answered(b"0123456789A", **header) == ("413 Content Too Large", problem)


@pytest.mark.parametrize("length", ["-1", "ten", "1e3"])
def test_a_length_that_is_none_is_refused(length: str) -> None:
    assert answered(CONTENT_LENGTH=length) == ("400 Bad Request", f"Content-Length {length!r} is no number\n")


def test_chunks_that_cannot_be_read_are_refused() -> None:
    class Broken(io.RawIOBase):
        def read(self, size: int = -1, /) -> bytes:
            del size
            raise OSError("Invalid chunk header")

    problem = "the body's chunks cannot be read: Invalid chunk header\n"
    assert answered(Broken(), HTTP_TRANSFER_ENCODING="chunked") == ("400 Bad Request", problem)


def test_the_server_refuses_them_before_the_body_is_sent(aws: Emulator) -> None:
    connection = http.client.HTTPConnection("localhost", int(aws.endpoint.rpartition(":")[2]))
    try:
        connection.putrequest("PUT", "/bucket/key")
        connection.putheader("Content-Length", str(LONGEST + 1))
        connection.endheaders()
        response = connection.getresponse()
        assert (response.status, response.read().count(b"\n")) == (413, 1)
    finally:
        connection.close()


def test_a_port_that_is_taken_is_said_so(aws: Emulator) -> None:
    taken = int(aws.endpoint.rpartition(":")[2])
    with pytest.raises(OSError, match="Address already in use"), Emulator(ACCOUNT, REGION, taken):
        pass
    assert aws.client("sts", aws.operator).get_caller_identity()["Account"] == ACCOUNT  # which goes on

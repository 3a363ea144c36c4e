"""The one door to the network: which addresses it reaches, and what it makes of odd answers."""

import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from domains.providers import client
from domains.providers.adapter import Raw
from domains.providers.client import NoAnswer, Timeouts, exchange
from domains.providers.network import is_public
from domains.providers.operations import ask
from domains.providers.signatures import signature_of
from tests.conftest import Sandbox, free_port
from tests.domains.providers.conftest import MakeProvider

Resolve = Callable[..., list[tuple[Any, ...]]]


def get(url: str, *, total_ms: int = 1_000) -> Raw:
    return exchange(
        method="GET",
        url=url,
        headers={"authorization": "Bearer key"},
        content=b"",
        timeouts=Timeouts(connect_ms=500, read_ms=500, total_ms=total_ms),
        deadline=time.monotonic() + total_ms / 1000,
    )


@contextmanager
def server(answer: bytes, *, pause_s: float = 0.0) -> Iterator[str]:
    """Answer one connection with these bytes, whatever is asked, and hang up."""
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as pool:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65_536)
                time.sleep(pause_s)
                connection.sendall(answer)

        done = pool.submit(serve)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        done.exception(timeout=5)


@pytest.fixture
def fresh_client(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Begin without pooled connections: one that was allowed before would be used again."""
    own: dict[int, Any] = {}
    monkeypatch.setattr(client, "_clients", own)
    yield
    for each in own.values():
        each.close()


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("127.0.0.1", False), ("10.0.0.1", False), ("172.16.0.1", False),
        ("192.168.1.1", False), ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False),
        ("224.0.0.1", False), ("255.255.255.255", False), ("2606:4700::1111", True), ("::1", False),
        ("::", False), ("fe80::1%eth0", False), ("fd00::1", False), ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", True), ("64:ff9b::7f00:1", False), ("64:ff9b::808:808", True),
        ("2002:7f00:0001::", False), ("ff02::1", False), ("fec0::1", False), ("64:ff9b:1::a00:1", False),
        ("::7f00:1", False), ("::ffff:0:127.0.0.1", False),
    ],
)  # fmt: skip
def test_public_is_what_is_public_however_it_is_written(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"])
def test_in_production_no_spelling_of_a_private_address_is_reached(
    fresh_client: None, sandbox: Sandbox, settings: Any, host: str
) -> None:
    settings.PRODUCTION, settings.PROVIDER_PRIVATE_HOSTS = True, set()
    port = sandbox.url.rpartition(":")[2]
    with pytest.raises(NoAnswer) as refused:
        get(f"http://{host}:{port}/kyc/one/ping")
    assert not refused.value.sent
    assert refused.value.code in {"ADDRESS_REFUSED", "UNREACHABLE"}
    assert not sandbox.asked()


def test_a_private_host_that_is_allowed_by_name_is_reached(
    fresh_client: None, sandbox: Sandbox, settings: Any
) -> None:
    settings.PRODUCTION, settings.PROVIDER_PRIVATE_HOSTS = True, {"localhost"}
    assert get(sandbox.url.replace("127.0.0.1", "localhost") + "/kyc/one/ping").status == 200


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(
    fresh_client: None, sandbox: Sandbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is public when it is checked and private when it is used (DNS rebinding) gains nothing."""
    settings.PRODUCTION, settings.PROVIDER_PRIVATE_HOSTS = True, set()
    port = int(sandbox.url.rpartition(":")[2])
    asked: list[str] = []
    real: Resolve = socket.getaddrinfo

    def rebinding(host: str, *rest: Any, **named: Any) -> list[tuple[Any, ...]]:
        if host != "rebinding.example":
            return real(host, *rest, **named)
        asked.append(host)
        # First a public address where nobody answers, then a private one.
        address = "203.0.114.1" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with pytest.raises(NoAnswer):
        get(f"http://rebinding.example:{port}/kyc/one/ping", total_ms=300)
    assert asked == ["rebinding.example"]
    assert not sandbox.asked()


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"", "CUT_OFF"),
        (b"SSH-2.0-OpenSSH\r\n", "CUT_OFF"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{", "CUT_OFF"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2000000\r\n\r\n" + b"x" * 2_000_000, "ANSWER_TOO_LARGE"),
    ],
)
def test_an_answer_that_is_none_is_told_apart(answer: bytes, code: str) -> None:
    with server(answer) as url, pytest.raises(NoAnswer) as none:
        get(url)
    assert (none.value.code, none.value.sent) == (code, True)


@pytest.mark.parametrize(
    "url", ["https://\ufb00.com/", "https://example.com/\x7f", "https://example.com:1/\x01"]
)
def test_an_address_that_is_none_is_not_reached(url: str) -> None:
    """What Django takes for an address the library may refuse: that is no reason for a job to fail."""
    with pytest.raises(NoAnswer) as none:
        get(url)
    assert (none.value.code, none.value.sent) == ("UNREACHABLE", False)


def test_a_redirect_is_not_followed(sandbox: Sandbox) -> None:
    answer = f"HTTP/1.1 302 Found\r\nlocation: {sandbox.url}/kyc/one/ping\r\ncontent-length: 0\r\n\r\n"
    with server(answer.encode()) as url:
        assert get(url).status == 302
    assert not sandbox.asked()


def test_nobody_listening_is_told_apart_from_nobody_answering() -> None:
    with pytest.raises(NoAnswer) as none:
        get(f"http://127.0.0.1:{free_port()}/")
    assert (none.value.code, none.value.sent) == ("UNREACHABLE", False)
    with server(b"late", pause_s=0.6) as url, pytest.raises(NoAnswer) as late:
        get(url, total_ms=200)
    assert (late.value.code, late.value.sent) == ("TIMEOUT", True)


def test_a_certificate_that_nobody_trusts_is_refused_before_anything_is_sent(
    fresh_client: None, tmp_path: Path
) -> None:
    """What proves who asks would go to whoever answers at the address."""
    certificate, received = tmp_path / "certificate.pem", []
    write_certificate(certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as pool:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection, suppress(OSError):
                received.append(context.wrap_socket(connection, server_side=True).recv(10))

        done = pool.submit(serve)
        with pytest.raises(NoAnswer) as refused:
            get(f"https://127.0.0.1:{listening.getsockname()[1]}/")
        done.result(timeout=5)
    assert (refused.value.code, refused.value.sent) == ("UNREACHABLE", False)
    assert received == []


def write_certificate(file: Path) -> None:
    """Write a key and a certificate that it signed itself for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    moment = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))


BODIES = [
    b'{"status": "OK", "match": true, "confidence": NaN, "request_id": "1"}',
    b'{"status": "OK", "match": true, "confidence": 1e999, "request_id": "1"}',
    b'{"status": "OK", "match": true, "confidence": 101, "request_id": "1"}',
    b'{"status": "OK", "match": true, "confidence": 90}',
    b'{"status": "OK", "match": true, "confidence": 90, "request_id": "a\\u0000b"}',
    b'{"status": "OK", "match": true, "confidence": 90, "request_id": "\\ud800"}',
    b'["status", "OK"]',
    b"[" * 100_000,
    b"\xff\xfe\x00",
    b"",
]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_genuine_answer_that_can_not_be_right_is_invalid_and_recorded(
    make_provider: MakeProvider, body: bytes
) -> None:
    signature = signature_of(secret="key-of-the-sandbox", body=body)
    head = f"HTTP/1.1 200 OK\r\nx-sandbox-signature: {signature}\r\ncontent-length: {len(body)}\r\n\r\n"
    with server(head.encode() + body) as url:
        answer = ask(
            provider=make_provider(base_url=url),
            action="verify_pan",
            request={"pan": "ABCPE1234F", "name": "x"},
            correlation_id="c",
            repeatable=False,
        )
    assert (answer.outcome, answer.code) == ("UNKNOWN", "PROVIDER_ANSWER_INVALID")
    assert answer.exchange_id is not None
    assert json.dumps(dict(answer.body)) == "{}"

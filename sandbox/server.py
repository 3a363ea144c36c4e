"""The HTTP server: `/<service>/<instance>/<path>` reaches a provider, `/_sandbox/…` sets faults and tells.

An instance is any word: `kyc/alpha` and `kyc/beta` are two bureaus with the same abilities. Whoever asks brings
any key as the bearer; answers are signed with it (HMAC-SHA-256 in hex, `X-Sandbox-Signature`).
"""

import hashlib
import hmac
import json
import sys
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from sandbox import aggregator, bureau, depository, prices, rail, ticker
from sandbox.faults import KNOWN, SERVICE_FAULTS, Fault, UnknownRule
from sandbox.world import Answered, Asked, Seen, Service, World, refusal

SERVICES: Mapping[str, Service] = {
    each.name: each
    for each in (
        bureau.SERVICE,
        depository.SERVICE,
        prices.SERVICE,
        ticker.SERVICE,
        aggregator.SERVICE,
        rail.RAIL,
        rail.VENUE,
    )
}
BODY_BYTES_MAX = 4 * 1024 * 1024
BEFORE_WORK = {"dead", "swallowed", "error_200", "error_500", "error_503", "rate_limited"}

PLAYED_BY_SERVICES = {*SERVICE_FAULTS, "not_found_then_settled", "mute"}


def make_server(*, host: str, port: int, seed: int, journals: Path | None = None) -> "Server":
    """Return a server that listens; `serve_forever` runs it. Raises OSError when the port can't be used.

    `journals` is a folder in which ledgers are written down and found again.
    """
    return Server(host, port, World(seed, journals))


class Server(ThreadingHTTPServer):
    """A thread for each connection; one that was hung up on is no error of ours."""

    def __init__(self, host: str, port: int, world: World) -> None:
        super().__init__((host, port), type("SandboxHandler", (Handler,), {"world": world}))
        self.world = world

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that went away."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    world: World
    protocol_version = "HTTP/1.1"
    timeout = 60  # seconds that a connection may be idle

    def do_GET(self) -> None:
        """Answer a GET."""
        self._take()

    def do_POST(self) -> None:
        """Answer a POST."""
        self._take()

    def do_DELETE(self) -> None:
        """Answer a DELETE."""
        self._take()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: `/_sandbox/requests` tells what came."""

    def _take(self) -> None:
        length = self.headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > BODY_BYTES_MAX:
            self.close_connection = True
            self._send(*refusal(413, "INVALID_INPUT", "The body is too large."))
            return
        text = self.rfile.read(int(length)).decode("utf-8", "replace")
        try:
            body = json.loads(text or "{}")
            if not isinstance(body, dict):
                raise ValueError
        except ValueError:
            self._send(*refusal(400, "INVALID_INPUT", "The body is not a JSON object."))
            return
        path = self.path.partition("?")[0].strip("/")
        if path.startswith("_sandbox/"):
            self._send(*self._control(path.removeprefix("_sandbox/"), body))
        else:
            self._provide(path, text, body)

    def _control(self, what: str, body: Mapping[str, Any]) -> Answered:
        """Set, list and clear faults; list the requests that came."""
        faults = self.world.faults
        match (self.command, what):
            case ("POST", "faults"):
                try:
                    faults.add(body)
                except UnknownRule as error:
                    return refusal(400, "INVALID_INPUT", str(error))
                return 201, {"faults": faults.listed()}
            case ("GET", "faults"):
                return 200, {"faults": faults.listed(), "known": KNOWN}
            case ("DELETE", "faults"):
                faults.clear()
                return 200, {"faults": []}
            case ("GET", "requests"):
                return 200, {"requests": [vars(each) for each in list(self.world.seen)]}
            case ("DELETE", "requests"):
                self.world.seen.clear()
                return 200, {"requests": []}
        return refusal(404, "NOT_FOUND", "There are /_sandbox/faults and /_sandbox/requests.")

    def _provide(self, path: str, text: str, body: Mapping[str, Any]) -> None:
        name, _, after = path.partition("/")
        place, _, route = after.partition("/")
        instance = f"{name}/{place}"
        scheme, _, api_key = self.headers.get("authorization", "").partition(" ")
        fault = self.world.faults.decide(
            header=self.headers.get("x-sandbox-fault", ""), instance=instance, path=path, body=text
        )
        headers = {
            key.lower(): value for key, value in self.headers.items() if key.lower() != "authorization"
        }
        self.world.seen.append(Seen(self.command, path, headers, body, fault.name))
        if fault.name in BEFORE_WORK:
            self._misbehave_at_once(fault)
            return
        if name not in SERVICES:
            self._send(*refusal(404, "NOT_FOUND", f"There are {', '.join(SERVICES)}."))
            return
        if scheme.lower() != "bearer" or not api_key:
            self._send(*refusal(401, "UNAUTHENTICATED", "Bring a key as the bearer."))
            return
        asked = Asked(
            world=self.world,
            instance=instance,
            body=body,
            headers=headers,
            query=dict(parse_qsl(self.path.partition("?")[2])),
            api_key=api_key,
            idempotency_key=headers.get("idempotency-key", ""),
            fault=fault.name if fault.name in PLAYED_BY_SERVICES else "",
        )
        status, answer = _answer(SERVICES[name], f"{self.command} {route}", asked)
        self._send(status, answer, key=api_key, fault=fault)

    def _misbehave_at_once(self, fault: Fault) -> None:
        match fault.name:
            case "dead":
                self.close_connection = True
            case "swallowed":
                time.sleep(fault.seconds)
                self.close_connection = True
            case "error_200":
                self._send(*refusal(200, "INTERNAL", "Something went wrong."), key=self._key())
            case "error_500":
                self._send(*refusal(500, "INTERNAL", "Something went wrong."), key=self._key())
            case "error_503":
                self._write(503, b"<html><h1>Service Unavailable</h1></html>", {"Content-Type": "text/html"})
            case "rate_limited":
                limited = json.dumps(refusal(429, "RATE_LIMITED", "Too many requests.")[1]).encode()
                self._write(429, limited, {"Retry-After": "1"})

    def _key(self) -> str:
        return self.headers.get("authorization", "").partition(" ")[2]

    def _send(self, status: int, answer: Mapping[str, Any], *, key: str = "", fault: Fault = Fault()) -> None:
        content = json.dumps(answer).encode()
        signature = hmac.new(key.encode(), content, hashlib.sha256).hexdigest()
        headers = {"X-Sandbox-Signature": signature} if key else {}
        match fault.name:
            case "slow":
                time.sleep(fault.seconds)
            case "silent" | "mute" | "timeout_then_success" | "not_found_then_settled":
                time.sleep(fault.seconds)
                self.close_connection = True
                return
            case "malformed":
                content = content[:-2]
                headers["X-Sandbox-Signature"] = hmac.new(key.encode(), content, hashlib.sha256).hexdigest()
            case "wrong_signature":
                headers["X-Sandbox-Signature"] = signature[::-1]
            case "half" | "dribble":
                self._write_in_parts(status, content, headers, fault)
                return
        self._write(status, content, headers)

    def _write(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
        self._write_head(status, len(content), headers)
        self.wfile.write(content)

    def _write_head(self, status: int, length: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def _write_in_parts(self, status: int, content: bytes, headers: Mapping[str, str], fault: Fault) -> None:
        self._write_head(status, len(content), headers)
        self.wfile.flush()
        if fault.name == "half":
            self.wfile.write(content[: len(content) // 2])
            self.close_connection = True
            return
        try:
            for place in range(len(content)):
                self.wfile.write(content[place : place + 1])
                self.wfile.flush()
                time.sleep(fault.seconds)
        except OSError:
            self.close_connection = True  # whoever asked has hung up


def _answer(service: Service, route: str, asked: Asked) -> Answered:
    if route == "GET ping":
        return 200, {"status": "OK"}
    answer = service.routes.get(route)
    if answer is None:
        head, _, rest = route.rpartition("/")
        answer = service.routes.get(f"{head}/*")
        asked = Asked(**{**vars(asked), "rest": rest})
    if answer is None:
        return refusal(404, "NOT_FOUND", f"{service.name} has {', '.join(service.routes)}.")
    try:
        return answer(asked)
    except (KeyError, TypeError, ValueError) as error:
        return refusal(400, "INVALID_INPUT", f"Something is missing or is not as it must be: {error}")

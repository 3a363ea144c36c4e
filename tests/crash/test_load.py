"""Whoever submits goes on asking until the outcome is known, however the gateway's answers break off."""

import json
import socket
import threading
import time

from tests.crash.load import Load

DONE = json.dumps({
    "data": {"initiatePayment": {"transaction": {"id": "1", "reference": "TX1"}, "problems": []}}
}).encode()  # fmt: skip
BROKEN = [
    b"",
    b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{",
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 500\r\n\r\n{",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
    b"no HTTP\r\n\r\n",
    b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n\r\n[]",
]


def test_answers_that_break_off_are_asked_for_again() -> None:
    """A killed gateway cuts an answer anywhere, also that of an error."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for answer in [*BROKEN, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(DONE), DONE)]:
            connection, _ = listening.accept()
            with connection:
                connection.settimeout(30)
                connection.recv(65_536)
                connection.sendall(answer)

    server = threading.Thread(target=serve, daemon=True)
    server.start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    load = Load(urls=[url], token="t", customers=["Customer:1"], seed=1, give_up_at=time.monotonic() + 120)
    load._submit(1)
    done = load.done
    listening.close()
    assert done.references == {"crash-1-1": {"TX1"}}
    assert done.sent == len(BROKEN) + 1

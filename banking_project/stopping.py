"""The end of a gateway: it says that it is not ready any more, takes no new connection, answers what it has.

A listening socket that is closed resets the connections that nobody has accepted yet, and a client whose request
is on its way can't know whether it was done. So before the socket is closed, the kernel is told to drop
whatever would begin a new connection: the client's kernel tries again a second later, finds the port closed, and
its proxy goes to another gateway, with nothing sent.
"""

import ctypes
import logging
import mmap
import socket
import struct
import time
from collections.abc import Callable, Iterable
from typing import Any

log = logging.getLogger("banking_project.stopping")

HANDSHAKE_S = 0.05  # for connections that are being made when the door is closed
_SO_ATTACH_FILTER = 26  # Linux: <asm-generic/socket.h>
# Classic BPF over the TCP header: byte 13 has the flags, of which 0x02 is SYN.
_NO_SYN = (
    (0x30, 0, 0, 13),  # load that byte
    (0x45, 0, 1, 0x02),  # SYN set? then the next line, else the one after it
    (0x06, 0, 0, 0),  # drop
    (0x06, 0, 0, 0xFFFFFFFF),  # keep
)
# One byte that the workers, forked later, share with the process that is told to stop.
_flag = mmap.mmap(-1, 1)


def begun() -> bool:
    """Tell whether the gateway has been told to stop."""
    return _flag[0] != 0


def gracefully(stop: Callable[..., None], server: Any, *, drain_s: float) -> Callable[..., None]:
    """Return what stops a gunicorn arbiter so that no client is refused while another gateway serves.

    For `drain_s` seconds it answers as before and only `/readyz` says 503, so that proxies which ask turn away.
    """

    def stopped(graceful: bool = True) -> None:
        if graceful and not begun():
            _flag[0] = 1
            time.sleep(drain_s)
            close_the_door([listener.sock for listener in server.LISTENERS])
        stop(graceful)

    return stopped


def close_the_door(listeners: Iterable[socket.socket]) -> None:
    """Let no new connection begin on these sockets; return when those under way have been made."""
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in _NO_SYN))
    attached = struct.pack("HP", len(_NO_SYN), ctypes.addressof(program))
    for listener in listeners:
        if listener.family not in (socket.AF_INET, socket.AF_INET6):
            continue  # a Unix socket refuses at once
        try:
            listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, attached)
        except OSError as error:  # not Linux: a connection may be reset in the instant of closing
            log.warning("New connections can't be held off while stopping: %s", error.strerror)
    time.sleep(HANDSHAKE_S)

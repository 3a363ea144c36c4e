"""Closing the door: who has come in is heard, who comes now finds another one, nobody is sent away half served."""

import select
import socket

from banking_project.stopping import close_the_door


def listening() -> socket.socket:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    return listener


def test_nobody_new_gets_in_and_who_is_in_the_queue_is_still_heard() -> None:
    with listening() as listener, socket.create_connection(listener.getsockname()) as before:
        before.sendall(b"asked before")
        close_the_door([listener])
        with socket.socket() as after:
            after.setblocking(False)
            after.connect_ex(listener.getsockname())
            assert select.select([], [after], [], 0.3)[1] == [], "the handshake is not answered"
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.recv(100) == b"asked before"
            accepted.sendall(b"answered")
            assert before.recv(100) == b"answered"
        assert select.select([listener], [], [], 0)[0] == []


def test_who_was_held_off_is_refused_when_the_door_is_gone() -> None:
    listener = listening()
    close_the_door([listener])
    with socket.socket() as client:
        client.settimeout(10)
        client.setblocking(False)
        client.connect_ex(listener.getsockname())
        listener.close()
        assert select.select([], [client], [], 10)[1] == [client]
        assert client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0


def test_other_kinds_of_sockets_need_no_filter() -> None:
    first, second = socket.socketpair()
    with first, second:
        close_the_door([first])
        second.sendall(b"heard")
        assert first.recv(10) == b"heard"

"""A line that breaks: passes bytes on to a server, and cuts each of its first connections after so many."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

_BLOCK = 65536


@dataclass
class Line:
    """`cuts` are bytes from the client, after which the first, second ... connection that brings as many is cut.

    Nothing is cut before `spared` bytes came in all. `then` is called at each cut, before the server learns of it. A
    line that is `down` takes no connection; with `stays_down` it is so after the last cut.
    """

    server: tuple[str, int]
    cuts: list[int]
    stays_down: bool = False
    spared: int = 0
    then: Callable[[], object] = lambda: None
    cut: int = 0
    down: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def carry(self, client: socket.socket) -> None:
        """Pass one connection on until it ends or is cut."""
        if self.down:
            client.close()
            return
        with client, suppress(OSError), socket.create_connection(self.server) as server:
            back = threading.Thread(target=self._pass_back, args=(server, client), daemon=True)
            back.start()
            self._pass_on(client, server)
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            back.join()

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        passed = 0
        while block := client.recv(_BLOCK):
            server.sendall(block)
            passed += len(block)
            if self._is_cut(len(block), passed):
                self.then()
                return

    def _is_cut(self, more: int, passed: int) -> bool:
        with self.lock:
            self.spared -= more
            if not self.cuts or self.spared > 0 or passed < self.cuts[0]:
                return False
            self.cuts.pop(0)
            self.cut += 1
            self.down = self.stays_down and not self.cuts
            return True

    def _pass_back(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while block := server.recv(_BLOCK):
                client.sendall(block)
            client.shutdown(socket.SHUT_RDWR)


@contextmanager
def cutting(root: str, *cuts: int, **more: Any) -> Iterator[tuple[str, Line]]:
    """Stand before the server at `root`; yields the address that clients use, and the line."""
    parts = urlsplit(root)
    line = Line((str(parts.hostname), int(parts.port or 80)), list(cuts), **more)
    with socket.create_server(("127.0.0.1", 0)) as door:
        threading.Thread(target=_accept, args=(door, line), daemon=True).start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}", line
        door.shutdown(socket.SHUT_RDWR)


def _accept(door: socket.socket, line: Line) -> None:
    while True:
        try:
            client, _ = door.accept()
        except OSError:
            return
        threading.Thread(target=line.carry, args=(client,), daemon=True).start()

"""A line that breaks: passes bytes on to a server, and cuts each of its first connections after so many."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_BLOCK = 65536


@dataclass
class Line:
    """`cuts` are bytes from the client, after which the first, second ... connection that brings as many is cut.

    A line that is `down` takes no connection; with `stays_down` it is so after the last cut.
    """

    server: tuple[str, int]
    cuts: list[int]
    stays_down: bool = False
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
            with self.lock:
                if self.cuts and passed >= self.cuts[0]:
                    self.cuts.pop(0)
                    self.cut += 1
                    self.down = self.stays_down and not self.cuts
                    return

    def _pass_back(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while block := server.recv(_BLOCK):
                client.sendall(block)
            client.shutdown(socket.SHUT_RDWR)


@contextmanager
def cutting(root: str, *cuts: int, stays_down: bool = False) -> Iterator[tuple[str, Line]]:
    """Stand before the server at `root`; yields the address that clients use, and the line."""
    parts = urlsplit(root)
    line = Line((str(parts.hostname), int(parts.port or 80)), list(cuts), stays_down)
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

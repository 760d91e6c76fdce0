"""Connections that answer the plainest request at once: for a segment of a public track that is at hand.

Such a request never becomes one of aiohttp's, which costs three times what reading and sending does. Whatever is not as
plain as that goes the ordinary way; what is answered is the same, header by header.
"""

from __future__ import annotations

import re
import time
from email.utils import formatdate
from functools import lru_cache
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from mediaserver.server import delivery, reply
from mediaserver.streaming.packager import Packager

_END = b"\r\n\r\n"
_PIECE = re.compile(
    rb"GET /hls/public/([\w-]{1,64})/([0-9a-f]{1,64})/([a-z0-9-]{1,32})/(init\.mp4|\d{1,9}\.m4s) HTTP/1\.1(?=\r\n)"
)
_WITH_BODY = re.compile(rb"[\r\n](?:content-length|transfer-encoding|upgrade|expect)[ \t]*:", re.IGNORECASE)
_CONDITIONAL = re.compile(rb"[\r\n](?:range|if-[a-z-]+|connection:(?! ?keep-alive\r))", re.IGNORECASE)
_LINES = re.compile(rb"\r\n(?:[\w!#$%&'*+.^`|~-]+:[^\r\n\0]*\r\n){0,64}\r\n", re.ASCII)
_LONGEST = 8190  # bytes of a head: aiohttp takes no longer line
_MOST = 2**18  # bytes that wait to be sent on one connection, before the next answer waits for them as well


class Connection(RequestHandler):
    """One client's connection."""

    __slots__ = ("_is_plain", "_packager", "_plain_lines")

    def __init__(self, server: web.Server, packager: Packager, **settings: Any) -> None:
        super().__init__(server, **settings)
        self._packager = packager
        self._is_plain = True  # whether all that came so far were whole requests without bodies
        self._plain_lines = b""  # header lines that change no answer: a player sends the same with each request

    def data_received(self, data: bytes) -> None:
        """Answer at once, or hand on what came."""
        asked = _PIECE.match(data) if self._is_plain else None
        if asked is None or not self._changes_nothing(data[asked.end() :]):
            self._is_plain = self._is_plain and _is_one_request(data)
        elif self._is_idle() and self._answer(asked):
            return
        super().data_received(data)

    def _changes_nothing(self, lines: bytes) -> bool:
        """Tell whether these header lines are the rest of a request that is answered as if it had none."""
        if lines != self._plain_lines:
            if not _are_plain(lines):
                return False
            self._plain_lines = lines
        return True

    # aiohttp waits for its next message exactly while nothing is being answered: neither name is public, and both are
    # held to what is meant by this module's tests.
    def _is_idle(self) -> bool:
        waiter, transport = self._waiter, self.transport
        if waiter is None or waiter.done() or self._close or self._force_close or transport is None:
            return False
        return transport.get_write_buffer_size() <= _MOST

    def _answer(self, asked: re.Match[bytes]) -> bool:
        track, version, rendition, name = map(bytes.decode, asked.groups())
        piece = self._packager.at_hand(track, version, rendition, name)
        if piece is None or self.transport is None:
            return False
        head = _head(delivery.tag(version, rendition, name), len(piece), _date(int(time.time())))
        self.transport.writelines((head, piece))
        self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout
        return True


class Connections(web.AppRunner):
    """Runs the application on such connections."""

    def __init__(self, application: web.Application, packager: Packager, **settings: Any) -> None:
        super().__init__(application, **settings)
        self._packager = packager

    @property
    def server(self) -> Any:
        """What makes a connection for each client, once the runner is set up."""
        return None if self._server is None else self._connect

    def _connect(self) -> Connection:
        server = self._server
        assert server is not None
        return Connection(server, self._packager, loop=server._loop, **server._kwargs)


def _is_one_request(data: bytes) -> bool:
    """Tell whether this is the whole of one request that has no body: then the next begins with the next data."""
    return (
        data.startswith((b"GET ", b"HEAD "))
        and data.find(_END) == len(data) - len(_END)
        and not _WITH_BODY.search(data)
    )


def _are_plain(lines: bytes) -> bool:
    """Tell whether these lines end a request's head, and its data, and neither bring a body nor change the answer."""
    return (
        len(lines) <= _LONGEST
        and _LINES.fullmatch(lines) is not None
        and not _WITH_BODY.search(lines)
        and not _CONDITIONAL.search(lines)
    )


@lru_cache(maxsize=1024)
def _head(tag: str, length: int, date: str) -> bytes:
    """The head of an answer, which the same segment gives all who ask for it within a second."""
    headers = reply.lasting(tag) | {
        "Content-Type": delivery.SEGMENT_TYPE,
        "Content-Length": str(length),
        "Date": date,
        "Server": reply.SERVER,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode("latin-1")


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)

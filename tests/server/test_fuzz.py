from __future__ import annotations

import asyncio
import itertools
import re

import pytest
from yarl import URL

from mediaserver.accounts import invitations
from tests.running import PATIENCE, Site

PLACES = [
    "%00", "%ff%fe", "%C3%28", "..", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "x" * 3000, "%F0%9F%8E%B5" * 300, "-1", "0",
    "99999999999999999999", "%0d%0aX-Injected:%201", "'%20OR%201=1--", "%25s", "{}", "%ED%A0%80", "\u00e9", " ", "@",
]  # fmt: skip
QUERIES = [
    "",
    "?%00=%ff",
    "?limit=-1&cursor=%ff",
    "?filename=%ff%00&visibility=%ff&artist=%00",
    "?" + "a=b&" * 1500,
    "?=&&=%",
]
HEADERS = [
    {},
    {"Accept": "text/html"},
    {"Cookie": "mediaserver_session=\x7f\xff; ; =;"},
    {"Cookie": "mediaserver_session=" + "x" * 5000},
    {"Content-Type": "multipart/form-data"},
    {"Content-Type": "multipart/form-data; boundary="},
    {"Content-Type": "multipart/form-data; boundary=b"},
    {"Content-Type": "application/x-www-form-urlencoded; charset=nonsense"},
    {"Content-Type": "\xff/\x80; charset=\xff"},
    {"Content-Encoding": "gzip"},
    {"Content-Encoding": "br"},
    {"Content-Encoding": "nonsense"},
    {"Range": "bytes=5-1,-,x"},
    {"If-None-Match": "\xff", "If-Modified-Since": "yesterday"},
    {"Origin": "\xff"},
    {"Host": "\xff\xfe:99999999"},
    {"Host": "[::"},
    {"Accept": "\xff", "Accept-Language": "\xff" * 1000, "Accept-Encoding": "nonsense;q=x"},
    {"X-Forwarded-For": "\xff", "X-Forwarded-Proto": "gopher"},
    {"Expect": "the-unexpected"},
]  # fmt: skip
BODIES = [
    b"",
    b"\xff\x00\xfe",
    b"{",
    b"--b\r\n\r\n\r\n--b--\r\n",
    b"--b\r\nContent-Disposition: form-data; name=\xff\r\n\r\nx",
    b"a=%ff&b=\xff",
]
MULTIPART = "multipart/form-data; boundary=b"
NAMED = b'Content-Disposition: form-data; name="name"'
FILE = b'Content-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'


def parts(*each: bytes) -> tuple[str, bytes]:
    return MULTIPART, b"".join(b"--b\r\n" + part + b"\r\n" for part in each) + b"--b--\r\n"


FORMS = [
    ("application/x-www-form-urlencoded; charset=foo", b"name=ann&password=x"),
    ("application/x-www-form-urlencoded; charset=utf-16", b"name=ann"),
    ("application/x-www-form-urlencoded; charset=base64", b"name=ann"),
    ("application/x-www-form-urlencoded", b"name=%ff&password=%ed%a0%80"),
    ("multipart/form-data", b"--b\r\n" + NAMED + b"\r\n\r\nx\r\n--b--\r\n"),
    ("multipart/form-data; boundary=" + "b" * 71, b"--b\r\n" + NAMED + b"\r\n\r\nx\r\n--b--\r\n"),
    ("multipart/form-data; boundary=other", b"--b\r\n" + NAMED + b"\r\n\r\nx\r\n--b--\r\n"),
    (MULTIPART, b""),
    (MULTIPART, b"--b"),
    (MULTIPART, b"--b\r\n" + NAMED),
    (MULTIPART, b"--b\r\n" + NAMED + b"\r\n\r\nx"),
    (MULTIPART, b"--b\r\n" + FILE + b"x\r\n--bb\r\n"),
    (MULTIPART, b"--b\r\n" + FILE + b"x\r\n--b\r\n"),
    parts(b"\r\nx"),
    parts(b"Content-Disposition: form-data\r\n\r\nx"),
    parts(b"no colon in here\r\n\r\nx"),
    parts(b": \r\n\r\nx"),
    parts(NAMED + b"\r\nX-Long: " + b"x" * 20_000 + b"\r\n\r\nx"),
    parts(NAMED + b"\r\n" + b"A: b\r\n" * 500 + b"\r\nx"),
    parts(NAMED + b"\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n"),
    parts(NAMED + b"\r\nContent-Type: multipart/mixed\r\n\r\nx"),
    parts(NAMED + b"\r\nContent-Type: text/plain; charset=foo\r\n\r\nx"),
    parts(NAMED + b"\r\nContent-Type: image/png\r\n\r\nx"),
    parts(NAMED + b"\r\nContent-Transfer-Encoding: foo\r\n\r\nx"),
    parts(NAMED + b"\r\nContent-Transfer-Encoding: base64\r\n\r\nx"),
    parts(NAMED + b"\r\nContent-Encoding: gzip\r\n\r\nx"),
    parts(b'Content-Disposition: form-data; name="_charset_"\r\n\r\nfoo', NAMED + b"\r\n\r\nx"),
    parts(b'Content-Disposition: form-data; name="_charset_"\r\n\r\n' + b"x" * 100, NAMED + b"\r\n\r\nx"),
    parts(b'Content-Disposition: form-data; name="_charset_"\r\n\r\n\xff', NAMED + b"\r\n\r\nx"),
    parts(b"Content-Disposition: form-data; name*=foo''x; filename*=foo''y\r\n\r\nx"),
    parts(b"Content-Disposition: form-data; name*0*=foo''x; filename*0*=foo''%ff\r\n\r\nx"),
]
METHODS = ["GET", "POST", "PATCH", "HEAD", "DELETE", "PUT", "OPTIONS", "TRACE", "NONSENSE"]


def routes(site: Site) -> list[str]:
    """Every address of the server, with {places} still open."""
    return sorted({resource.canonical for resource in site.app.router.resources()})


def filled(pattern: str, text: str) -> str:
    return re.sub(r"\{[^}]*\}", lambda found: text, pattern) + (f"/{text}" if pattern == "/static" else "")


async def raw(site: Site, request: bytes) -> bytes:
    """Send bytes as they are; return the head of the answer, empty when the line was closed."""
    url = URL(site.root)
    reader, writer = await asyncio.open_connection(url.host, url.port, limit=2**22)
    try:
        writer.write(request)
        return await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        return getattr(error, "partial", b"")
    finally:
        writer.close()


def request(method: str, address: str, headers: dict[str, str], body: bytes, token: str) -> bytes:
    lines = {"Host": "127.0.0.1", "Cookie": f"mediaserver_session={token}", "Content-Length": str(len(body))} | headers
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {address} HTTP/1.1\r\n{head}\r\n".encode("latin-1", "replace") + body


async def assert_no_fault(site: Site, requests: list[bytes], caplog: pytest.LogCaptureFixture) -> None:
    """No answer is a 5xx, and nothing that needs a person's eye is in the log."""
    gate = asyncio.Semaphore(50)

    async def one(sent: bytes) -> None:
        async with gate:
            head = await raw(site, sent)
        status = head[9:10]
        assert status in {b"", b"2", b"3", b"4"}, f"{sent[:300]!r} -> {head[:200]!r}"
        assert b"X-Injected" not in head

    await asyncio.gather(*(one(sent) for sent in requests))
    faults = [
        record for record in caplog.records if record.name.startswith("mediaserver") and record.levelname == "ERROR"
    ]
    assert [record.getMessage() for record in faults] == []
    assert (await site.guest.get("/healthz")).status == 200


async def test_no_address_makes_the_server_fail(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    admin = await site.join("root", "admin")
    requests = [
        request(method, filled(pattern, place) + query, {}, b"", admin.token or "")
        for pattern, place, method in itertools.product(routes(site), PLACES, ["GET", "POST"])
        for query in (QUERIES if place == PLACES[0] else QUERIES[:2])
    ]
    await assert_no_fault(site, requests, caplog)


# aiohttp warns the program's log of odd forms; only here is a warning an error.
@pytest.mark.filterwarnings("ignore::aiohttp.multipart.BadContentDispositionHeader")
@pytest.mark.filterwarnings("ignore::aiohttp.multipart.BadContentDispositionParam")
async def test_no_header_or_body_makes_the_server_fail(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    admin = await site.join("root", "admin")
    requests = [
        request(method, filled(pattern, "x") + "?filename=x", headers, body, admin.token or "")
        for pattern, headers in itertools.product(routes(site), HEADERS)
        for method, body in [("GET", b""), *(("POST", body) for body in BODIES), ("PATCH", BODIES[1])]
    ]
    await assert_no_fault(site, requests, caplog)


@pytest.mark.filterwarnings("ignore::aiohttp.multipart.BadContentDispositionHeader")
@pytest.mark.filterwarnings("ignore::aiohttp.multipart.BadContentDispositionParam")
@pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning")  # aiohttp's
async def test_no_form_makes_the_server_fail(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    link = await site.services.db.write(invitations.invite_first)
    ann = await site.join()
    requests = [
        request("POST", address, {"Content-Type": kind}, body, ann.token or "")
        for address, (kind, body) in itertools.product(("/sign-in", f"/setup/{link}", "/upload"), FORMS)
    ]
    await assert_no_fault(site, requests, caplog)


@pytest.mark.parametrize("body", [b"--b\r\n" + FILE + b"half", b"--b\r\n" + FILE, b"--b\r\n" + FILE + b"x" * 200_000])
async def test_a_form_that_is_cut_off_leaves_nothing(site: Site, body: bytes) -> None:
    ann = await site.join()
    refused = await ann.ask("POST", "/upload", data=body, headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert "arrived only in part" in refused.problem(400, "malformed")
    assert site.originals() == []
    assert (await ann.get("/api/v1/uploads")).json["items"] == []


async def test_no_method_makes_the_server_fail(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    admin = await site.join("root", "admin")
    requests = [
        request(method, filled(pattern, "x"), {"Accept": accept}, b"", admin.token or "")
        for pattern, method, accept in itertools.product(routes(site), METHODS, ["text/html", "*/*"])
    ]
    await assert_no_fault(site, requests, caplog)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET  HTTP/1.1\r\n\r\n",
        b"GET http://[::/ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET * HTTP/1.1\r\nHost: x\r\n\r\n",
        b"CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n{}",
        b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n{}",
        b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 20_000 + b"\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
    ],
    ids=range(17),
)
async def test_what_is_hardly_http(site: Site, sent: bytes) -> None:
    url = URL(site.root)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(sent)
    writer.write_eof()
    try:
        head = await asyncio.wait_for(reader.read(200), PATIENCE)
    except ConnectionError:
        head = b""
    writer.close()
    assert not head.startswith((b"HTTP/1.1 5", b"HTTP/1.0 5")), head
    assert (await site.guest.get("/healthz")).status == 200

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from yarl import URL

from mediaserver.base import clock
from mediaserver.ingest.arrivals import arrivals
from tests import running
from tests.running import Site, Visitor
from tests.server.tus import BODY, PLACE, Sender, checksum, metadata

MiB = 2**20
HALF = 100_000


@pytest.fixture
async def ann(site: Site) -> Sender:
    return Sender(await site.join())


def parts(site: Site) -> list[Path]:
    return running.files_below(site.services.folder.originals / "arriving")


async def end(sender: Sender, answer: running.Answer) -> dict[str, Any]:
    return await sender.visitor.end_of(answer.headers["Upload-Location"])


async def pour(*pieces: bytes, then: asyncio.Event | None = None) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
    if then:
        await then.wait()


async def open_line(sender: Sender, address: str, offset: int, length: int) -> asyncio.StreamWriter:
    """A PATCH by hand, which promises more than it may ever send."""
    url = URL(sender.visitor.root)
    _, writer = await asyncio.open_connection(url.host, url.port)
    head = (
        f"PATCH {address} HTTP/1.1\r\nHost: {url.authority}\r\nContent-Length: {length}\r\nTus-Resumable: 1.0.0\r\n"
        f"Content-Type: {BODY}\r\nUpload-Offset: {offset}\r\nCookie: mediaserver_session={sender.visitor.token}\r\n\r\n"
    )
    writer.write(head.encode())
    await writer.drain()
    return writer


async def test_the_server_says_what_it_can(site: Site) -> None:
    said = await site.guest.ask("OPTIONS", PLACE)
    assert said.status == 204
    assert said.headers["Tus-Version"] == said.headers["Tus-Resumable"] == "1.0.0"
    assert set(said.headers["Tus-Extension"].split(",")) == {
        *("creation", "creation-with-upload", "creation-defer-length"),
        *("termination", "checksum", "expiration", "concatenation"),
    }
    assert int(said.headers["Tus-Max-Size"]) == site.services.config.upload_limit
    assert "sha1" in said.headers["Tus-Checksum-Algorithm"].split(",")


async def test_a_file_in_two_pieces_becomes_a_track(site: Site, ann: Sender, wave: bytes) -> None:
    created = await ann.create(len(wave), "02 - First_Song.wav")
    assert (created.status, created.headers["Upload-Offset"]) == (201, "0")
    assert parsedate_to_datetime(created.headers["Upload-Expires"]).timestamp() * 1000 > clock.now() + 6 * clock.DAY
    address = created.headers["Location"]
    first = await ann.append(address, 0, wave[:HALF])
    assert (first.status, first.headers["Upload-Offset"], first.headers["Tus-Resumable"]) == (204, str(HALF), "1.0.0")
    assert await ann.offset(address) == HALF
    last = await ann.append(address, HALF, wave[HALF:])
    assert (last.status, last.headers["Upload-Offset"]) == (204, str(len(wave)))
    upload = await end(ann, last)
    assert (upload["state"], upload["track"]["title"]) == ("ready", "First Song")
    assert [path.name for path in site.originals()] == [hashlib.sha256(wave).hexdigest()]
    told = await ann.ask("HEAD", address)
    assert told.headers["Upload-Location"] == last.headers["Upload-Location"]
    assert told.headers["Upload-Offset"] == told.headers["Upload-Length"] == str(len(wave))
    assert (await ann.visitor.get(address)).json["upload"]["id"] == upload["id"]


async def test_what_is_said_of_a_file_is_heeded(site: Site, ann: Sender, wave: bytes) -> None:
    words = metadata(filename="Öl.wav", visibility="private", filetype="audio/wav")
    address = await ann.begin(len(wave), **{"Upload-Metadata": words})
    assert (await ann.ask("HEAD", address)).headers["Upload-Metadata"] == words
    upload = await end(ann, await ann.append(address, 0, wave))
    assert (upload["filename"], upload["track"]["visibility"]) == ("Öl.wav", "private")


async def test_creation_brings_the_first_bytes_or_all(site: Site, ann: Sender, wave: bytes) -> None:
    some = await ann.create(len(wave), data=wave[:HALF])
    assert (some.status, some.headers["Upload-Offset"]) == (201, str(HALF))
    assert (await ann.append(some.headers["Location"], HALF, wave[HALF:])).status == 204
    everything = await ann.create(len(wave), data=wave)
    assert everything.headers["Upload-Offset"] == str(len(wave))
    assert (await end(ann, everything))["state"] == "ready"


async def test_the_length_may_come_later(site: Site, ann: Sender, wave: bytes) -> None:
    address = await ann.begin(None)
    await ann.append(address, 0, wave[:HALF])
    told = await ann.ask("HEAD", address)
    assert told.headers["Upload-Defer-Length"] == "1"
    assert "Upload-Length" not in told.headers
    last = await ann.append(address, HALF, wave[HALF:], **{"Upload-Length": len(wave)})
    assert (await end(ann, last))["state"] == "ready"
    address = await ann.begin(None)
    await ann.append(address, 0, wave[:HALF], **{"Upload-Length": len(wave)})
    for length in (len(wave) + 1, 5):
        (await ann.append(address, HALF, wave[HALF:], **{"Upload-Length": length})).problem(409)


async def test_a_broken_line_costs_nothing_that_came(site: Site, ann: Sender, wave: bytes) -> None:
    address = await ann.begin(len(wave))
    writer = await open_line(ann, address, 0, len(wave))
    writer.write(wave[:HALF])
    await writer.drain()
    part = site.services.folder.originals / "arriving" / address.rpartition("/")[2]
    await running.until(lambda: _exists(part))
    writer.transport.abort()
    offset = await ann.offset(address)
    assert offset <= HALF
    assert part.stat().st_size == offset
    upload = await end(ann, await ann.append(address, offset, wave[offset:]))
    assert upload["state"] == "ready"
    assert [path.name for path in site.originals()] == [hashlib.sha256(wave).hexdigest()]


async def test_a_newer_request_takes_over_from_a_dead_line(site: Site, ann: Sender, wave: bytes) -> None:
    """The old line says nothing, and does not end either."""
    address = await ann.begin(len(wave))
    writer = await open_line(ann, address, 0, len(wave))
    writer.write(wave[:HALF])
    await writer.drain()
    await running.until(lambda: _exists(site.services.folder.originals / "arriving" / address.rpartition("/")[2]))
    offset = await ann.offset(address)
    upload = await end(ann, await ann.append(address, offset, wave[offset:]))
    assert upload["state"] == "ready"
    writer.close()


@pytest.mark.parametrize("kind", ["sha1", "sha256", "md5"])
async def test_checksums_are_held_to(site: Site, ann: Sender, wave: bytes, kind: str) -> None:
    address = await ann.begin(len(wave))
    assert (await ann.append(address, 0, wave[:HALF], **checksum(kind, wave[:HALF]))).status == 204
    (await ann.append(address, HALF, wave[HALF:], **checksum(kind, wave))).problem(460, "checksum-mismatch")
    assert await ann.offset(address) == HALF
    last = await ann.append(address, HALF, wave[HALF:], **checksum(kind, wave[HALF:]))
    assert (await end(ann, last))["state"] == "ready"
    assert [path.name for path in site.originals()] == [hashlib.sha256(wave).hexdigest()]


@pytest.mark.parametrize("text", ["crc32 AAAA", "sha1", "sha1 ???", ""])
async def test_checksums_of_other_kinds_are_refused(site: Site, ann: Sender, wave: bytes, text: str) -> None:
    address = await ann.begin(len(wave))
    (await ann.append(address, 0, wave, **{"Upload-Checksum": text})).problem(400)
    assert await ann.offset(address) == 0


async def test_what_is_taken_back_is_gone(site: Site, ann: Sender, wave: bytes) -> None:
    address = await ann.begin(len(wave))
    await ann.append(address, 0, wave[:HALF])
    assert len(parts(site)) == 1
    assert (await ann.ask("DELETE", address)).status == 204
    assert parts(site) == []
    for method in ("HEAD", "DELETE", "GET"):
        assert (await ann.ask(method, address)).status == 404
    (await ann.append(address, HALF, wave[HALF:])).problem(404)


async def test_pieces_are_joined(site: Site, ann: Sender, wave: bytes) -> None:
    first = await ann.begin(HALF, **{"Upload-Concat": "partial"})
    second = await ann.begin(len(wave) - HALF, **{"Upload-Concat": "partial"})
    assert (await ann.append(second, 0, wave[HALF:])).status == 204
    both = f"final;{first} {ann.visitor.root}{second}"
    (await ann.ask("POST", PLACE, Upload_Concat=both, Upload_Metadata=metadata(filename="a.wav"))).problem(409)
    assert (await ann.append(first, 0, wave[:HALF])).status == 204
    joined = await ann.ask("POST", PLACE, Upload_Concat=both, Upload_Metadata=metadata(filename="a.wav"))
    assert (joined.status, joined.headers["Upload-Length"]) == (201, str(len(wave)))
    upload = await end(ann, joined)
    assert (upload["state"], upload["filename"]) == ("ready", "a.wav")
    assert [path.name for path in site.originals()] == [hashlib.sha256(wave).hexdigest()]
    told = await ann.ask("HEAD", joined.headers["Location"])
    assert told.headers["Upload-Concat"] == both
    assert told.headers["Upload-Offset"] == told.headers["Upload-Length"]
    (await ann.append(joined.headers["Location"], len(wave), b"more")).problem(403)
    assert (await ann.ask("HEAD", first)).status == 404


async def test_pieces_are_joined_once_and_while_they_are_there(site: Site, ann: Sender, wave: bytes) -> None:
    pieces = [await ann.begin(length, **{"Upload-Concat": "partial"}) for length in (HALF, len(wave) - HALF)]
    words = {"Upload-Metadata": metadata(filename="a.wav")}
    for piece, data in zip(pieces, (wave[:HALF], wave[HALF:]), strict=True):
        await ann.append(piece, 0, data)
    orders = (pieces, pieces[::-1], pieces)
    joined = await asyncio.gather(
        *(ann.ask("POST", PLACE, **words, Upload_Concat=f"final;{' '.join(order)}") for order in orders)
    )
    assert sorted(answer.status for answer in joined) == [201, 404, 404]
    assert len((await ann.visitor.get("/api/v1/uploads")).json["items"]) == 1
    piece = await ann.begin(4, **{"Upload-Concat": "partial"})
    await ann.append(piece, 0, b"RIFF")
    for path in parts(site):
        path.unlink()
    (await ann.ask("POST", PLACE, **words, Upload_Concat=f"final;{piece}")).problem(409)


async def test_only_pieces_are_joined(site: Site, ann: Sender, wave: bytes) -> None:
    bob = Sender(await site.join("bob"))
    piece = await ann.begin(4, **{"Upload-Concat": "partial"})
    await ann.append(piece, 0, b"RIFF")
    usual = await ann.begin(len(wave))
    words = {"Upload-Metadata": metadata(filename="a.wav")}
    (await ann.ask("POST", PLACE, **words, Upload_Concat=f"final;{piece} {usual}")).problem(403)
    (await ann.ask("POST", PLACE, **words, Upload_Concat=f"final;{piece} {piece}")).problem(403)
    (await bob.ask("POST", PLACE, **words, Upload_Concat=f"final;{piece}")).problem(404)
    for text in ("final", "final;", "final;/elsewhere", "last;" + piece, "partially"):
        (await ann.ask("POST", PLACE, **words, Upload_Concat=text)).problem(400)
    assert len(parts(site)) == 1


async def test_requests_that_do_not_fit_are_refused(site: Site, ann: Sender, wave: bytes) -> None:
    address = await ann.begin(len(wave))
    await ann.append(address, 0, wave[:HALF])
    for offset in (0, HALF - 1, HALF + 1, 10**17):
        (await ann.append(address, offset, wave[HALF:])).problem(409, "conflict")
    (await ann.append(address, HALF, wave[HALF:] + b"more")).problem(413)
    (await ann.append(address, HALF, wave[HALF:], **{"Content-Type": "application/octet-stream"})).problem(415)
    for text in ("-1", "1.5", "x", "1" * 30, ""):
        (await ann.append(address, 0, wave, **{"Upload-Offset": text})).problem(400)
    assert await ann.offset(address) == HALF
    for headers in ({"Tus-Resumable": "0.2.2"}, {"Tus-Resumable": ""}):
        refused = await ann.ask("HEAD", address, **headers)
        assert (refused.status, refused.headers["Tus-Version"]) == (412, "1.0.0")
    assert (await ann.ask("PUT", address)).status == 405
    (await ann.create(0)).problem(422)
    (await ann.create(site.services.config.upload_limit + 1)).problem(413)
    (await ann.create(None, **{"Upload-Defer-Length": "2"})).problem(400)
    (await ann.ask("POST", PLACE, Upload_Metadata=metadata(filename="a"))).problem(400)
    (await ann.create(5, " ")).problem(422)
    (await ann.create(5, **{"Upload-Metadata": "filename ???"})).problem(400)
    (await ann.create(5, **{"Upload-Metadata": metadata(filename="a", visibility="secret")})).problem(422)
    for name in ("nothing", "0" * 26, "..%2F..%2Fx"):
        assert (await ann.ask("HEAD", f"{PLACE}/{name}")).status == 404


async def test_a_body_without_length_ends_where_the_file_does(site: Site, ann: Sender, wave: bytes) -> None:
    address = await ann.begin(len(wave))
    (await ann.append(address, 0, pour(wave, b"more"))).problem(413)
    upload = await end(ann, await ann.append(address, 0, pour(wave)))
    assert upload["state"] == "ready"


async def test_who_cannot_send_patch_says_so_in_a_header(site: Site, ann: Sender, wave: bytes) -> None:
    address = await ann.begin(len(wave))
    words = {"Content-Type": BODY, "Upload-Offset": 0, "X-HTTP-Method-Override": "PATCH"}
    sent = await ann.ask("POST", address, wave, **words)
    assert sent.status == 204
    assert (await end(ann, sent))["state"] == "ready"
    address = await ann.begin(len(wave))
    assert (await ann.ask("POST", address, **{"X-HTTP-Method-Override": "DELETE"})).status == 204
    assert (await ann.ask("HEAD", address)).status == 404


async def test_arrivals_are_their_senders_alone(site: Site, ann: Sender, wave: bytes) -> None:
    bob, guest = Sender(await site.join("bob", "admin")), Sender(site.guest)
    listener = Sender(await site.join("lou", "listener"))
    address = await ann.begin(len(wave))
    for method in ("HEAD", "GET", "DELETE"):
        assert (await bob.ask(method, address)).status == 404
        assert (await guest.ask(method, address)).status == 401
    (await bob.append(address, 0, wave)).problem(404)
    (await guest.append(address, 0, wave)).problem(401)
    (await guest.create(5)).problem(401)
    (await listener.create(5)).problem(403)
    (await ann.create(5, **{"Origin": "http://elsewhere.example"})).problem(403)
    assert [each["url"] for each in (await ann.visitor.get(PLACE)).json["items"]] == [address]
    assert (await bob.visitor.get(PLACE)).json["items"] == []


async def test_the_uncompleted_expires(site: Site, ann: Sender, wave: bytes) -> None:
    address, kept = await ann.begin(len(wave)), await ann.begin(len(wave))
    for each in (address, kept):
        await ann.append(each, 0, wave[:HALF])
    name = address.rpartition("/")[2]
    (site.services.folder.originals / "arriving" / "stray").write_bytes(b"left by a process that was killed")
    past = "UPDATE arrivals SET expires_at = expires_at - 8 * 86400000 WHERE id = :id"
    await site.services.db.write(lambda tx: tx.run(past, id=name))
    await site.services.receiver.sweep()
    assert [path.name for path in parts(site)] == [kept.rpartition("/")[2]]
    assert (await ann.ask("HEAD", address)).status == 410
    (await ann.append(address, HALF, wave[HALF:])).problem(410, "gone")
    assert (await ann.append(kept, HALF, wave[HALF:])).status == 204


async def test_what_arrives_just_before_it_expires_is_kept(site: Site, ann: Sender, wave: bytes) -> None:
    address = await ann.begin(len(wave))
    await ann.append(address, 0, wave[:HALF])
    db = site.services.db
    await db.write(lambda tx: tx.run("UPDATE arrivals SET expires_at = 1"))
    (late,) = await db.read(arrivals.overdue)
    assert (await ann.append(address, HALF, wave[HALF:])).status == 204
    assert not await db.write(arrivals.expire, late.id)
    assert (await ann.ask("HEAD", address)).ok().headers["Upload-Offset"] == str(len(wave))


async def test_what_a_killed_process_left_complete_is_made_an_upload(
    site: Site, ann: Sender, wave: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last byte was noted, and the process ended before anything came of it."""
    addresses = [await ann.begin(len(wave)) for _ in range(2)]
    with monkeypatch.context() as patched:
        patched.setattr(type(site.services.receiver), "_finish", _nothing)
        for address in addresses:
            await ann.append(address, 0, wave)
    asked = await ann.ask("HEAD", addresses[0])
    assert (await end(ann, asked))["state"] == "ready"
    async with site.services.receiver.tending():
        await running.until(lambda: _upload_of(ann.visitor, addresses[1]))
        await running.until(lambda: _nothing_arrives(site))  # a file goes after the commit that let go of it


async def _nothing(receiver: Any, arrival: Any) -> None: ...


async def _upload_of(visitor: Visitor, address: str) -> Any:
    return (await visitor.get(address)).json["upload"]


async def _nothing_arrives(site: Site) -> bool:
    return parts(site) == []


async def _exists(path: Path) -> bool:
    return path.exists()


async def test_many_beginnings_at_once_do_not_exceed_the_quota(tmp_path: Path) -> None:
    async with running.site(tmp_path / "data", account_quota=1000) as site:
        ann = Sender(await site.join())
        answers = await asyncio.gather(*(ann.create(900) for _ in range(6)))
        assert sorted(answer.status for answer in answers) == [201, 413, 413, 413, 413, 413]


async def test_a_length_of_nothing_does_not_stop_what_is_swept(site: Site, ann: Sender) -> None:
    address = await ann.begin(None)
    assert 400 <= (await ann.append(address, 0, b"", **{"Upload-Length": 0})).status < 500
    stray = site.services.folder.originals / "arriving" / "stray"
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"x")
    async with site.services.receiver.tending():

        async def is_swept() -> bool:
            return not stray.exists()

        await running.until(is_swept)


async def test_what_goes_on_while_the_expired_is_looked_for_is_kept(
    site: Site, ann: Sender, wave: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More of it came after the look that found it, and before it was its turn."""
    address = await ann.begin(len(wave))
    await ann.append(address, 0, wave[:HALF])
    arrival = await site.services.db.read(arrivals.get, address.rpartition("/")[2])
    monkeypatch.setattr(arrivals, "overdue", lambda r: [arrival])
    await site.services.receiver.sweep()
    assert await ann.offset(address) == HALF
    assert (await ann.append(address, HALF, wave[HALF:])).status == 204


@pytest.mark.parametrize(
    "head",
    [b"Upload-Length: 5\r\nUpload-Metadata: \xff YQ==,filename YQ==", b"X-HTTP-Method-Override: \xff"],
    ids=["metadata", "method"],
)
async def test_headers_that_are_no_text_are_refused(ann: Sender, head: bytes) -> None:
    url = URL(ann.visitor.root)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    rest = (
        f"\r\nHost: {url.authority}\r\nTus-Resumable: 1.0.0\r\nContent-Length: 0\r\nConnection: close\r\n"
        f"Cookie: mediaserver_session={ann.visitor.token}\r\n\r\n"
    )
    writer.write(f"POST {PLACE} HTTP/1.1\r\n".encode() + head + rest.encode())
    async with asyncio.timeout(running.PATIENCE):
        answer = await reader.read()
    writer.close()
    assert 400 <= int(answer.split()[1]) < 500

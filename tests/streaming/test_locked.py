from __future__ import annotations

import asyncio
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import m3u8
import numpy as np
import pytest
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from mediaserver.accounts import accounts
from mediaserver.base import clock
from mediaserver.base.db import Database, Tx
from mediaserver.catalog import tracks
from mediaserver.streaming import remembered
from tests import running
from tests.running import Site, Visitor
from tests.streaming.test_playing import ffmpeg
from tests.streaming.test_rights import assert_closed, change_ticket, pieces


def unlock(key: bytes, n: int, data: bytes) -> bytes:
    """What a player does with a segment (RFC 8216, section 4.3.2.4)."""
    decryptor = Cipher(algorithms.AES128(key), modes.CBC(n.to_bytes(16, "big"))).decryptor()
    unpadder = padding.PKCS7(128).unpadder()
    return unpadder.update(decryptor.update(data) + decryptor.finalize()) + unpadder.finalize()


async def addresses(site: Site, track: dict[str, Any]) -> list[str]:
    """Everything below a track's address that there is to ask for."""
    found = await pieces(site, track["stream"]["hls"])
    return [*found, f"{found[-1].rpartition('/')[0]}/key"]


async def change(who: Visitor, track: dict[str, Any], visibility: str) -> dict[str, Any]:
    changed: dict[str, Any] = (
        (await who.ask("PATCH", f"/api/v1/tracks/{track['id']}", json={"visibility": visibility})).ok().json
    )
    return changed


async def test_a_private_tracks_segments_are_locked_and_its_key_opens_them(site: Site, wave: bytes) -> None:
    ann = await site.join()
    track = await ann.publish(wave, visibility="private")
    *_, listing, init, segment, key = await addresses(site, track)
    secret = await site.guest.get(key)
    assert (secret.status, len(secret.body)) == (200, 16)
    assert secret.headers["Cache-Control"] == "no-store"
    locked = (await site.guest.get(segment)).ok().body
    head = (await site.guest.get(init)).ok().body
    await change(ann, track, "public")
    public = [change_ticket(address, "public") for address in (init, segment)]
    assert head == (await site.guest.get(public[0])).ok().body
    clear = (await site.guest.get(public[1])).ok().body
    assert clear[4:8] == b"styp"
    assert locked != clear
    assert unlock(secret.body, 0, locked) == clear
    media = m3u8.loads((await site.guest.get(listing)).ok().text)
    [shown] = media.keys
    assert (shown.method, shown.uri, shown.iv) == ("AES-128", "key", None)
    assert media.segment_map[0].uri == "init.mp4"


async def test_each_segment_is_locked_with_its_own_number(site: Site, wave: bytes) -> None:
    """Segment 1 of a first track has sequence number 1."""
    track = await (await site.join()).publish(wave, visibility="private")
    *_, segment, key = await addresses(site, track)
    secret = (await site.guest.get(key)).body
    later = (await site.guest.get(segment.replace("0.m4s", "1.m4s"))).body
    assert unlock(secret, 1, later)[4:8] == b"styp"


async def test_keys_differ_by_track_and_by_rendition(site: Site, wave: bytes) -> None:
    ann = await site.join()
    keys = []
    for _ in range(2):
        *_, key = await addresses(site, await ann.publish(wave, visibility="private"))
        for rendition in ("aac-64", "aac-128", "opus-96"):
            folder = key.rsplit("/", 2)[0]
            keys.append((await site.guest.get(f"{folder}/{rendition}/key")).ok().body)
    assert len(set(keys)) == 6


async def test_there_is_no_key_to_what_is_not_locked(site: Site, wave: bytes) -> None:
    ann = await site.join()
    track = await ann.publish(wave)
    *_, key = await addresses(site, track)
    (await site.guest.get(key)).problem(404, "not-found")
    track = await ann.publish(wave, visibility="private")
    *_, key = await addresses(site, track)
    (await site.guest.get(change_ticket(key, "public"))).problem(404, "not-found")
    (await site.guest.get(key.replace("aac-128", "aac-129"))).problem(404, "not-found")


async def test_the_ffmpeg_program_plays_what_is_locked(site: Site, wave: bytes, tmp_path: Path) -> None:
    ann = await site.join()
    track = await ann.publish(wave, visibility="private")
    locked = await asyncio.to_thread(ffmpeg, site.root + track["stream"]["hls"])
    open_track = await change(ann, track, "public")
    assert np.array_equal(locked, await asyncio.to_thread(ffmpeg, site.root + open_track["stream"]["hls"]))


async def test_a_ticket_outlives_the_secret_and_still_gives_the_locked_form(site: Site, wave: bytes) -> None:
    """An address never means two things, or a cache would mix them up."""
    ann = await site.join()
    track = await ann.publish(wave, visibility="private")
    found = await addresses(site, track)
    before = [(await site.guest.get(address)).ok().body for address in found]
    opened = await change(ann, track, "public")
    assert [(await site.guest.get(address)).ok().body for address in found] == before
    assert opened["stream"]["expires_at"] is None
    public = await pieces(site, opened["stream"]["hls"])
    assert "#EXT-X-KEY" not in (await site.guest.get(public[1])).text
    await change(ann, track, "private")
    await assert_closed(site, public)
    assert [(await site.guest.get(address)).ok().body for address in found] == before


async def test_the_json_says_when_an_address_ends_and_a_fresh_ticket_takes_its_place(
    site: Site, wave: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await site.join()
    track = await ann.publish(wave, visibility="private")
    found = await addresses(site, track)
    ticket = found[0].split("/")[2]
    assert track["stream"]["expires_at"] == clock.rfc3339(int(ticket.split(".")[1], 16))
    now = clock.now() + (site.services.config.ticket_minutes - 10) * clock.MINUTE
    monkeypatch.setattr(clock, "now", lambda: now)
    stream = (await ann.get(f"/api/v1/tracks/{track['id']}")).ok().json["stream"]
    fresh = stream["hls"].split("/")[2]
    assert fresh != ticket
    assert stream["expires_at"] > track["stream"]["expires_at"]
    swapped = [change_ticket(address, fresh) for address in found]
    assert [(await site.guest.get(address)).ok().body for address in swapped[1:]] == [
        (await site.guest.get(address)).ok().body for address in found[1:]
    ]
    now += 20 * clock.MINUTE
    await assert_closed(site, found)
    for address in swapped:
        (await site.guest.get(address)).ok()


def give_to(tx: Tx, track_id: str, name: str) -> None:
    """Another artist's owner: there is no use-case for it yet, but the rule is the same."""
    account = accounts.named(tx, name)
    tx.run(
        "UPDATE artists SET owner_id = :owner WHERE id = (SELECT artist_id FROM tracks WHERE id = :id)",
        owner=account.id,
        id=track_id,
    )
    tx.announce(tracks.TrackChanged(track_id))


@pytest.mark.parametrize(
    "change",
    [
        lambda tx, track_id: give_to(tx, track_id, "bob"),
        tracks.remove,
        lambda tx, track_id: accounts.disable(tx, accounts.named(tx, "ann").id),
    ],
    ids=["given", "removed", "disabled"],
)
async def test_a_right_that_is_taken_away_here_ends_at_once(
    site: Site, wave: bytes, change: Callable[[Tx, str], None]
) -> None:
    ann, _ = await site.join(), await site.join("bob")
    track = await ann.publish(wave, visibility="private")
    found = await addresses(site, track)
    for address in found:
        (await site.guest.get(address)).ok()
    await site.services.db.write(change, track["id"])
    await assert_closed(site, found)


async def test_an_administrator_who_is_disabled_hears_nothing_more(site: Site, wave: bytes) -> None:
    ann, root = await site.join(), await site.join("root", "admin")
    track = await ann.publish(wave, visibility="private")
    shown = (await root.get(f"/api/v1/tracks/{track['id']}")).ok().json
    found = await addresses(site, shown)
    for address in found:
        (await site.guest.get(address)).ok()
    await site.services.db.write(lambda tx: accounts.disable(tx, accounts.named(tx, "root").id))
    await assert_closed(site, found)
    for address in await addresses(site, track):
        (await site.guest.get(address)).ok()


async def test_a_right_that_another_process_takes_away_ends_soon(
    site: Site, wave: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    track = await (await site.join()).publish(wave, visibility="private")
    found = await addresses(site, track)
    await asyncio.to_thread(revoke, site)
    now = clock.now() + remembered.LONGEST + 1
    monkeypatch.setattr(clock, "now", lambda: now)
    await assert_closed(site, found)


async def test_a_player_that_never_rests_is_refused_as_soon(
    site: Site, wave: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It asks every six seconds, so what is known of it is always in use."""
    track = await (await site.join()).publish(wave, visibility="private")
    *_, segment, _ = await addresses(site, track)
    await asyncio.to_thread(revoke, site)
    start = clock.now()
    for seconds in (0, 6, 12, 18):
        monkeypatch.setattr(clock, "now", lambda moment=start + seconds * clock.SECOND: moment)
        await site.guest.get(segment)
    monkeypatch.setattr(clock, "now", lambda: start + 21 * clock.SECOND)
    (await site.guest.get(segment)).problem(404, "not-found")


def revoke(site: Site) -> None:
    words = ["user", "disable", "ann", "--data", str(site.services.folder.root)]
    done = running.run(*words)
    assert done.returncode == 0, done.stderr


async def test_many_segments_ask_the_database_once_in_a_while(
    site: Site, wave: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    track = await (await site.join()).publish(wave, visibility="private")
    *_, segment, _ = await addresses(site, track)
    await site.rest()  # warming reads the track too
    units: Counter[str] = Counter()
    read = Database.read

    async def counted(self: Database, unit: Any, *args: Any) -> Any:
        units[unit.__name__] += 1
        return await read(self, unit, *args)

    monkeypatch.setattr(Database, "read", counted)
    start = clock.now()
    for second in range(0, 61, 2):
        monkeypatch.setattr(clock, "now", lambda moment=start + second * clock.SECOND: moment)
        (await site.guest.get(segment)).ok()
    assert 3 <= units["by_id"] <= 4
    assert 3 <= units["source"] <= 4


async def test_ffmpeg_that_plays_on_is_refused(site: Site, wave: bytes) -> None:
    """The program asks for the key when it begins, so without the right it has nothing to play."""
    track = await (await site.join()).publish(wave, visibility="private")
    address = site.root + track["stream"]["hls"]
    await asyncio.to_thread(ffmpeg, address)
    await site.services.db.write(lambda tx: accounts.disable(tx, accounts.named(tx, "ann").id))
    command = ["ffmpeg", "-v", "error", "-i", address, "-f", "null", "-"]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False)
    assert done.returncode != 0
    assert b"404" in done.stderr

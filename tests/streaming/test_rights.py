from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from mediaserver.base import clock
from mediaserver.base.db import Database, Tx
from mediaserver.catalog import artists, tracks
from mediaserver.catalog.tracks import Changes, Description
from tests import running
from tests.running import Site


async def pieces(site: Site, hls: str) -> list[str]:
    """The addresses below a track's master playlist: of one rung, its list, its initialisation, its first segment."""
    base = hls.rpartition("/")[0]
    master = (await site.guest.get(hls)).ok().text
    listing = next(line for line in master.splitlines() if line.endswith("index.m3u8"))
    rung = f"{base}/{listing.rpartition('/')[0]}"
    return [hls, f"{base}/{listing}", f"{rung}/init.mp4", f"{rung}/0.m4s"]


def change_ticket(address: str, ticket: str) -> str:
    _, hls, _, rest = address.split("/", 3)
    return f"/{hls}/{ticket}/{rest}"


async def assert_closed(site: Site, addresses: list[str]) -> None:
    for address in addresses:
        (await site.guest.get(address)).problem(404, "not-found")


@pytest.mark.parametrize(
    "name",
    [
        "00.m4s", "01.m4s", "-1.m4s", "+1.m4s", "1.0.m4s", "9999.m4s", "init.m4s", "0.mp4", "0", "m4s", ".m4s",
        "0.m4s.part", "%D9%A0.m4s", "%EF%BC%90.m4s", "%C2%B2.m4s", "1_0.m4s", "%200.m4s", "0.m4s%00", "0.m4s%0A",
        "..%2F0.m4s",
        "..%2F..%2F..%2F..%2Fmediaserver.db", "9" * 5000 + ".m4s", "18446744073709551616.m4s",
        "0.M4S", "%FF.m4s", "0x0.m4s",
    ],
)  # fmt: skip
async def test_no_other_name_is_answered(site: Site, wave: bytes, name: str) -> None:
    track = await (await site.join()).publish(wave)
    good = (await pieces(site, track["stream"]["hls"]))[-1]
    answer = await site.guest.get(good.rpartition("/")[0] + "/" + name)
    answer.problem(404, "not-found")


async def test_other_versions_renditions_and_tracks_are_not_here(site: Site, wave: bytes) -> None:
    ann = await site.join()
    track = await ann.publish(wave)
    base = f"/hls/public/{track['id']}"
    _, version, rung, name = (await pieces(site, track["stream"]["hls"]))[-1].rsplit("/", 3)
    (await site.guest.get(f"{base}/{version}/{rung}/{name}")).ok()
    wrong_version = ("f" if version[0] != "f" else "0") + version[1:]
    wrong_id = track["id"][:-1] + ("0" if track["id"][-1] != "0" else "1")
    wrong = [
        f"{base}/{wrong_version}/{rung}/{name}",
        f"{base}/{version[:-1]}/{rung}/{name}",
        f"{base}/{version.upper()}/{rung}/{name}",
        f"{base}/{wrong_version}/{rung}/index.m3u8",
        *(
            f"{base}/{version}/{other}/{name}"
            for other in ("aac-129", "AAC-128", "..", "%2E%2E", "aac-128%2F..", "x" * 3000)
        ),
        f"{base}/{version}/flac/index.m3u8",
        f"/hls/public/{wrong_id}/master.m3u8",
        f"/hls/public/{track['id'].upper()}/master.m3u8",
        "/hls/public/x/master.m3u8",
        "/hls/public/%00/master.m3u8",
        f"/hls/{track['id']}/master.m3u8",
        f"/hls//{track['id']}/master.m3u8",
    ]
    await assert_closed(site, wrong)


async def test_a_private_track_opens_to_its_ticket_alone(site: Site, wave: bytes) -> None:
    ann = await site.join()
    hidden, other = await ann.publish(wave, visibility="private"), await ann.publish(wave, visibility="private")
    addresses = await pieces(site, hidden["stream"]["hls"])
    ticket, foreign = (track["stream"]["hls"].split("/")[2] for track in (hidden, other))
    assert ticket != "public"
    who, end, signature = ticket.split(".")
    later = f"{int(end, 16) + 3_600_000:x}"
    flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
    false = [
        "public",
        foreign,
        f"{who}.{later}.{signature}",
        f"{who}.{end}.{flipped}",
        f"{who}.{end}.",
        f".{end}.{signature}",
    ]
    false += [
        f"{who}.{end}.{signature}%20",
        f"{who}.{end}.{signature}A",
        f"{who}..{signature}",
        "..",
        "%FF",
        "%00",
        "x" * 4000,
    ]
    false += ["PUBLIC", "public%00", "%EF%BC%90.%EF%BC%90.%C3%BF"]
    for ticket in false:
        await assert_closed(site, [change_ticket(address, ticket) for address in addresses])
    bob = await site.join("bob")
    (await bob.get(f"/api/v1/tracks/{hidden['id']}")).problem(404)
    (await site.guest.get(f"/api/v1/tracks/{hidden['id']}")).problem(404)
    (await site.guest.get(hidden["waveform"])).problem(404)
    assert (await site.guest.get(hidden["url"])).status == 404
    assert (await site.guest.get("/api/v1/tracks")).json["items"] == []


async def test_a_ticket_comes_to_an_end(site: Site, wave: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = await pieces(site, (await (await site.join()).publish(wave, visibility="private"))["stream"]["hls"])
    end = clock.now() + (site.services.config.ticket_minutes + 6) * clock.MINUTE
    monkeypatch.setattr(clock, "now", lambda: end)
    await assert_closed(site, addresses)


async def test_made_private_its_public_address_stops_at_once(site: Site, wave: bytes) -> None:
    ann = await site.join()
    track = await ann.publish(wave)
    addresses = await pieces(site, track["stream"]["hls"])
    for address in addresses:
        (await site.guest.get(address)).ok()
    changed = await ann.ask("PATCH", f"/api/v1/tracks/{track['id']}", json={"visibility": "private"})
    await assert_closed(site, addresses)
    for address in await pieces(site, changed.ok().json["stream"]["hls"]):
        (await site.guest.get(address)).ok()


async def test_a_change_while_the_track_is_being_looked_up_is_not_forgotten(
    tmp_path: Path, wave: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look-up has seen the public track, and hands it over only after the change."""
    async with running.site(tmp_path / "data") as site:
        track = await (await site.join()).publish(wave)
    read, seen, go_on = Database.read, asyncio.Event(), asyncio.Event()

    async def slowly(self: Database, unit: object, *args: object) -> object:
        found = await read(self, unit, *args)
        if unit is tracks.source and not seen.is_set():
            seen.set()
            await go_on.wait()
        return found

    monkeypatch.setattr(Database, "read", slowly)
    async with running.site(tmp_path / "data", working=False) as site:
        asking = asyncio.create_task(site.guest.get(track["stream"]["hls"]))
        await seen.wait()
        await site.services.db.write(tracks.change, track["id"], Changes(visibility="private"))
        go_on.set()
        await asking
        await assert_closed(site, [track["stream"]["hls"]])


async def test_a_track_is_not_played_before_it_is_ready(tmp_path: Path, wave: bytes) -> None:
    async with running.site(tmp_path / "data", working=False) as site:
        ann = await site.join()
        await ann.send(wave)
        track_id = await site.services.db.write(_draft)
        (await site.guest.get(f"/hls/public/{track_id}/master.m3u8")).problem(404)
        shown = (await ann.get(f"/api/v1/tracks/{track_id}")).ok().json
        assert (shown["state"], shown["stream"], shown["duration"]) == ("processing", None, None)
        (await site.guest.get(shown["waveform"])).problem(404)


def _draft(tx: Tx) -> str:
    """The draft that the analysis begins with."""
    original = tx.value("SELECT original FROM uploads")
    owner = tx.value("SELECT id FROM accounts")
    artist = artists.add(tx, owner, "Ann")
    return tracks.add(tx, artist.id, original, Description("Draft", "Ann"), "public")

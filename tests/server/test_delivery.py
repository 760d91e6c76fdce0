from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import mutagen.flac
import numpy as np
import pytest
from aiohttp import ClientSession

from mediaserver.media import artwork
from tests import running, sounds
from tests.running import Answer, Site, Visitor
from tests.streaming.test_locked import addresses


async def everything(site: Site, wave: bytes, visibility: str) -> list[str]:
    """Every kind of address that gives bytes which may be kept."""
    track = await (await site.join()).publish(wave, visibility=visibility)
    *found, _ = await addresses(site, track)
    ticket = "/".join(found[0].split("/")[2:4])
    return [*found, f"/hls/run/master.m3u8?of={ticket}", f"/hls/run/aac-64/index.m3u8?of={ticket}"]


@pytest.fixture
async def plain(site: Site) -> AsyncIterator[Visitor]:
    """Somebody who takes nothing compressed."""
    async with ClientSession(headers={"Accept-Encoding": "identity"}) as http:
        yield Visitor(http, site.root)


def is_whole(answer: Answer) -> bool:
    return answer.status == 200 and answer.headers["Content-Length"] == str(len(answer.body))


@pytest.mark.parametrize("visibility", ["public", "private"])
async def test_validators_hold(site: Site, plain: Visitor, wave: bytes, visibility: str) -> None:
    tags = set()
    for address in await everything(site, wave, visibility):
        whole = (await plain.get(address)).ok()
        tag = whole.headers["ETag"]
        tags.add(tag)
        assert tag[0] == tag[-1] == '"'
        assert (await plain.get(address)).headers["ETag"] == tag
        for held in (tag, f"W/{tag}", f'"x", {tag}', "*"):
            known = await plain.get(address, headers={"If-None-Match": held})
            assert (known.status, known.body) == (304, b"")
            assert known.headers["ETag"] == tag
            assert known.headers["Cache-Control"] == whole.headers["Cache-Control"]
        assert is_whole(await plain.get(address, headers={"If-None-Match": '"x"'}))
        assert whole.headers.get("Vary") == ("Accept-Encoding" if "/run/" in address else None)
    assert len(tags) == 6


@pytest.mark.parametrize("visibility", ["public", "private"])
async def test_ranges_are_parts_of_the_whole(site: Site, plain: Visitor, wave: bytes, visibility: str) -> None:
    for address in await everything(site, wave, visibility):
        whole = (await plain.get(address)).ok()
        body, tag, length = whole.body, whole.headers["ETag"], len(whole.body)
        assert whole.headers["Accept-Ranges"] == "bytes"
        for asked, part in (
            ("bytes=0-", range(length)),
            ("bytes=0-0", range(1)),
            ("bytes=10-19", range(10, 20)),
            ("bytes=100-99999999", range(100, length)),
            ("bytes=-5", range(length - 5, length)),
        ):
            for more in ({}, {"If-Range": tag}):
                answer = await plain.get(address, headers={"Range": asked, **more})
                assert answer.status == 206, asked
                assert answer.body == body[part.start : part.stop]
                assert answer.headers["Content-Range"] == f"bytes {part.start}-{part.stop - 1}/{length}"
                assert answer.headers["ETag"] == tag
        for headers in ({"Range": "bytes=0-0", "If-Range": '"x"'}, {"Range": "bytes=0-0,5-6"}, {"Range": "lines=0-1"}):
            assert (await plain.get(address, headers=headers)).body == body
        beyond = await plain.get(address, headers={"Range": f"bytes={length}-"})
        beyond.problem(416)
        assert beyond.headers["Content-Range"] == f"bytes */{length}"
        head = await plain.ask("HEAD", address, headers={"Range": "bytes=0-0"})
        assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", str(length))


async def test_what_is_locked_and_what_is_not_are_told_apart(site: Site, wave: bytes) -> None:
    ann = await site.join()
    track = await ann.publish(wave, visibility="private")
    *_, locked, _ = await addresses(site, track)
    opened = (await ann.ask("PATCH", f"/api/v1/tracks/{track['id']}", json={"visibility": "public"})).ok().json
    *_, clear, _ = await addresses(site, opened)
    tags = [(await site.guest.get(address)).ok().headers["ETag"] for address in (locked, clear)]
    assert tags[0] != tags[1]


async def test_any_page_may_read_what_is_below_hls_even_failures(site: Site, wave: bytes) -> None:
    found = await everything(site, wave, "private")
    there = [*found, f"{found[3].rpartition('/')[0]}/key", "/hls/steering.json"]
    for address in [*there, "/hls/x/y/master.m3u8", "/hls/run/master.m3u8", "/hls/nothing/of/the/kind", "/hls/x"]:
        answer = await site.guest.get(address, headers={"Origin": "https://elsewhere.example.org"})
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Content-Range" in answer.headers["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
        if answer.status >= 400:
            assert answer.headers["Cache-Control"] == "no-store"
    for address in there:
        asked = {"Origin": "https://elsewhere.example.org", "Access-Control-Request-Method": "GET"}
        preflight = await site.guest.ask(
            "OPTIONS", address, headers={**asked, "Access-Control-Request-Headers": "range"}
        )
        assert (preflight.status, preflight.body) == (204, b"")
        assert preflight.headers["Access-Control-Allow-Origin"] == "*"
        assert "GET" in preflight.headers["Access-Control-Allow-Methods"]
        assert "Range" in preflight.headers["Access-Control-Allow-Headers"]


async def give_picture(visitor: Visitor, track: dict[str, Any], shade: int) -> list[str]:
    """Give a track a picture; return its addresses, by size."""
    cover = artwork.encode_png(np.full((400, 400, 3), shade, np.uint8))
    given = await visitor.ask("PUT", f"/api/v1/tracks/{track['id']}/artwork", data=cover)
    return list(given.ok().json["sizes"].values())


@pytest.mark.parametrize("limit", [0, 1500])
async def test_sizes_of_pictures_have_a_limited_room(tmp_path: Path, wave: bytes, limit: int) -> None:
    async with running.site(tmp_path / "data", artwork_cache_size=limit) as site:
        ann, cache = await site.join(), site.services.folder.cache / "artwork"
        track = await ann.publish(wave)
        shown = await give_picture(ann, track, 40)
        shown += await give_picture(ann, await ann.publish(wave), 160)
        before = {}
        for address in shown:
            before[address] = (await ann.get(address)).ok().body
            assert sum(path.stat().st_size for path in running.files_below(cache)) <= limit
        assert sum(map(len, before.values())) > 1500
        assert bool(running.files_below(cache)) == bool(limit)
        for path in running.files_below(cache):
            path.unlink()  # as somebody may who needs room
        assert {address: (await ann.get(address)).ok().body for address in shown} == before


async def test_pictures_and_waveforms_are_checked_too(site: Site, tmp_path: Path) -> None:
    cover = artwork.encode_png(np.full((400, 400, 3), 90, np.uint8))
    path = sounds.write(tmp_path / "x.flac", sounds.music(3))
    tagged = mutagen.flac.FLAC(path)
    picture = mutagen.flac.Picture()
    picture.type, picture.mime, picture.data = 3, "image/png", cover
    tagged.add_picture(picture)
    tagged.save()
    track = await (await site.join()).publish(BytesIO(path.read_bytes()), path.name)
    shown = next(iter(track["artwork"]["sizes"].values()))
    for address, vary in ((shown, None), (track["waveform"], "Accept-Encoding")):
        whole = (await site.guest.get(address)).ok()
        assert whole.headers.get("Vary") == vary
        known = await site.guest.get(address, headers={"If-None-Match": whole.headers["ETag"]})
        assert (known.status, known.body, known.headers.get("Vary")) == (304, b"", vary)
    part = await site.guest.get(shown, headers={"Range": "bytes=5-14"})
    assert (part.status, part.body) == (206, (await site.guest.get(shown)).body[5:15])


async def test_long_texts_have_two_forms_and_each_its_own_validator(site: Site, wave: bytes) -> None:
    track = await (await site.join()).publish(wave)
    async with ClientSession(auto_decompress=False) as http:
        raw = Visitor(http, site.root)
        for address in (track["waveform"], f"/hls/run/aac-64/index.m3u8?of=public/{track['id']}"):
            plain, refused, zipped = [
                (await raw.get(address, headers={"Accept-Encoding": coding})).ok()
                for coding in ("identity", "br, gzip;q=0", "br;q=1, GZIP; q=0.5")
            ]
            assert {each.headers["Vary"] for each in (plain, refused, zipped)} == {"Accept-Encoding"}
            assert "Content-Encoding" not in plain.headers
            assert (refused.body, refused.headers["ETag"]) == (plain.body, plain.headers["ETag"])
            assert zipped.headers["Content-Encoding"] == "gzip"
            assert zipped.headers["ETag"] != plain.headers["ETag"]
            assert gzip.decompress(zipped.body) == plain.body
            asked = {"Accept-Encoding": "gzip", "Range": "bytes=3-12", "If-Range": zipped.headers["ETag"]}
            part = await raw.get(address, headers=asked)
            assert (part.status, part.body, part.headers["Content-Encoding"]) == (206, zipped.body[3:13], "gzip")
            known = await raw.get(address, headers={"Accept-Encoding": "gzip", "If-None-Match": plain.headers["ETag"]})
            assert known.body == zipped.body

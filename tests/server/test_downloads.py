from __future__ import annotations

import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import mutagen
import mutagen.flac
import numpy as np
import pytest

from mediaserver.media import artwork
from mediaserver.media.tags import reading
from mediaserver.media.tags.model import Credit
from tests import sounds
from tests.running import Answer, Site, Visitor

COVER = artwork.encode_png(np.full((300, 300, 3), (200, 40, 90), np.uint8))
SAID = {"TITLE": "Ночь / 夜", "ARTIST": "Ann & Bo", "ARTISTS": ["Ann", "Bo"], "ALBUM": "Días", "GENRE": ["Dub"],
        "TRACKNUMBER": "3", "DATE": "1997-05", "PERFORMER": "Ann (violin)", "ISRC": "DEA129712345"}  # fmt: skip
FORMATS = {"flac": ".flac", "wav": ".wav", "mp3": ".mp3", "opus": ".opus", "aac": ".m4a"}


@pytest.fixture(scope="session")
def song(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A FLAC with tags and a cover."""
    path = sounds.write(tmp_path_factory.mktemp("sounds") / "song.flac", sounds.music(9))
    file = mutagen.flac.FLAC(path)
    file.update(SAID)
    picture = mutagen.flac.Picture()
    picture.type, picture.mime, picture.data = 3, "image/png", COVER
    file.add_picture(picture)
    file.save()
    return path.read_bytes()


def address(track: dict[str, Any], format: str, more: str = "") -> str:
    return f"/media/tracks/{track['id']}/download?format={format}{more}"


async def offered(ann: Visitor, data: bytes, setting: str = "all", filename: str = "song.flac") -> dict[str, Any]:
    track = await ann.publish(BytesIO(data), filename)
    return (await ann.ask("PATCH", f"/api/v1/tracks/{track['id']}", json={"downloads": setting})).ok().json


def read(answer: Answer, folder: Path, suffix: str) -> reading.Tags:
    path = folder / f"got{suffix}"
    path.write_bytes(answer.body)
    return reading.read(path)


def pcm(path: Path) -> bytes:
    order = ["ffmpeg", "-v", "error", "-xerror", "-i", str(path), "-map", "0:a", "-f", "s16le", "-"]
    ran = subprocess.run(order, capture_output=True, check=True)
    assert ran.stderr == b""
    return ran.stdout


@pytest.mark.parametrize("format", FORMATS)
async def test_a_download_carries_the_tags_of_today(site: Site, song: bytes, format: str, tmp_path: Path) -> None:
    ann = await site.join()
    track = await offered(ann, song)
    changes = {"title": "Another day", "genres": ["Jazz"], "credits": [{"role": "composer", "name": "Цой"}]}
    (await ann.ask("PATCH", f"/api/v1/tracks/{track['id']}", json=changes)).ok()
    answer = (await site.guest.get(address(track, format))).ok()
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert quote(f"Ann & Bo - Another day{FORMATS[format]}") in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Length"] == str(len(answer.body))
    assert answer.headers["Accept-Ranges"] == "bytes"
    found = read(answer, tmp_path, FORMATS[format])
    assert (found.title, found.artist, found.artists) == ("Another day", "Ann & Bo", ("Ann", "Bo"))
    assert (found.album, found.track, found.date, found.isrc) == ("Días", 3, "1997-05", "DEA129712345")
    assert (found.genres, found.credits, found.cover) == (("Jazz",), (Credit("composer", "Цой"),), COVER)
    assert mutagen.File(tmp_path / f"got{FORMATS[format]}").info.length == pytest.approx(9, abs=0.06)


@pytest.mark.parametrize("format", ["original", *FORMATS])
async def test_a_broken_download_goes_on_where_it_was(site: Site, song: bytes, format: str) -> None:
    track = await offered(await site.join(), song)
    at = address(track, format)
    whole = (await site.guest.get(at)).ok()
    tag, length = whole.headers["ETag"], len(whole.body)
    for first in (0, 7, length // 2, length - 1):
        asked = {"Range": f"bytes={first}-", "If-Range": tag}
        rest = await site.guest.get(at, headers=asked)
        assert (rest.status, rest.body) == (206, whole.body[first:])
        assert rest.headers["Content-Range"] == f"bytes {first}-{length - 1}/{length}"
    changed = await site.guest.get(at, headers={"Range": "bytes=5-", "If-Range": '"other"'})
    assert (changed.status, changed.body) == (200, whole.body)
    known = await site.guest.get(at, headers={"If-None-Match": tag})
    assert known.status == 304
    told = (await site.guest.ask("HEAD", at)).ok()
    assert (told.body, told.headers["Content-Length"]) == (b"", str(length))


async def test_tags_that_change_make_another_file(site: Site, song: bytes) -> None:
    ann = await site.join()
    track = await offered(ann, song)
    before = {each: (await ann.ask("HEAD", address(track, each))).headers["ETag"] for each in FORMATS}
    (await ann.ask("PATCH", f"/api/v1/tracks/{track['id']}", json={"title": "Other"})).ok()
    after = {each: (await ann.ask("HEAD", address(track, each))).headers["ETag"] for each in FORMATS}
    assert not set(before.values()) & set(after.values())
    assert len(set(after.values())) == len(FORMATS)


async def test_the_original_is_what_was_given(site: Site, song: bytes) -> None:
    track = await offered(await site.join(), song)
    assert (await site.guest.get(address(track, "original"))).ok().body == song


async def test_flac_and_mp3_keep_their_very_frames(site: Site, song: bytes, tmp_path: Path) -> None:
    ann = await site.join()
    given = tmp_path / "song.flac"
    given.write_bytes(song)
    track = await offered(ann, song)
    flac = (await ann.get(address(track, "flac"))).ok()
    assert flac.body.endswith(song[-100_000:])
    (tmp_path / "got.flac").write_bytes(flac.body)
    assert pcm(tmp_path / "got.flac") == pcm(given)
    md5 = [mutagen.flac.FLAC(path).info.md5_signature for path in (given, tmp_path / "got.flac")]
    assert md5[0] == md5[1]
    mp3 = sounds.write(tmp_path / "a.mp3", sounds.music(4), metadata={"title": "Before"}).read_bytes()
    track = await offered(ann, mp3, filename="a.mp3")
    (await ann.ask("PATCH", f"/api/v1/tracks/{track['id']}", json={"title": "After"})).ok()
    answer = (await ann.get(address(track, "mp3"))).ok()
    assert answer.body.endswith(mp3[-30_000:])
    assert read(answer, tmp_path, ".mp3").title == "After"
    anew = (await ann.get(address(track, "mp3", "&bitrate=64"))).ok()
    assert len(anew.body) < len(answer.body)


@pytest.mark.parametrize("format", ["original", "flac", "mp3", "wav"])
async def test_a_recording_that_is_gone_is_told(site: Site, song: bytes, format: str) -> None:
    track = await offered(await site.join(), song)
    await site.rest()
    for original in site.originals():
        original.unlink()
    (await site.guest.get(address(track, format))).problem(404)


async def test_flac_of_what_was_none_comes_in_chunks(site: Site, wave: bytes, tmp_path: Path) -> None:
    track = await offered(await site.join(), wave, filename="three.wav")
    answer = (await site.guest.get(address(track, "flac"), headers={"Range": "bytes=5-"})).ok()
    assert "Content-Length" not in answer.headers
    assert (answer.status, answer.headers["Accept-Ranges"]) == (200, "none")
    assert read(answer, tmp_path, ".flac").title == "three"
    (tmp_path / "given.wav").write_bytes(wave)
    assert pcm(tmp_path / "got.flac") == pcm(tmp_path / "given.wav")


async def test_only_what_is_offered_can_be_had(site: Site, song: bytes) -> None:
    ann = await site.join()
    bob, admin = await site.join("bob"), await site.join("root", "admin")
    track = await ann.publish(BytesIO(song), "song.flac")
    assert (await ann.get(f"/api/v1/tracks/{track['id']}")).json["downloads"] == "none"
    for setting, allowed in (("none", ()), ("compressed", ("mp3", "opus", "aac")), ("all", ("original", *FORMATS))):
        (await ann.ask("PATCH", f"/api/v1/tracks/{track['id']}", json={"downloads": setting})).ok()
        for wanted in ("original", *FORMATS):
            for asker in (site.guest, bob):
                answer = await asker.ask("GET", address(track, wanted), headers={"Range": "bytes=0-9"})
                if wanted in allowed:
                    assert answer.status == 206
                else:
                    answer.problem(403, "forbidden")
            for asker in (ann, admin):
                assert (await asker.get(address(track, wanted), headers={"Range": "bytes=0-9"})).status == 206


async def test_what_may_not_be_heard_is_not_there(site: Site, song: bytes) -> None:
    ann = await site.join()
    track = await offered(ann, song)
    (await ann.ask("PATCH", f"/api/v1/tracks/{track['id']}", json={"visibility": "private"})).ok()
    (await site.guest.get(address(track, "mp3"))).problem(404)
    (await ann.get(address(track, "mp3"))).ok()
    (await ann.get("/media/tracks/nothing/download")).problem(404)


async def test_wrong_wishes_are_told(site: Site, song: bytes) -> None:
    ann = await site.join()
    track = await offered(ann, song)
    assert "original, flac, wav, mp3, opus, aac" in (await ann.get(address(track, "midi"))).problem(415)
    for wanted in ("mp3", "opus", "aac"):
        (await ann.get(address(track, wanted, "&bitrate=129"))).problem(422)
    (await ann.ask("PATCH", f"/api/v1/tracks/{track['id']}", json={"downloads": "some"})).problem(422)
    nobodys = await site.guest.ask("PATCH", f"/api/v1/tracks/{track['id']}", json={"downloads": "none"})
    nobodys.problem(401)


async def test_the_menu_works_without_scripts(site: Site, song: bytes) -> None:
    ann = await site.join()
    track = await ann.publish(BytesIO(song), "song.flac")
    page, url = {"Accept": "text/html"}, quote(track["url"], safe="/@")
    assert "download?format=" not in (await site.guest.get(url, headers=page)).ok().text
    assert "download?format=original" in (await ann.get(url, headers=page)).ok().text
    at = f"/tracks/{track['id']}/downloads"
    saved = await ann.ask("POST", at, data={"downloads": "compressed"})
    assert (saved.status, saved.headers["Location"]) == (303, url)
    shown = (await site.guest.get(url, headers=page)).ok().text
    assert f'<a href="{address(track, "mp3")}" download>' in shown
    assert "download?format=flac" not in shown
    assert at not in shown
    assert (await ann.ask("POST", at, data={"downloads": "some"})).status == 422
    assert (await ann.ask("POST", at, data={})).status == 422
    for asker in (site.guest, await site.join("bob")):
        assert (await asker.ask("POST", at, data={"downloads": "all"})).status in (401, 403)
    foreign = {"Origin": "https://elsewhere.example.org"}
    assert (await ann.ask("POST", at, data={"downloads": "all"}, headers=foreign)).status == 403


async def test_names_that_file_systems_mind(site: Site, song: bytes) -> None:
    ann = await site.join()
    track = await offered(ann, song)
    for title in ('a/b\\c:d*e?"f<g>h|', "...", "x" * 300, "日" * 200, 'in"jected; filename=x'):
        (await ann.ask("PATCH", f"/api/v1/tracks/{track['id']}", json={"title": title})).ok()
        said = (await ann.ask("HEAD", address(track, "mp3"))).headers["Content-Disposition"]
        plain = said.split('"')[1]
        assert said.count('"') == 2
        assert plain.endswith(".mp3")
        assert not set(plain) & set("/\\:*?<>|")
        assert len(said.rpartition("''")[2].replace("%", "")) / 2 < 255

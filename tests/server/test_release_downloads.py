from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import mutagen.flac
import numpy as np
import pytest

from mediaserver.media import artwork
from mediaserver.media.tags import reading
from tests import running, sounds
from tests.running import Answer, Site, Visitor

COVER = artwork.encode_png(np.full((300, 300, 3), (20, 140, 90), np.uint8))
TITLES = ["Первая", "第二 / two", "Third", "third"]


@pytest.fixture(scope="session")
def album(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Four FLACs of one album."""
    folder = tmp_path_factory.mktemp("sounds")
    return [song(folder / f"{n}.flac", n, title) for n, title in enumerate(TITLES, 1)]


def song(path: Path, number: int, title: str, **more: str) -> bytes:
    sounds.write(path, sounds.music(2 + number, seed=number))
    file = mutagen.flac.FLAC(path)
    file.update(
        {
            "TITLE": title,
            "ARTIST": "Ann",
            "ALBUM": "Días",
            "ALBUMARTIST": "The Anns",
            "TRACKNUMBER": str(number),
            **more,
        }
    )
    picture = mutagen.flac.Picture()
    picture.type, picture.mime, picture.data = 3, "image/png", COVER
    file.add_picture(picture)
    file.save()
    return path.read_bytes()


async def published(ann: Visitor, files: list[bytes], setting: str = "all") -> list[dict[str, Any]]:
    found = [await ann.publish(BytesIO(data), f"{n}.flac") for n, data in enumerate(files)]
    for track in found:
        (await ann.ask("PATCH", f"/api/v1/tracks/{track['id']}", json={"downloads": setting})).ok()
    return found


def address(found: list[dict[str, Any]], query: str) -> str:
    return f"/media/releases/{found[0]['release']['id']}/download{query}"


def unpacked(answer: Answer, folder: Path) -> dict[str, Path]:
    """The files by name, once every reader of archives was content."""
    path = folder / "got.zip"
    path.write_bytes(answer.body)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        archive.extractall(folder / "files")
        names = archive.namelist()
    for program, order in (("unzip", ["-tq"]), ("bsdtar", ["-tf"]), ("7z", ["t"])):
        if shutil.which(program):
            subprocess.run([program, *order, str(path)], check=True, capture_output=True)
    return {name: folder / "files" / name for name in names}


@pytest.mark.parametrize(
    ("wanted", "suffix"),
    [("original", "flac"), ("flac", "flac"), ("wav", "wav"), ("mp3", "mp3"), ("opus", "opus"), ("aac", "m4a")],
)
async def test_a_release_comes_as_one_archive_in_order(
    site: Site, album: list[bytes], tmp_path: Path, wanted: str, suffix: str
) -> None:
    found = await published(await site.join(), album)
    answer = (await site.guest.get(address(found, f"?format={wanted}"))).ok()
    assert answer.headers["Content-Type"] == "application/zip"
    assert "filename*=UTF-8''The%20Anns%20-%20D%C3%ADas.zip" in answer.headers["Content-Disposition"]
    files = unpacked(answer, tmp_path)
    assert list(files) == [
        "cover.png",
        f"01 Первая.{suffix}",
        f"02 第二 _ two.{suffix}",
        f"03 Third.{suffix}",
        f"04 third.{suffix}",
    ]
    assert files["cover.png"].read_bytes() == COVER
    for path, title in zip(list(files.values())[1:], TITLES, strict=True):
        read = reading.read(path)
        assert (read.title, read.album, read.cover) == (title, "Días", COVER)
    if wanted == "original":
        assert [path.read_bytes() for path in list(files.values())[1:]] == album
    if wanted != "aac":
        assert answer.headers["Content-Length"] == str(len(answer.body))


@pytest.mark.parametrize("wanted", ["original", "mp3", "opus", "wav", "aac"])
async def test_a_broken_archive_goes_on_where_it_was(site: Site, album: list[bytes], wanted: str) -> None:
    found = await published(await site.join(), album)
    at = address(found, f"?format={wanted}")
    told = await site.guest.ask("HEAD", at)
    last = await site.guest.get(at, headers={"Range": "bytes=-300"})  # before anything was made
    whole = (await site.guest.get(at)).ok()
    length, tag = len(whole.body), whole.headers["ETag"]
    assert (last.status, last.body) == (206, whole.body[-300:])
    assert told.headers.get("Content-Length") in ({None} if wanted == "aac" else {str(length)})
    for first in (0, 40, length // 3, length // 2, length - 1):
        rest = await site.guest.get(at, headers={"Range": f"bytes={first}-", "If-Range": tag})
        assert (rest.status, rest.body == whole.body[first:]) == (206, True)
        part = await site.guest.get(at, headers={"Range": f"bytes={first}-{first + 999}", "If-Range": tag})
        assert (part.status, part.body == whole.body[first : first + 1000]) == (206, True)
    changed = await site.guest.get(at, headers={"Range": "bytes=10-", "If-Range": '"other"'})
    assert (changed.status, changed.body == whole.body) == (200, True)
    assert (await site.guest.get(at, headers={"If-None-Match": tag})).status == 304


async def test_flac_made_anew_has_a_length_once_it_was_made(site: Site, wave: bytes, tmp_path: Path) -> None:
    ann = await site.join()
    ids = [(await ann.publish(wave, f"{n} - x.wav"))["id"] for n in (1, 2)]
    together = {"ids": ids, "changes": {"release": "Waves"}}
    sent = (await ann.ask("PATCH", "/api/v1/tracks", json=together)).ok().json["items"]
    at = f"/api/v1/releases/{sent[0]['release']['id']}"
    (await ann.ask("PATCH", at, json={"downloads": "all"})).ok()
    at = address(sent, "?format=flac")
    first = (await site.guest.get(at)).ok()
    assert "Content-Length" not in first.headers
    assert len(unpacked(first, tmp_path)) == 2
    again = (await site.guest.get(at)).ok()
    assert (again.body == first.body, again.headers["Content-Length"]) == (True, str(len(first.body)))
    rest = await site.guest.get(at, headers={"Range": "bytes=500-", "If-Range": first.headers["ETag"]})
    assert (rest.status, rest.body == first.body[500:]) == (206, True)


async def test_curl_goes_on_with_what_it_has(site: Site, album: list[bytes], tmp_path: Path) -> None:
    program = shutil.which("curl")
    if program is None:
        pytest.skip("there is no curl program here")
    found = await published(await site.join(), album)
    url = site.root + address(found, "?format=mp3")
    whole = (await site.guest.get(address(found, "?format=mp3"))).ok().body
    path = tmp_path / "got.zip"
    path.write_bytes(whole[: len(whole) // 2])  # as a line that broke left it
    ran = await asyncio.create_subprocess_exec(program, "-sS", "-f", "-C", "-", "-o", str(path), url)
    assert await ran.wait() == 0
    assert path.read_bytes() == whole


async def test_several_discs_stand_before_the_numbers(site: Site, tmp_path: Path) -> None:
    ann = await site.join()
    places = [("1", 1, "A"), ("1", 2, "B"), ("2", 1, "A")]
    files = [song(tmp_path / f"{k}.flac", n, title, DISCNUMBER=disc) for k, (disc, n, title) in enumerate(places)]
    found = await published(ann, files)
    answer = (await site.guest.get(address(found, "?format=opus&bitrate=32"))).ok()
    assert [*unpacked(answer, tmp_path)][1:] == ["1-01 A.opus", "1-02 B.opus", "2-01 A.opus"]


async def test_an_archive_holds_what_is_offered(site: Site, album: list[bytes], tmp_path: Path) -> None:
    ann = await site.join()
    found = await published(ann, album[:3], "none")
    at = address(found, "?format=mp3")
    (await site.guest.get(at)).problem(403, "forbidden")
    assert len(unpacked((await ann.get(at)).ok(), tmp_path)) == 4
    (await ann.ask("PATCH", f"/api/v1/tracks/{found[1]['id']}", json={"downloads": "compressed"})).ok()
    (tmp_path / "guest").mkdir()
    assert list(unpacked((await site.guest.get(at)).ok(), tmp_path / "guest")) == ["cover.png", "02 第二 _ two.mp3"]
    (await site.guest.get(address(found, "?format=flac"))).problem(403)
    (await ann.get(address(found, "?format=midi"))).problem(415)
    (await ann.get(address(found, "?format=aac&bitrate=1"))).problem(422)
    (await ann.ask("PATCH", f"/api/v1/releases/{found[0]['release']['id']}", json={"visibility": "private"})).ok()
    (await site.guest.get(at)).problem(404)
    (await site.guest.get("/media/releases/nothing/download")).problem(404)


async def test_what_changes_makes_another_archive(site: Site, album: list[bytes]) -> None:
    ann = await site.join()
    found = await published(ann, album[:2])
    at = address(found, "?format=mp3")
    before = (await ann.ask("HEAD", at)).headers["ETag"]
    (await ann.ask("PATCH", f"/api/v1/tracks/{found[0]['id']}", json={"genres": ["Dub"]})).ok()
    after = (await ann.ask("HEAD", at)).headers["ETag"]
    assert before != after
    rest = await ann.get(at, headers={"Range": "bytes=10-", "If-Range": before})
    assert rest.status == 200


async def test_the_menu_of_a_release(site: Site, album: list[bytes]) -> None:
    ann = await site.join()
    found = await published(ann, album[:2], "none")
    release = found[0]["release"]
    at = f"/releases/{release['id']}/downloads"
    assert "download?format=" not in (await site.guest.get(release["url"])).ok().text
    assert f'action="{at}"' in (await ann.get(release["url"])).ok().text
    assert (await ann.ask("POST", at, data={"downloads": "compressed"})).status == 303
    shown = (await site.guest.get(release["url"])).ok().text
    assert "download?format=mp3" in shown
    assert "download?format=flac" not in shown
    assert (await site.guest.ask("POST", at, data={"downloads": "all"})).status == 401


async def test_it_goes_on_after_the_server_was_killed(album: list[bytes], tmp_path: Path) -> None:
    (token,) = await running.prepare(tmp_path / "data", ("ann", "creator"))
    async with running.browsers() as http:
        with running.program(tmp_path / "data") as program:
            found = await published(program.visitor(http, token), album[:2])
            at = address(found, "?format=opus")
            async with http.get(program.root + at) as answer:
                tag, length = answer.headers["ETag"], int(answer.headers["Content-Length"])
                had = await answer.content.readexactly(50_000)
                program.stop(signal.SIGKILL)
        with running.program(tmp_path / "data") as program:
            guest = program.visitor(http)
            rest = await guest.get(at, headers={"Range": f"bytes={len(had)}-", "If-Range": tag})
            assert rest.status == 206
            assert len(had + rest.body) == length
            (tmp_path / "got.zip").write_bytes(had + rest.body)
    with zipfile.ZipFile(tmp_path / "got.zip") as archive:
        assert archive.testzip() is None

from __future__ import annotations

import html
import re
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import mutagen.flac
import numpy as np
import pytest

from mediaserver.accounts import accounts
from mediaserver.base.db import Tx
from mediaserver.catalog import releases, tracks
from mediaserver.catalog.tracks import Changes, Description
from mediaserver.media import artwork
from mediaserver.server.pages import words
from tests import sounds
from tests.running import PASSWORD, Answer, Site, Visitor

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def page(visitor: Visitor, address: str) -> Answer:
    return await visitor.get(address, headers={"Accept": "text/html"})


async def sign_in(site: Site, password: str, onward: str = "/") -> Answer:
    body = f"name=ann&password={quote(password)}&next={quote(onward)}"
    return await site.guest.ask("POST", "/sign-in", data=body, headers=FORM)


async def test_a_private_track_is_there_for_its_owner_alone(site: Site, wave: bytes) -> None:
    ann = await site.join()
    track = await ann.publish(wave, "Vault.wav", visibility="private")
    seen = await page(ann, track["url"])
    assert seen.status == 200
    assert 'content="noindex"' in seen.text
    for visitor in (site.guest, await site.join("bob")):
        refused = await page(visitor, track["url"])
        assert refused.status == 404
        assert "Vault" not in refused.text
    for address in ("/", track["artist"]["url"]):
        assert "Vault" not in (await page(site.guest, address)).text


async def test_an_unlisted_track_is_found_by_its_address_alone(site: Site, wave: bytes) -> None:
    track = await (await site.join()).publish(wave, "Sotto.wav", visibility="unlisted")
    seen = await page(site.guest, track["url"])
    assert seen.status == 200
    assert 'content="noindex"' in seen.text
    assert "Sotto" not in (await page(site.guest, track["artist"]["url"])).text


async def test_a_private_release_is_not_named_on_a_public_track(site: Site, wave: bytes) -> None:
    ann = await site.join()
    track = await ann.publish(wave, "single.wav", visibility="public")
    write = site.services.db.write
    release_id = await write(releases.find_or_add, track["artist"]["id"], "Unreleased", "private", None)
    await write(lambda tx: tx.run("UPDATE tracks SET release_id = :release", release=release_id))
    assert "Unreleased" in (await page(ann, track["url"])).text
    assert "Unreleased" not in (await page(site.guest, track["url"])).text


async def test_a_release_is_there_for_whom_one_of_its_tracks_is(site: Site, wave: bytes) -> None:
    ann = await site.join()
    tracks_of = [await ann.publish(wave, name, visibility="unlisted") for name in ("one.wav", "two.wav")]
    write = site.services.db.write
    release_id = await write(releases.find_or_add, tracks_of[0]["artist"]["id"], "Sealed", "public", None)
    await write(lambda tx: tx.run("UPDATE tracks SET release_id = :release", release=release_id))
    addresses = tracks_of[0]["url"], f"/api/v1/tracks/{tracks_of[0]['id']}", "/@ann/releases/sealed"
    for address in addresses:
        assert "Sealed" in (await page(ann, address)).text
        assert "Sealed" not in (await page(site.guest, address)).text
    assert (await page(site.guest, addresses[-1])).status == 404
    await write(tracks.change, tracks_of[1]["id"], Changes(visibility="public"))
    for address in addresses:
        assert "Sealed" in (await page(site.guest, address)).text


async def test_an_old_address_leads_to_the_present_one(site: Site, wave: bytes) -> None:
    track = await (await site.join()).publish(wave, "first name.wav")
    await site.services.db.write(tracks.change, track["id"], Changes(title="Ünlike"))
    moved = await page(site.guest, track["url"])
    assert moved.status == 301
    assert moved.headers["Location"] == "/@ann/unlike"
    assert (await page(site.guest, moved.headers["Location"])).status == 200


async def test_what_people_write_cannot_become_script(site: Site, wave: bytes) -> None:
    track = await (await site.join()).publish(wave, "words.wav")
    words = "<script>alert(1)</script> [x](javascript:alert(1)) **bold** </script><img src=x onerror=alert(1)>"
    title = '</script><script>alert(2)</script>"'
    await site.services.db.write(tracks.change, track["id"], Changes(title=title, words=words))
    address = (await site.guest.get(f"/api/v1/tracks/{track['id']}")).json["url"]
    seen = (await page(site.guest, address)).text
    assert "<strong>bold</strong>" in seen
    assert "<script>" not in seen
    assert "<img src=x" not in seen
    assert 'href="javascript:' not in seen


async def test_words_in_the_head_are_escaped_once(site: Site, wave: bytes) -> None:
    track = await (await site.join()).publish(wave, "words.wav")
    words = 'Tom & *Jerry*, "x" <script>'
    await site.services.db.write(tracks.change, track["id"], Changes(words=words))
    seen = (await page(site.guest, track["url"])).text
    [said] = re.findall(r'<meta name="description" content="([^"]*)">', seen)
    assert html.unescape(said).endswith('Tom & Jerry, "x" <script>')


async def test_who_may_hear_it_is_chosen_from_one_list(site: Site, wave: bytes) -> None:
    ann = await site.join()
    track = await ann.publish(wave, visibility="unlisted")
    for address in ("/upload", track["url"]):
        [*options] = re.findall(r'<option value="(\w+)"( selected)?>', (await page(ann, address)).text)
        assert (
            tuple(dict.fromkeys(value for value, _ in options if value in tracks.VISIBILITIES)) == tracks.VISIBILITIES
        )
    assert ("unlisted", " selected") in options


async def test_every_page_forbids_foreign_and_inline_code(site: Site) -> None:
    for address in ("/", "/sign-in", "/nowhere"):
        seen = await page(site.guest, address)
        policy = seen.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert not re.search(r"<style|<[^>]* (style|on\w+)=|https?://(?!www\.w3\.org/2000/svg)", seen.text)


async def test_a_wrong_password_shows_the_page_again(site: Site) -> None:
    await site.join()
    seen = await sign_in(site, "wrong password")
    assert seen.status == 401
    assert "is not right" in seen.text
    assert "Set-Cookie" not in seen.headers


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("/upload", "/upload"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil", "/"),
        ("/\t/evil", "/"),
    ],
)
async def test_signing_in_leads_on_within_the_site(site: Site, asked: str, led: str) -> None:
    await site.join()
    seen = await sign_in(site, PASSWORD, asked)
    assert (seen.status, seen.headers["Location"]) == (303, led)
    assert "HttpOnly" in seen.headers["Set-Cookie"]


async def test_a_listener_may_not_upload(site: Site) -> None:
    listener = await site.join("lis", "listener")
    assert (await page(listener, "/upload")).status == 403
    assert 'href="/upload"' not in (await page(listener, "/")).text
    assert (await page(site.guest, "/upload")).status == 401


async def test_a_form_that_is_none_is_refused(site: Site) -> None:
    ann = await site.join()
    assert (await ann.ask("POST", "/upload", data="file=x", headers=FORM)).problem(400)


async def test_an_empty_server_says_where_the_link_is(site: Site) -> None:
    assert "terminal" in (await page(site.guest, "/")).text
    await site.join()
    assert await site.services.db.read(accounts.any_exists)
    assert "terminal" not in (await page(site.guest, "/")).text


async def test_files_that_leave_out_the_first_disc_are_on_it(site: Site, tmp_path: Path) -> None:
    ann = await site.join()
    for number, disc in enumerate(({}, {"disc": "1"}, {}), 1):
        told = {"title": f"Part {number}", "album": "Whole", "track": str(number)} | disc
        path = sounds.write(tmp_path / f"{number}.flac", sounds.tone(0.5, hz=100 * number), metadata=told)
        track = await ann.publish(path.read_bytes(), path.name)
    seen = (await site.guest.get(track["release"]["url"])).ok().text
    assert seen.index("Part 1") < seen.index("Part 2") < seen.index("Part 3")
    assert "Disc " not in seen


async def test_two_discs_are_told_apart(site: Site, tmp_path) -> None:  # type: ignore[no-untyped-def]
    ann = await site.join()
    for disc in ("1", "2"):
        tags = {"title": f"Part {disc}", "album": "Double", "track": "1", "disc": disc}
        path = sounds.write(tmp_path / f"{disc}.flac", sounds.tone(1, hz=200 * int(disc)), metadata=tags)
        track = await ann.publish(path.read_bytes(), path.name)
    seen = (await page(site.guest, track["release"]["url"])).text
    assert seen.index("Disc 1") < seen.index("Part 1") < seen.index("Disc 2") < seen.index("Part 2")


def previews(seen: Answer) -> dict[str, str]:
    """What the page says of itself to those who show a link to it."""
    said = re.findall(r'<meta (?:property|name)="((?:og|twitter):[\w:]+)" content="([^"]*)">', seen.text)
    return {name: html.unescape(content) for name, content in said}


async def test_a_link_to_a_track_brings_its_name_and_sound_along(site: Site, wave: bytes) -> None:
    track = await (await site.join()).publish(wave, "Tom & Jerry.wav", visibility="public")
    seen = await page(site.guest, track["url"])
    said = previews(seen)
    assert said["og:title"] == "Tom & Jerry – ann"
    assert said["og:url"] == site.root + track["url"]
    assert f'<link rel="canonical" href="{said["og:url"]}">' in seen.text
    sound = await site.guest.get(said["og:audio"].removeprefix(site.root))
    assert sound.ok().headers["Content-Type"] == said["og:audio:type"]


async def test_a_link_to_a_track_for_few_brings_no_sound_along(site: Site, wave: bytes) -> None:
    track = await (await site.join()).publish(wave, visibility="unlisted")
    assert "og:audio" not in previews(await page(site.guest, track["url"]))


async def test_an_artists_releases_come_in_pages(site: Site, wave: bytes) -> None:
    track = await (await site.join()).publish(wave, "Song.wav")
    artist_id = track["artist"]["id"]

    def fill(tx: Tx) -> None:
        original = tracks.get(tx, track["id"]).original
        for number in range(100):
            told = Description(f"Track {number}", "ann", f"Album {number}", date=f"{1900 + number // 2}")
            tracks.make_ready(tx, tracks.add(tx, artist_id, original, told, "public"))

    await site.services.db.write(fill)
    seen, address = [], "/@ann"
    for size in (48, 48, 4):
        shown = (await page(site.guest, address)).text
        assert "100 releases" in shown
        found = re.findall(r'<span class="card-title">Album (\d+)</span>', shown)
        assert len(found) == size
        seen += found
        older = re.search(r'href="(\?releases=[^"]+)"', shown)
        address = f"/@ann{html.unescape(older[1])}" if older else ""
    assert (address, seen) == ("", [str(number) for number in reversed(range(100))])
    for odd in ("x", "_", "2020_", "'_" + artist_id, "%00_" + artist_id):
        assert (await page(site.guest, f"/@ann?releases={quote(odd)}")).status == 200


async def test_a_link_to_a_release_or_an_artist_brings_the_picture_along(site: Site, tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "one.flac", sounds.music(3), metadata={"title": "One", "album": "Sleeve"})
    tagged, picture = mutagen.flac.FLAC(path), mutagen.flac.Picture()
    picture.type, picture.mime = 3, "image/png"
    picture.data = artwork.encode_png(np.full((400, 400, 3), 90, np.uint8))
    tagged.add_picture(picture)
    tagged.save()
    track = await (await site.join()).publish(BytesIO(path.read_bytes()), path.name, visibility="public")
    for address, kind in ((track["release"]["url"], "music.album"), (track["artist"]["url"], "profile")):
        said = previews(await page(site.guest, address))
        assert (said["og:type"], said["twitter:card"]) == (kind, "summary_large_image")
        (await site.guest.get(said["og:image"].removeprefix(site.root))).ok()


async def test_a_track_goes_on_with_what_follows_on_its_release(site: Site, wave: bytes) -> None:
    ann = await site.join()
    three = [await ann.publish(wave, f"{name}.wav", visibility="public") for name in ("one", "two", "three")]
    write = site.services.db.write
    release_id = await write(releases.find_or_add, three[0]["artist"]["id"], "Three", "public", None)
    await write(lambda tx: tx.run("UPDATE tracks SET release_id = :release", release=release_id))
    for number, track in enumerate(three, 1):
        place = {"number": number, "id": track["id"]}
        await write(lambda tx, place=place: tx.run("UPDATE tracks SET number = :number WHERE id = :id", **place))
    found = re.findall(r'data-then="([^"]*)"', (await page(site.guest, three[1]["url"])).text)
    assert found == [three[2]["id"]]


async def test_a_track_by_itself_goes_on_with_others_of_its_artist(site: Site, wave: bytes) -> None:
    ann = await site.join()
    one, other = [await ann.publish(wave, f"{name}.wav", visibility="public") for name in ("one", "other")]
    await ann.publish(wave, "hidden.wav", visibility="unlisted")
    [onward] = re.findall(r'data-then="([^"]*)"', (await page(site.guest, one["url"])).text)
    assert onward == other["id"]


async def test_the_way_to_sign_in_leads_back_to_the_whole_address(site: Site) -> None:
    assert 'href="/sign-in?next=/%3Fa%3D1"' in (await page(site.guest, "/?a=1")).text


@pytest.mark.parametrize(
    ("came_from", "back"),
    [
        ("{root}/library/tracks?q=a", '<a class="button" href="/library/tracks?q=a">Back</a>'),
        ("https://elsewhere.example/x", ""),
        ("http://[", ""),
        ("", ""),
    ],
)
async def test_an_error_leads_back_to_where_one_was(site: Site, came_from: str, back: str) -> None:
    ann = await site.join()
    headers = {"Accept": "text/html", "Referer": came_from.format(root=site.root)}
    answer = await ann.ask("POST", "/library/tracks/nothing/delete", headers=headers)
    assert answer.status == 404
    assert back in answer.text
    assert (">Back</a>" in answer.text) == bool(back)


async def test_whoever_was_signed_out_meanwhile_comes_back_to_the_form(site: Site) -> None:
    headers = {"Accept": "text/html", "Referer": f"{site.root}/library/deleted?undo=x"}
    answer = await site.guest.ask("POST", "/upload", headers=headers)
    assert answer.status == 401
    assert 'href="/sign-in?next=/library/deleted%3Fundo%3Dx"' in answer.text


@pytest.mark.parametrize(
    ("said", "levels"),
    [("# A\n## B\n# C", "343"), ("## A\n### B\n# C", "343"), ("###### A\n# B\n###### C", "333"), ("no", "")],
)
def test_no_heading_in_words_skips_a_level(said: str, levels: str) -> None:
    assert "".join(re.findall(r"<h(\d)>", words.to_html(said))) == levels

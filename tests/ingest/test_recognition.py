from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from mediaserver import app
from mediaserver.base.child import Tell
from mediaserver.base.db import Reader
from mediaserver.base.errors import Invalid
from mediaserver.catalog.sounds import hearings
from mediaserver.catalog.sounds.hearings import Hearing, Twin
from mediaserver.ingest.first_touch import FirstTouch
from mediaserver.ingest.recognition import Recognition
from mediaserver.ingest.rehearing import Rehearing
from mediaserver.media.analysis import Analysis
from tests import running, sounds
from tests.ingest.folders.looks import IN_PLACE, look
from tests.running import Site


@pytest.fixture(scope="session")
def song(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The same twelve seconds in several shapes, and another twelve."""
    folder, sound = tmp_path_factory.mktemp("song"), sounds.music(12, seed=5)
    trimmed = np.concatenate((sounds.silence(2), sound[44100:] * np.float32(0.5)))
    return {
        "flac": sounds.write(folder / "a.flac", sound[:, :1]).read_bytes(),
        "mp3": sounds.write(folder / "a.mp3", sound, bit_rate=64_000).read_bytes(),
        "trimmed": sounds.write(folder / "b.m4a", trimmed).read_bytes(),
        "other": sounds.write(folder / "c.mp3", sounds.music(12, seed=6)).read_bytes(),
    }


async def everything(site: Site) -> list[Hearing | None]:
    def look(r: Reader) -> list[Hearing | None]:
        return [hearings.find(r, original) for original in r.column("SELECT original FROM sounds ORDER BY original")]

    return await site.services.db.read(look)


async def test_the_same_sound_again_is_shown_to_who_sent_it(site: Site, song: dict[str, bytes]) -> None:
    ann, bob = await site.join("ann"), await site.join("bob")
    first = await ann.upload(song["flac"], "First.flac")
    assert (first["state"], first["duplicates"]) == ("ready", [])
    other = await bob.upload(song["other"], "Other.flac")
    assert other["duplicates"] == []
    for shape in ("mp3", "trimmed"):
        again = await bob.upload(song[shape], f"{shape}.x", visibility="private")
        [found] = [each for each in again["duplicates"] if each["title"] == "First"]
        assert (found["artist"], found["url"]) == ("ann", first["track"]["url"])
        assert 0.5 < found["similarity"] < 1


async def test_the_page_tells_it_without_scripts(site: Site, song: dict[str, bytes]) -> None:
    ann = await site.join()
    await ann.upload(song["flac"], "First <b>.flac")
    assert "upload-twins" not in (await ann.get("/upload")).ok().text
    await ann.upload(song["mp3"], "Second.mp3")
    page = (await ann.get("/upload")).ok().text
    assert "This sounds the same as what is here already:" in page
    assert "ann – First &lt;b&gt;</a>" in page
    await ann.upload(song["mp3"], "Third.mp3")
    assert "This very file is here already:" in (await ann.get("/upload")).ok().text


async def test_the_very_same_file_is_told_too(site: Site, song: dict[str, bytes]) -> None:
    ann = await site.join()
    first = await ann.upload(song["flac"], "First.flac")
    again = await ann.upload(song["flac"], "Again.flac")
    [found] = again["duplicates"]
    assert (found["title"], found["url"], found["similarity"]) == ("First", first["track"]["url"], 1)


async def test_what_somebody_may_not_know_of_is_not_told(site: Site, song: dict[str, bytes]) -> None:
    ann, bob = await site.join("ann"), await site.join("bob")
    for visibility in ("private", "unlisted"):
        await ann.upload(song["flac"], "Secret.flac", visibility=visibility)
    assert (await bob.upload(song["flac"], "Mine.flac"))["duplicates"] == []
    assert (await bob.upload(song["mp3"], "Mine.mp3"))["duplicates"][0]["title"] == "Mine"


async def test_a_sound_that_is_refused_while_it_is_heard_is_not_let_in(
    site: Site, song: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, ann = await site.join("root", "admin"), await site.join("ann")
    track = await ann.publish(song["flac"], "Stolen.flac")
    twins = Recognition.twins

    async def refuse_and_look(self: Recognition, hearing: Hearing) -> list[Twin]:
        (await admin.ask("POST", "/api/v1/admin/blocklist", json={"track": track["id"]})).ok()
        return await twins(self, hearing)

    monkeypatch.setattr(Recognition, "twins", refuse_and_look)
    assert (await ann.upload(song["mp3"], "Again.mp3"))["state"] == "failed"


async def test_a_refused_sound_ends_with_a_sentence(site: Site, song: dict[str, bytes]) -> None:
    admin, ann = await site.join("root", "admin"), await site.join("ann")
    track = await ann.publish(song["flac"], "Stolen.flac")
    refusal = {"track": track["id"], "reason": "It belongs to somebody else."}
    (await admin.ask("POST", "/api/v1/admin/blocklist", json=refusal)).ok()
    for shape in ("mp3", "flac", "trimmed"):
        upload = await ann.upload(song[shape], f"{shape}.x")
        assert upload["state"] == "failed"
        assert "taken down" in upload["problem"]
        assert upload["problem"].endswith("It belongs to somebody else.")
    assert (await ann.upload(song["other"], "Other.flac"))["state"] == "ready"
    assert (await site.guest.get(f"/api/v1/tracks/{track['id']}")).status == 200  # what is here stays


async def test_after_an_upgrade_everything_is_heard_again(tmp_path: Path, song: dict[str, bytes]) -> None:
    async with running.site(tmp_path / "data") as site:
        ann = await site.join()
        await ann.publish(song["flac"], "First.flac")
        await ann.publish(song["other"], "Other.flac")
        before = await everything(site)
        await site.services.db.write(lambda tx: tx.run("UPDATE hearings SET versions = 'older', tempo = 1"))
        assert await everything(site) == [None, None]
    async with running.site(tmp_path / "data") as site:
        await running.until(lambda: nothing_left(site))
        assert await everything(site) == before
        assert await site.services.db.read(lambda r: r.value("SELECT COUNT(*) FROM fingerprints")) == 2


async def test_what_cannot_be_heard_again_is_tried_once(tmp_path: Path, song: dict[str, bytes]) -> None:
    async with running.site(tmp_path / "data") as site:
        track = await (await site.join()).publish(song["flac"], "First.flac")
        await site.services.db.write(lambda tx: tx.run("DELETE FROM hearings"))
        [original] = site.originals()
        original.write_bytes(b"no sound any more")
    async with running.site(tmp_path / "data") as site:
        await running.until(lambda: nothing_left(site))
        [found] = await everything(site)
        assert found == Hearing(found.original)
        assert (await site.guest.get(f"/api/v1/tracks/{track['id']}")).status == 200


async def test_hearing_again_goes_on_where_it_was_stopped(
    tmp_path: Path, song: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running.site(tmp_path / "data") as site:
        ann = await site.join()
        for shape in ("flac", "other"):
            await ann.publish(song[shape], f"{shape}.x")
        await site.services.db.write(lambda tx: tx.run("UPDATE hearings SET versions = 'older'"))
    begun: list[Path] = []
    plain = FirstTouch.listen

    def counted(self: FirstTouch, path: Path, tell: Tell) -> Analysis:
        begun.append(path)
        return plain(self, path, tell)

    monkeypatch.setattr(FirstTouch, "listen", counted)
    async with running.site(tmp_path / "data") as site:

        async def one_is_done() -> bool:
            return sum(each is not None for each in await everything(site)) >= 1

        await running.until(one_is_done)
    async with running.site(tmp_path / "data") as site:
        await running.until(lambda: nothing_left(site))
    assert 2 <= len(begun) <= 3  # only what was under way at the stop is begun twice


async def test_a_disk_that_is_taken_away_while_it_is_heard_again_costs_nothing_that_is_known(
    site: Site, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await look(site, music, IN_PLACE)
    await site.rest()
    await site.services.db.write(lambda tx: tx.run("UPDATE hearings SET versions = 'older'"))

    def listen(self: FirstTouch, path: Path, tell: Tell) -> Analysis:
        path.unlink()
        raise Invalid("The file is damaged.")

    monkeypatch.setattr(FirstTouch, "listen", listen)
    await site.instance.rehearing.call()
    await site.rest()
    known = await site.services.db.read(lambda r: r.column("SELECT fingerprint FROM hearings"))
    assert len(known) == 2
    assert all(known)


async def nothing_left(site: Site) -> bool:
    return await site.services.db.read(hearings.outdated) is None


async def test_hearing_again_never_stands_in_the_way_of_what_is_sent(
    tmp_path: Path, song: dict[str, bytes], wave: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though every start asks for it, and none of them came to the end of it."""
    go_on = asyncio.Event()

    async def rehear_later(self: Rehearing, original: str) -> None:
        await go_on.wait()

    monkeypatch.setattr(Rehearing, "_rehear_one", rehear_later)
    async with running.site(tmp_path / "data", working=False) as site:
        ann = await site.join()
        async with app.working(site.instance):
            await ann.publish(song["flac"])
        await site.services.db.write(lambda tx: tx.run("UPDATE hearings SET versions = 'old'"))
        for _ in range(6):
            async with app.working(site.instance):
                await site.instance.rehearing.call()
        async with app.working(site.instance):
            await running.until(lambda: site.services.db.read(_all_are_begun))
            assert (await ann.upload(wave))["state"] == "ready"
            go_on.set()
            await site.rest()


def _all_are_begun(r: Reader) -> bool:
    """Whether no more jobs can be begun: there are none that wait, or the runner has as many as it takes."""
    states = r.column("SELECT state FROM jobs")
    return "waiting" not in states or states.count("running") == 4

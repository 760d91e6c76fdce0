from __future__ import annotations

import numpy as np
import pytest

from mediaserver.base.db import Database, Tx
from mediaserver.base.errors import Conflict, Invalid, NotFound
from mediaserver.catalog import artists, tracks
from mediaserver.catalog.sounds import blocklist, blocklist_file, fingerprints, hearings, sounds
from mediaserver.catalog.sounds.hearings import Hearing, Twin
from mediaserver.catalog.sounds.sounds import Sound
from mediaserver.catalog.tracks import Description
from mediaserver.media.hearing import fingerprint
from tests.running import enrol

ONE, TWO, THREE = (letter * 64 for letter in "abc")


def words(seed: int, count: int = 200) -> bytes:
    return np.random.default_rng(seed).integers(1, 2**32, count, np.uint32).astype("<u4").tobytes()


def noisy(known: bytes, part: float) -> bytes:
    """The same fingerprint with a part of its words' bits turned over."""
    chance = np.random.default_rng(7)
    bits = np.unpackbits(np.frombuffer(known, np.uint8))
    return np.packbits(bits ^ (chance.random(len(bits)) < part)).tobytes()


def publish(tx: Tx, original: str, title: str = "Song") -> str:
    owner = tx.value("SELECT id FROM accounts LIMIT 1")
    if owner is None:
        enrol(tx, "ann", "creator")
        owner = tx.value("SELECT id FROM accounts LIMIT 1")
    artist = artists.find_or_add(tx, owner, "Ann")
    sounds.add(tx, Sound(original, 1, "wav", "pcm", 1, 16, None, 44100, 2, 44100, -9.0, 1.0, -1.0))
    track_id = tracks.add(tx, artist.id, original, Description(title, "Ann"), "public")
    tracks.make_ready(tx, track_id)
    return track_id


async def test_what_was_heard_is_kept_and_replaced(db: Database) -> None:
    first = Hearing(ONE, words(1), 120.5, "A minor", b"vector")
    await db.write(hearings.keep, first)
    assert await db.read(hearings.find, ONE) == first
    second = Hearing(ONE, words(2), None, None, b"other")
    await db.write(hearings.keep, second)
    assert await db.read(hearings.find, ONE) == second
    assert await db.read(lambda r: r.value("SELECT COUNT(*) FROM fingerprints")) == 1
    await db.write(hearings.drop, ONE)
    assert await db.read(hearings.find, ONE) is None
    assert await db.read(lambda r: r.value("SELECT COUNT(*) FROM fingerprint_words")) == 0


async def test_what_older_algorithms_heard_is_outdated(db: Database) -> None:
    for original in (TWO, ONE):
        await db.write(publish, original)
    assert await db.read(hearings.outdated) == ONE
    await db.write(hearings.keep, Hearing(ONE, words(1)))
    assert await db.read(hearings.outdated) == TWO
    assert await db.read(hearings.outdated, TWO) is None
    await db.write(hearings.keep, Hearing(TWO))
    assert await db.read(hearings.outdated) is None
    await db.write(lambda tx: tx.run("UPDATE hearings SET versions = 'fingerprint 0'"))
    assert await db.read(hearings.find, ONE) is None
    assert await db.read(hearings.outdated) == ONE


async def test_what_no_track_stands_on_is_not_heard_again(db: Database) -> None:
    track_id = await db.write(publish, ONE)
    await db.write(tracks.remove, track_id)
    assert await db.read(hearings.outdated) is None


async def test_candidates_are_those_that_share_words(db: Database) -> None:
    known = words(1)
    for seed in range(1, 40):
        await db.write(fingerprints.add, words(seed))
    number = await db.read(lambda r: r.value("SELECT MIN(number) FROM fingerprints"))
    found = await db.read(fingerprints.candidates, noisy(known, 0.05))
    assert (found[0].number, found[0].words) == (number, known)
    assert len(found) <= fingerprints.COMPARED
    assert await db.read(fingerprints.candidates, words(99)) == []
    assert await db.read(fingerprints.candidates, known, blocked=True) == []
    assert await db.read(fingerprints.candidates, b"") == []


async def test_fingerprints_of_another_version_are_not_compared(db: Database) -> None:
    await db.write(fingerprints.add, words(1))
    await db.write(lambda tx: tx.run("UPDATE fingerprints SET version = 0"))
    assert await db.read(fingerprints.candidates, words(1)) == []


async def test_tracks_alike_name_the_very_file_first(db: Database) -> None:
    mine, same, alike = [await db.write(publish, original) for original in (ONE, ONE, TWO)]
    await db.write(publish, THREE)
    await db.write(hearings.set_twins, ONE, [Twin(TWO, 0.8)])
    found = await db.read(hearings.tracks_alike, ONE, mine)
    assert [(each.track_id, each.similarity) for each in found] == [(same, 1.0), (alike, 0.8)]
    assert await db.read(hearings.twins, ONE) == [Twin(TWO, 0.8)]


async def test_what_came_later_and_sounds_the_same_is_found_from_both_sides(db: Database) -> None:
    await db.write(hearings.set_twins, TWO, [Twin(ONE, 0.7)])
    await db.write(hearings.set_twins, THREE, [Twin(ONE, 0.9), Twin(TWO, 0.8)])
    assert await db.read(hearings.twins, ONE) == [Twin(THREE, 0.9), Twin(TWO, 0.7)]
    await db.write(hearings.set_twins, ONE, [Twin(TWO, 0.75)])
    assert await db.read(hearings.twins, ONE) == [Twin(THREE, 0.9), Twin(TWO, 0.75)]


async def test_a_sound_is_refused_once(db: Database) -> None:
    block = await db.write(blocklist.add, words(1), "Song", "Ann", " Because. ")
    assert (block.title, block.artist, block.reason) == ("Song", "Ann", "Because.")
    with pytest.raises(Conflict, match="refused already"):
        await db.write(blocklist.add, words(1), "Song again", "Ann", "")
    [found] = await db.read(fingerprints.candidates, noisy(words(1), 0.05), blocked=True)
    assert await db.read(blocklist.of_fingerprint, found.number) == block
    await db.write(blocklist.remove, block.id)
    assert await db.read(blocklist.newest, 10) == []
    with pytest.raises(NotFound):
        await db.write(blocklist.remove, block.id)


async def test_what_says_too_little_cannot_be_refused(db: Database) -> None:
    for poor in (b"", words(1, fingerprint.SHORTEST - 1), bytes(4000), words(1) + b"x"):
        with pytest.raises(Invalid, match="too short or too quiet"):
            await db.write(blocklist.add, poor, "Song", "Ann", "")


async def test_a_track_is_refused_by_what_was_heard(db: Database) -> None:
    track_id = await db.write(publish, ONE, "Stolen")
    with pytest.raises(Invalid, match="not been listened through"):
        await db.write(blocklist.add_track, track_id, "")
    await db.write(hearings.keep, Hearing(ONE, words(1)))
    block = await db.write(blocklist.add_track, track_id, "Not ours")
    assert (block.title, block.artist, block.words) == ("Stolen", "Ann", words(1))


async def test_a_list_goes_from_one_server_to_another(db: Database) -> None:
    for seed in range(3):
        await db.write(blocklist.add, words(seed), f"Song {seed}", "Ann", "Not ours")
    written = await db.read(blocklist_file.write)
    kept = await db.read(blocklist.newest, 10)
    for block in kept[:2]:
        await db.write(blocklist.remove, block.id)
    taken = await db.write(blocklist_file.take_in, blocklist_file.read(written))
    assert (taken.added, taken.known) == (2, 1)
    assert {(b.title, b.reason, b.words) for b in await db.read(blocklist.newest, 10)} == {
        (b.title, b.reason, b.words) for b in kept
    }


@pytest.mark.parametrize(
    "wrong",
    [
        b"[]",
        b'{"format": "something else", "items": []}',
        b'{"format": "mediaserver-blocklist", "items": [{"title": 1}]}',
    ],
)
def test_what_is_no_list_is_refused(wrong: bytes) -> None:
    with pytest.raises(Invalid, match="not a block list"):
        blocklist_file.read(wrong)


async def test_one_bad_entry_leaves_everything_as_it_was(db: Database) -> None:
    await db.write(blocklist.add, words(1), "Song", "Ann", "")
    [good] = blocklist_file.read(await db.read(blocklist_file.write))
    [block] = await db.read(blocklist.newest, 1)
    await db.write(blocklist.remove, block.id)
    for change in ({"fingerprint": "!!"}, {"fingerprint": "AAAA"}, {"version": 99}):
        told = {name: getattr(good, name) for name in ("title", "artist", "reason", "fingerprint", "version")}
        bad = blocklist_file.Entry(**told | change)
        with pytest.raises(Invalid, match='The entry "Song" cannot be taken in'):
            await db.write(blocklist_file.take_in, [good, bad])
        assert await db.read(blocklist.newest, 10) == []

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediaserver.base.cache import FileCache
from mediaserver.base.errors import Invalid, TooBusy, Unsupported
from mediaserver.base.paths import DataFolder
from mediaserver.base.pool import Pool
from mediaserver.catalog.originals import Originals
from mediaserver.catalog.sounds.sounds import Sound
from mediaserver.media.progressive.mp3 import Mp3
from mediaserver.media.progressive.opus import Opus
from mediaserver.streaming.progressive import Progressive, Stream, part_key
from mediaserver.streaming.workshop import Workshop
from tests import sounds
from tests.running import PATIENCE, assert_sentence, until

SECONDS = 12
STREAMS = [("mp3", "128"), ("mp3", "64"), ("opus", "96"), ("wav", None), ("original", None), ("flac", None)]


@pytest.fixture
def originals(folder: DataFolder) -> Originals:
    return Originals(folder.originals, 1 << 30)


@pytest.fixture
def sound(folder: DataFolder, originals: Originals, tmp_path: Path) -> Sound:
    made = sounds.write(tmp_path / "song.flac", sounds.music(SECONDS))
    received = originals.copy(made)
    originals.keep(received)
    return Sound(
        received.hash, received.bytes, "flac", "flac", 1, 16, None, 44100, 2, SECONDS * 44100, None, None, None
    )


@pytest.fixture
def cache(folder: DataFolder) -> FileCache:
    cache = FileCache(folder.cache / "segments", 1 << 26, 1 << 20)
    cache.open()
    return cache


@pytest.fixture
def service(originals: Originals, cache: FileCache, pool: Pool) -> Progressive:
    return Progressive(originals, cache, Workshop(pool, 0))


class Makes:
    """Counts the parts that are made."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.made: list[int] = []
        for kind in (Mp3, Opus):
            patch.setattr(kind, "make", self.counted(kind.make))

    def counted(self, make):  # type: ignore[no-untyped-def]
        def wrapped(layout, n):  # type: ignore[no-untyped-def]
            self.made.append(n)
            return make(layout, n)

        return wrapped


@pytest.fixture
def makes(monkeypatch: pytest.MonkeyPatch) -> Makes:
    return Makes(monkeypatch)


async def read(service: Progressive, stream: Stream, start: int = 0, stop: int | None = None) -> bytes:
    wanted = None if stop is None else range(start, stop)
    return b"".join([data async for data in service.read(stream, wanted, "ann")])


@pytest.mark.parametrize(("format", "bitrate"), STREAMS)
async def test_ranges_anywhere_are_parts_of_one_whole(
    service: Progressive, sound: Sound, format: str, bitrate: str | None
) -> None:
    stream = service.open(sound, format, bitrate)
    middle = await read(service, stream, stream.length // 2, stream.length // 2 + 1000)  # before anything else
    whole = await read(service, stream)
    assert len(whole) == stream.length
    assert middle == whole[stream.length // 2 :][:1000]
    bounds = st.integers(0, stream.length)
    loop = asyncio.get_running_loop()

    @settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(bounds, bounds)
    def agree(one: int, other: int) -> None:
        start, stop = sorted((one, other))
        asked = asyncio.run_coroutine_threadsafe(read(service, stream, start, stop), loop)
        assert asked.result(PATIENCE) == whole[start:stop]

    await asyncio.to_thread(agree)


async def test_flac_of_what_was_none_has_no_length_and_comes_whole(
    service: Progressive, originals: Originals, tmp_path: Path, cache: FileCache
) -> None:
    received = originals.copy(sounds.write(tmp_path / "song.wav", sounds.music(SECONDS)))
    originals.keep(received)
    facts = (1, 16, None, 44100, 2, SECONDS * 44100, None, None, None)
    stream = service.open(Sound(received.hash, received.bytes, "wav", "pcm_s16le", *facts), "flac")
    assert (stream.length, stream.media_type) == (None, "audio/flac")
    data = await read(service, stream)
    assert data.startswith(b"fLaC")
    assert data == b"".join(stream.layout.make(n) for n in range(stream.layout.parts))
    assert cache.size == 0


async def test_parallel_ranges_cause_each_part_once(service: Progressive, sound: Sound, makes: Makes) -> None:
    stream = service.open(sound, "mp3")
    edges = [*range(0, stream.length, 10_000), stream.length]
    ranges = list(pairwise(edges))
    pieces = await asyncio.gather(*(read(service, stream, *each) for each in reversed(ranges)))
    assert sorted(makes.made) == list(range(stream.layout.parts))
    assert b"".join(reversed(pieces)) == await read(service, stream)
    assert len(makes.made) == stream.layout.parts


async def test_parts_outlive_the_process(
    service: Progressive, sound: Sound, originals: Originals, folder: DataFolder, pool: Pool, makes: Makes
) -> None:
    whole = await read(service, service.open(sound, "opus"))
    made = len(makes.made)
    again = FileCache(folder.cache / "segments", 1 << 26, 1 << 20)
    again.open()
    later = Progressive(originals, again, Workshop(pool, 0))
    assert await read(later, later.open(sound, "opus")) == whole
    assert len(makes.made) == made


async def test_what_follows_is_made_while_a_part_is_sent_and_no_more(
    service: Progressive, sound: Sound, makes: Makes, cache: FileCache
) -> None:
    stream = service.open(sound, "mp3")
    reading = service.read(stream, range(stream.length), "ann")
    assert len(await anext(reading)) == stream.layout.start(2)  # the head and the first of the sound
    for following in (2, 3):
        await until(lambda n=following: _held(cache, stream, n))  # type: ignore[misc]
    await reading.aclose()
    assert sorted(makes.made) == [0, 1, 2, 3]
    assert stream.layout.parts > 4


async def test_nothing_beyond_a_range_is_made(service: Progressive, sound: Sound, makes: Makes) -> None:
    stream = service.open(sound, "mp3")
    await read(service, stream, 100, stream.layout.start(2))
    await read(service, stream, 100, 100)
    assert sorted(makes.made) == [0, 1]


async def _held(cache: FileCache, stream: Stream, n: int) -> bool:
    return cache.has(part_key(stream.shared, n, stream.extension))


async def test_lossless_sound_is_not_kept_twice(service: Progressive, sound: Sound, cache: FileCache) -> None:
    await read(service, service.open(sound, "wav"))
    await read(service, service.open(sound, "original"))
    assert cache.size == 0


async def test_what_is_asked_is_told_apart(service: Progressive, sound: Sound) -> None:
    asked = [("mp3", "128"), ("mp3", "64"), ("opus", "64"), ("opus", "96"), ("wav", None), ("original", None)]
    assert len({service.open(sound, *each).tag for each in asked}) == len(asked)
    assert service.open(sound, "mp3").tag == service.open(sound, "mp3", "128").tag
    assert service.open(sound, "opus").tag == service.open(sound, "opus", "96").tag


async def test_wrong_wishes_are_answered_with_what_there_is(service: Progressive, sound: Sound) -> None:
    with pytest.raises(Unsupported, match="mp3, opus, wav, flac, original") as unknown:
        service.open(sound, "midi")
    assert_sentence(str(unknown.value))
    for bitrate in ("", "0", "129", "1e2", "-128", "128000", "١٢٨"):
        with pytest.raises(Invalid, match="64, 80, 96, 112, 128, 160, 192, 224, 256, 320") as wrong:
            service.open(sound, "mp3", bitrate)
        assert_sentence(str(wrong.value))
    with pytest.raises(Invalid, match="32, 48, 64, 96, 128, 160, 192, 256"):
        service.open(sound, "opus", "320")


async def test_a_full_queue_is_told(originals: Originals, cache: FileCache, sound: Sound) -> None:
    pool = Pool(1, limit=0)
    service = Progressive(originals, cache, Workshop(pool, 0))
    with pytest.raises(TooBusy):
        await read(service, service.open(sound, "mp3"))
    pool.close()

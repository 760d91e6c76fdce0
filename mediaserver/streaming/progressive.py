"""Progressive streams: a track as one file, for players and programs that want an address and no more.

A range of bytes becomes parts, and those are made and kept as segments are. It knows nothing of HTTP.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial

from mediaserver.base.cache import FileCache, Made
from mediaserver.base.errors import Invalid, Problem, TooBusy, Unsupported
from mediaserver.base.pool import Priority, Work
from mediaserver.catalog.originals import Originals
from mediaserver.catalog.sounds.sounds import Sound
from mediaserver.media import renditions
from mediaserver.media.progressive import layout, mp3_frames, opus
from mediaserver.media.progressive.file import File
from mediaserver.media.progressive.flac import Flac
from mediaserver.media.progressive.layout import Layout, Parts
from mediaserver.media.progressive.mp3 import Mp3
from mediaserver.media.progressive.opus import Opus
from mediaserver.media.progressive.retagged import Retagged
from mediaserver.media.progressive.wav import Wav
from mediaserver.media.timeline import Original
from mediaserver.streaming.workshop import Workshop

FORMATS = ("mp3", "opus", "wav", "flac", "original")
_AHEAD = 2  # parts that are made before they are asked for
_BITRATES = {"mp3": mp3_frames.BITRATES, "opus": opus.BITRATES}
_USUAL = {"mp3": 128, "opus": 96}
_KINDS = {  # FFmpeg's name of a container: media type and extension
    "aac": ("audio/aac", "aac"),
    "aiff": ("audio/aiff", "aiff"),
    "flac": ("audio/flac", "flac"),
    "matroska,webm": ("audio/x-matroska", "mka"),
    "mov,mp4,m4a,3gp,3g2,mj2": ("audio/mp4", "m4a"),
    "mp3": ("audio/mpeg", "mp3"),
    "ogg": ("audio/ogg", "ogg"),
    "wav": ("audio/wav", "wav"),
    "wv": ("audio/x-wavpack", "wv"),
}
_UNNAMED = ("application/octet-stream", "bin")


@dataclass(frozen=True, slots=True)
class Stream:
    """A file that need not exist yet; `tag` names these very bytes and no others.

    `length` is in bytes. It is None where only making the whole would tell: then there are no ranges of it. `shared` is
    what all its parts but the first are known by, which are the same whatever tags the first holds.
    """

    layout: Parts
    tag: str
    length: int | None
    media_type: str
    extension: str
    shared: str


class Progressive:
    """Opens streams and reads ranges of them."""

    def __init__(self, originals: Originals, cache: FileCache, workshop: Workshop) -> None:
        self._originals = originals
        self._cache = cache
        self._workshop = workshop

    def open(self, sound: Sound, format: str, bitrate: str | None = None, *, untouched: bool = True) -> Stream:
        """Return the stream of a recording in one of FORMATS, at `bitrate` kbit/s where the format has bit rates.

        A FLAC is handed out as it came, with its tags, only if `untouched`; else it is made anew of its sound.
        Raises Unsupported for another format, and Invalid for a bit rate that there is not.
        """
        kilobits = _check_bitrate(format, bitrate)
        bits = 24 if sound.lossless and (sound.bits or 0) > 16 else 16
        tag = name(sound, format, kilobits or bits)
        original = Original(self._originals.path(sound.original), sound.rate, sound.channels, sound.samples)
        match format:
            case "mp3":
                return stream_of(Mp3(original, kilobits), tag, "audio/mpeg", "mp3")
            case "opus":
                return stream_of(Opus(original, kilobits, int(tag[:8], 16)), tag, "audio/ogg", "opus")
            case "wav":
                return stream_of(Wav(original, bits), tag, "audio/wav", "wav")
            case "original":
                return self._as_it_came(sound)
            case "flac" if untouched and sound.container == "flac":
                return self._as_it_came(sound)
            case "flac":
                return stream_of(Flac(original, bits), tag, "audio/flac", "flac")
        raise Unsupported(f'There is no format "{format[:20]}". Choose one of: {", ".join(FORMATS)}.')

    def _as_it_came(self, sound: Sound) -> Stream:
        file = File(self._originals.path(sound.original), sound.bytes)
        return stream_of(file, sound.original, *_KINDS.get(sound.container, _UNNAMED))

    async def read(self, stream: Stream, wanted: range | None, listener: str) -> AsyncIterator[bytes]:
        """Yield the bytes of a range, or all: one part at a time, with the next ones being made meanwhile.

        The head comes with the first of the sound: whether there is any is known only then. A range can be had only of
        a stream whose length is known. Raises as `Workshop.make` does, and what `decode` raises.
        """
        head, numbers = b"", _numbers(stream.layout, wanted)
        async for n, data in self._parts(stream, numbers, listener):
            piece = _cut(stream.layout, n, data, wanted)
            if n == 0 and len(numbers) > 1:
                head = piece
            else:
                yield head + piece
                head = b""

    async def _parts(self, stream: Stream, numbers: range, listener: str) -> AsyncIterator[tuple[int, bytes]]:
        """Yield parts with their numbers; what was begun of later ones is dropped when nobody goes on to them."""
        begun: dict[int, Work[Made]] = {}
        try:
            for n in numbers:
                data = await self.part(stream, n, listener)
                if n in begun:
                    begun.pop(n).release()
                for following in range(n + 1, min(n + 1 + _AHEAD, numbers.stop)):
                    if following not in begun:
                        begun.update(self._begin(stream, following))
                yield n, data
        finally:
            for work in begun.values():
                work.release()

    async def part(self, stream: Stream, n: int, listener: str) -> bytes:
        """Return part `n` of a stream. Raises as `read` does."""
        if isinstance(stream.layout, File | Retagged):  # reading waits for the disk, not for a processor
            return await asyncio.to_thread(_whole, stream, n)
        key = _key(stream, n)
        if not stream.layout.is_encoded:
            return await self._workshop.make(listener, key, partial(_whole, stream, n), _forget)
        data = await self._cache.find(key)
        if data is None:
            make = partial(self._encode, stream, n, key)
            data = (await self._workshop.make(listener, key, make, self._cache.put)).data
        return data

    def _begin(self, stream: Stream, n: int) -> dict[int, Work[Made]]:
        """Have part `n` made where that takes an encoder, it is not there, and no listener waits for a thread."""
        key = _key(stream, n)
        if not stream.layout.is_encoded or self._cache.has(key):
            return {}
        try:
            work = self._workshop.begin(key, Priority.AHEAD, partial(self._encode, stream, n, key), self._cache.put)
        except TooBusy:
            return {}
        work.hold()
        return {n: work}

    def _encode(self, stream: Stream, n: int, key: str) -> Made:
        return self._cache.store(key, _whole(stream, n))


def _numbers(layout: Parts, wanted: range | None) -> range:
    """Return which parts hold a range."""
    if wanted is None:
        return range(layout.parts)
    assert isinstance(layout, Layout)
    return range(layout.part_at(wanted.start), layout.part_at(wanted.stop - 1) + 1) if wanted else range(0)


def _cut(layout: Parts, n: int, data: bytes, wanted: range | None) -> bytes:
    """Return what of part `n` is in a range."""
    if wanted is None:
        return data
    assert isinstance(layout, Layout)
    place = layout.start(n)
    return data[max(0, wanted.start - place) : wanted.stop - place]


def _key(stream: Stream, n: int) -> str:
    return part_key(stream.shared if n else stream.tag, n, stream.extension)


def _forget(data: bytes) -> None:
    """Keep nothing of what is as quickly made again."""


def _whole(stream: Stream, n: int) -> bytes:
    """Make a part and hold it to the length that was told: a byte too few or too many would shift all that follows."""
    layout = stream.layout
    data = layout.make(n)
    promised = layout.start(n + 1) - layout.start(n) if isinstance(layout, Layout) else len(data)
    if len(data) != promised:
        raise Problem(f"A part of this stream has {len(data)} bytes instead of {promised}: the recording is damaged.")
    return data


def stream_of(layout: Parts, tag: str, media_type: str, extension: str) -> Stream:
    """Return the stream of a layout whose bytes `tag` names."""
    length = layout.length if isinstance(layout, Layout) else None
    return Stream(layout, tag, length, media_type, extension, tag)


def part_key(name: str, n: int, extension: str) -> str:
    """Return where part `n` of the stream of that name is in the cache."""
    return f"{name[:2]}/{name}/{n}.{extension}"


def name(sound: Sound, format: str, quality: int) -> str:
    """Return what stands for these bytes: the original, what is made of it, and the encoders' versions."""
    everything = f"{sound.original} {format} {quality} {layout.VERSION} {renditions.fingerprint()}"
    return hashlib.sha256(everything.encode()).hexdigest()[:20]


def _check_bitrate(format: str, bitrate: str | None) -> int:
    """Return the bit rate in kbit/s, 0 for a format that has none. Raises Invalid."""
    allowed = {str(each): each for each in _BITRATES.get(format, ())}
    if not allowed:
        return 0
    if bitrate is None:
        return _USUAL[format]
    if bitrate not in allowed:
        raise Invalid(f"There is no {format} at that bit rate. Choose one of: {', '.join(allowed)} (kbit/s).")
    return allowed[bitrate]

"""Tracks as files to take home: with the tags of today in them, and their lengths known before they are made.

The tags go before or behind what is streamed, so that all parts of the sound are shared with the streams. FLAC and MP3
that were given as such keep their very frames. It knows nothing of HTTP, nor of who may have what.
"""

from __future__ import annotations

import asyncio
import hashlib
import struct
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from mediaserver.base.cache import FileCache, Made
from mediaserver.base.errors import Invalid, Unsupported
from mediaserver.base.pool import SingleFlight
from mediaserver.catalog.originals import Originals
from mediaserver.catalog.sounds.sounds import Sound
from mediaserver.media import bare_sound, decode
from mediaserver.media.bare_sound import Bare
from mediaserver.media.progressive import m4a
from mediaserver.media.progressive.flac import Flac
from mediaserver.media.progressive.layout import Parts
from mediaserver.media.progressive.m4a import M4a, Packets
from mediaserver.media.progressive.mp3 import Mp3
from mediaserver.media.progressive.opus import Opus
from mediaserver.media.progressive.retagged import Retagged
from mediaserver.media.progressive.wav import Wav
from mediaserver.media.tags import writing
from mediaserver.media.tags.model import Tags
from mediaserver.media.timeline import Original
from mediaserver.streaming.progressive import Progressive, Stream, name, part_key, stream_of
from mediaserver.streaming.workshop import Workshop

FORMATS = ("original", "flac", "wav", "mp3", "opus", "aac")
LOSSLESS = ("original", "flac", "wav")
AAC_EXTENSION, AAC_MOST = "m4a", m4a.MOST
_AT_ONCE = 2  # parts of one recording that are encoded at the same time
_USUAL = {"mp3": "320", "opus": "160", "aac": "256"}  # kbit/s: what is kept is to be as good as it gets


class Downloads:
    """Opens files to take home; `Progressive` reads them."""

    def __init__(self, originals: Originals, progressive: Progressive, cache: FileCache, workshop: Workshop) -> None:
        self._originals = originals
        self._progressive = progressive
        self._cache = cache
        self._workshop = workshop
        self._flights = SingleFlight()

    async def open(self, sound: Sound, format: str, bitrate: str | None, tags: Tags, listener: str) -> Stream:
        """Return a recording in one of FORMATS with those tags in it; the original is untouched.

        AAC is encoded as a whole the first time. Raises Unsupported, Invalid, TooLarge, and what `Workshop.make` and
        `decode` raise.
        """
        stream = await self.at_hand(sound, format, bitrate, tags)
        if stream is None:
            packets, shared = self._packets(sound, bitrate)
            sizes = await self._flights.do(shared, partial(self._measure, packets, shared, listener))
            stream = _m4a(packets, shared, sizes, tags)
        return stream

    async def at_hand(self, sound: Sound, format: str, bitrate: str | None, tags: Tags) -> Stream | None:
        """Return the same where nothing has to be made for that: None for AAC that was not encoded yet."""
        if format not in FORMATS:
            raise Unsupported(f'There is no format "{format[:20]}". Choose one of: {", ".join(FORMATS)}.')
        if format == "aac":
            packets, shared = self._packets(sound, bitrate)
            sizes = await self._cache.find(_sizes_key(shared))
            return None if sizes is None else _m4a(packets, shared, sizes, tags)
        kept = None if bitrate else await asyncio.to_thread(self._kept, sound, format, tags)
        if kept is not None:
            return kept
        plain = self._progressive.open(sound, format, bitrate or _USUAL.get(format))
        return plain if format == "original" else _tagged(plain, tags)

    def tag(self, sound: Sound, bitrate: str | None, tags: Tags) -> str:
        """Return what will name the bytes of AAC that was not encoded yet. Raises Invalid or TooLarge."""
        _, shared = self._packets(sound, bitrate)
        return _m4a_tag(shared, tags)

    def _packets(self, sound: Sound, bitrate: str | None) -> tuple[Packets, str]:
        """Return the packets of AAC, and what they are known by. Raises Invalid, and TooLarge for what is too long."""
        allowed = [str(each) for each in m4a.BITRATES]
        kilobits = bitrate or _USUAL["aac"]
        if kilobits not in allowed:
            raise Invalid(f"There is no aac at that bit rate. Choose one of: {', '.join(allowed)} (kbit/s).")
        original = Original(self._originals.path(sound.original), sound.rate, sound.channels, sound.samples)
        packets = Packets(original, int(kilobits))
        packets.require_room()
        return packets, name(sound, AAC_EXTENSION, int(kilobits))

    def _kept(self, sound: Sound, format: str, tags: Tags) -> Stream | None:
        """Return the original's own frames with other tags, where it is in that format already and undamaged.

        Raises NotFound and Invalid for one that is gone or may not be read.
        """
        if format != sound.container or format not in _KEPT:
            return None
        find, write, media_type = _KEPT[format]
        path = self._originals.path(sound.original)
        try:
            with decode.translated(decode.ORIGINAL):
                bare = find(path)
        except Unsupported:
            return None  # it is made anew from the sound
        front = bare.head + write(tags)
        layout = Retagged(path, bare.first, bare.end, front)
        return stream_of(layout, _named(sound.original, front), media_type, format)

    async def _measure(self, packets: Packets, shared: str, listener: str) -> bytes:
        """Make every packet once, keep them, and return their sizes (bytes), each in 32 bits."""
        tables: list[bytes] = []
        for first in range(0, packets.parts, _AT_ONCE):
            numbers = range(first, min(first + _AT_ONCE, packets.parts))
            tables += await asyncio.gather(*(self._part_sizes(packets, shared, n, listener) for n in numbers))
        made = await asyncio.to_thread(self._cache.store, _sizes_key(shared), b"".join(tables))
        self._cache.put(made)
        return made.data

    async def _part_sizes(self, packets: Packets, shared: str, n: int, listener: str) -> bytes:
        key = part_key(shared, n + 1, AAC_EXTENSION)
        make = partial(self._make, packets, n, key)
        table, _ = await self._workshop.make(listener, f"{key}.sizes", make, lambda both: self._cache.put(both[1]))
        return table

    def _make(self, packets: Packets, n: int, key: str) -> tuple[bytes, Made]:
        """Make the packets of part `n`; return their sizes, and the part as it was stored."""
        made = packets.packets(n)
        table = struct.pack(f">{len(made)}I", *map(len, made))
        return table, self._cache.store(key, b"".join(made))


def _tagged(plain: Stream, tags: Tags) -> Stream:
    """Return the same stream with tags in its first part, or behind the last."""
    layout, written, shared = _with(plain.layout, tags, plain.shared)
    made = stream_of(layout, _named(plain.tag, written), plain.media_type, plain.extension)
    return replace(made, shared=shared)


def _with(layout: Parts, tags: Tags, shared: str) -> tuple[Parts, bytes, str]:
    """Return the layout with tags, the tags as they are written, and what its other parts are known by."""
    match layout:
        case Mp3():
            written = writing.id3v2(tags)
            return replace(layout, tags=written), written, shared
        case Wav():
            written = writing.riff_chunk(tags)
            return replace(layout, tags=written), written, f"{shared}.tagged"
        case Flac():
            written = writing.flac_blocks(tags)
            return replace(layout, tags=written), written, shared
        case Opus():
            made = replace(layout, tags=writing.opus_tags(tags))
            same = made.header_pages == layout.header_pages  # else the pages of the sound have other numbers
            return made, made.tags, shared if same else f"{shared}.{made.header_pages}"
    raise AssertionError(layout)


def _m4a(packets: Packets, shared: str, sizes: bytes, tags: Tags) -> Stream:
    layout = M4a(packets, struct.unpack(f">{len(sizes) // 4}I", sizes), tags)
    return replace(stream_of(layout, _m4a_tag(shared, tags), "audio/mp4", AAC_EXTENSION), shared=shared)


def _m4a_tag(shared: str, tags: Tags) -> str:
    """What names an M4A before its head is known: any change of the tags changes how ID3 would write them."""
    return _named(shared, writing.id3v2(tags))


def _sizes_key(shared: str) -> str:
    return f"{shared[:2]}/{shared}/sizes"


def _named(sound: str, tags: bytes) -> str:
    """Return what stands for a sound with tags."""
    return hashlib.sha256(sound.encode() + tags).hexdigest()[:20]


_KEPT: dict[str, tuple[Callable[[Path], Bare], Callable[[Tags], bytes], str]] = {
    "flac": (bare_sound.flac, writing.flac_blocks, "audio/flac"),
    "mp3": (bare_sound.mp3, writing.id3v2, "audio/mpeg"),
}
"""By container and format: where the sound lies, how tags are written, and the media type."""

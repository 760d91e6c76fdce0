"""Fragmented MP4 written byte by byte (ISO/IEC 14496-12): one initialisation section, and any number of fragments.

Pure functions of their arguments; the clause in each docstring says where the box is defined.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

UNITY = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
"""The matrix that leaves a picture as it is; headers of sound have it too."""
TRACK = 1
SYNC = 0x02000000
"""Sample flags (8.8.3.1): depends on no other sample."""


@dataclass(frozen=True, slots=True)
class Stream:
    """What the initialisation section tells of a stream.

    `rate` in Hz is also the timescale; `samples` are heard, after `priming` that are not; `frame` is a packet's length.
    `roll` is how many packets a decoder must have heard before one that it plays right.
    """

    rate: int
    channels: int
    samples: int
    frame: int
    priming: int
    roll: int = 0


def box(kind: str, *parts: bytes) -> bytes:
    """A box (4.2)."""
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind.encode("ascii")) + body


def full(kind: str, version: int, flags: int, *parts: bytes) -> bytes:
    """A box with a version and 24 flags (4.2)."""
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def initialisation(stream: Stream, entry: bytes) -> bytes:
    """The initialisation section: `ftyp` and `moov`; `entry` is the codec's sample entry."""
    brands = struct.pack(">4sI4s4s4s", b"iso6", 0, b"iso6", b"mp41", b"cmfc")
    return box("ftyp", brands) + moov(stream, entry)


def moov(stream: Stream, entry: bytes) -> bytes:
    """Movie box (8.2.1) of one track without samples: they come in fragments."""
    return box("moov", mvhd(stream), trak(stream, entry), mvex(stream))


def mvhd(stream: Stream, duration: int = 0) -> bytes:
    """Movie header (8.2.2); `duration` is that of the samples within, which are none where fragments hold them."""
    head = struct.pack(">IIIIIH10x", 0, 0, stream.rate, duration, 0x10000, 0x100)
    return full("mvhd", 0, 0, head, UNITY, bytes(24), struct.pack(">I", TRACK + 1))


def trak(stream: Stream, entry: bytes) -> bytes:
    """Track box (8.3.1)."""
    return box("trak", tkhd(), box("edts", elst(stream)), mdia(stream, entry, no_tables()))


def tkhd(duration: int = 0) -> bytes:
    """Track header (8.3.2): enabled, in the movie, at full volume; `duration` in the movie's timescale."""
    return full("tkhd", 0, 3, struct.pack(">IIIII8xHHHH", 0, 0, TRACK, 0, duration, 0, 0, 0x100, 0), UNITY, bytes(8))


def elst(stream: Stream) -> bytes:
    """Edit list (8.6.6): play from after the priming, and no further than the track is long.

    What players make of it: FFmpeg's library and Chromium skip the priming. The end they do not heed in a stream of
    fragments, nor the shorter duration of the last packet: of AAC and Opus they play that packet whole, so up to a
    frame too much. We know of no other box that they heed; a player that knows the playlist's length must cut there
    itself. FLAC's last packet is as short as its sound.
    """
    return full("elst", 1, 0, struct.pack(">IQqHH", 1, stream.samples, stream.priming, 1, 0))


def mdia(stream: Stream, entry: bytes, tables: list[bytes], duration: int = 0) -> bytes:
    """Media box (8.4.1) with header (8.4.2) and handler (8.4.3)."""
    undetermined = 0x55C4  # the language "und", packed as 8.4.2.3 tells
    mdhd = full("mdhd", 0, 0, struct.pack(">IIIIHH", 0, 0, stream.rate, duration, undetermined, 0))
    hdlr = full("hdlr", 0, 0, struct.pack(">I4s12x", 0, b"soun"), b"sound\0")
    return box("mdia", mdhd, hdlr, minf(stream, entry, tables))


def minf(stream: Stream, entry: bytes, tables: list[bytes]) -> bytes:
    """Media information (8.4.4): the data is in this file, and the tables tell where its samples are."""
    dinf = box("dinf", full("dref", 0, 0, struct.pack(">I", 1), full("url ", 0, 1)))
    stsd = full("stsd", 0, 0, struct.pack(">I", 1), entry)
    return box("minf", full("smhd", 0, 0, bytes(4)), dinf, box("stbl", stsd, *tables, sgpd(stream.roll)))


def no_tables() -> list[bytes]:
    """The tables of samples where those are in fragments: they must be there, and are empty."""
    nothing = struct.pack(">I", 0)
    times = [full(kind, 0, 0, nothing) for kind in ("stts", "stsc")]
    return [*times, full("stsz", 0, 0, nothing, nothing), full("stco", 0, 0, nothing)]


def sgpd(roll: int) -> bytes:
    """Description of sample groups (8.9.3): a packet of it is right after `roll` others (10.1); none for 0."""
    return full("sgpd", 1, 0, b"roll", struct.pack(">IIh", 2, 1, -roll)) if roll else b""


def mvex(stream: Stream) -> bytes:
    """Movie extends (8.8.1): how long the whole is, and what holds for every sample."""
    mehd = full("mehd", 1, 0, struct.pack(">Q", stream.samples))
    return box("mvex", mehd, full("trex", 0, 0, struct.pack(">IIIII", TRACK, 1, stream.frame, 0, SYNC)))


def fragment(number: int, time: int, packets: list[bytes], durations: list[int], *, rolls: bool = False) -> bytes:
    """A segment (8.16.2) of one fragment: sequence `number` from 1, decode `time` and `durations` in samples.

    With `rolls` its packets belong to the group that the initialisation describes.
    """
    styp = box("styp", struct.pack(">4sI4s4s", b"msdh", 0, b"msdh", b"cmfs"))
    groups = sbgp(len(packets)) if rolls else b""
    size = len(moof(number, time, groups, trun(packets, durations, 0)))
    return styp + moof(number, time, groups, trun(packets, durations, size + 8)) + box("mdat", *packets)


def moof(number: int, time: int, groups: bytes, run: bytes) -> bytes:
    """Movie fragment (8.8.4) of one track and one run."""
    mfhd = full("mfhd", 0, 0, struct.pack(">I", number))
    tfhd = full("tfhd", 0, 0x020000, struct.pack(">I", TRACK))
    tfdt = full("tfdt", 1, 0, struct.pack(">Q", time))
    return box("moof", mfhd, box("traf", tfhd, tfdt, run, groups))


def sbgp(count: int) -> bytes:
    """Samples to group (8.9.2): all `count` packets belong to the first."""
    return full("sbgp", 0, 0, b"roll", struct.pack(">III", 1, count, 1))


def trun(packets: list[bytes], durations: list[int], data: int) -> bytes:
    """Track fragment run (8.8.8): each packet's duration and size; the first lies `data` bytes into the fragment."""
    pairs = (number for pair in zip(durations, map(len, packets), strict=True) for number in pair)
    table = struct.pack(f">{2 * len(packets)}I", *pairs)
    return full("trun", 0, 0x301, struct.pack(">Ii", len(packets), data), table)

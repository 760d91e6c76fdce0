"""What the initialisation section tells a decoder of its codec: the sample entries of AAC, Opus and FLAC.

Pure functions of their arguments; the docstrings say where each box is defined.
"""

from __future__ import annotations

import struct

from mediaserver.media.fmp4 import TRACK, Stream, box, full

LARGEST = 0xFFFF
"""The entry has so much room for the sample rate (Hz); the codec's own box tells those above."""


def sound(kind: str, stream: Stream, bits: int, config: bytes) -> bytes:
    """Sample entry of sound (ISO/IEC 14496-12, 12.2.3) that holds the codec's own box.

    A rate without room is halved until it has (Encapsulation of FLAC in ISO Base Media File Format, 3.3.1).
    """
    rate = stream.rate
    while rate > LARGEST:
        rate //= 2
    return box(kind, struct.pack(">6xH8xHHIHH", 1, stream.channels, bits, 0, rate, 0), config)


def mp4a(stream: Stream, config: bytes, average: int, highest: int) -> bytes:
    """Sample entry of AAC (ISO/IEC 14496-14, 5.6); `config` is its AudioSpecificConfig, bit rates in bit/s."""
    return sound("mp4a", stream, 16, esds(config, average, highest))


def opus(stream: Stream) -> bytes:
    """Sample entry of Opus (Encapsulation of Opus in ISO Base Media File Format, 4.3) of one or two channels.

    What is skipped at the beginning stands here as it does in the edit list; the gain is none.
    """
    return sound(
        "Opus", stream, 16, box("dOps", struct.pack(">BBHIhB", 0, stream.channels, stream.priming, stream.rate, 0, 0))
    )


def flac(stream: Stream, bits: int) -> bytes:
    """Sample entry of FLAC (Encapsulation of FLAC in ISO Base Media File Format, 3.3); `bits` are a sample's."""
    last, kind = 0x80, 0
    info = streaminfo(stream, bits)
    return sound("fLaC", stream, bits, full("dfLa", 0, 0, struct.pack(">I", (last | kind) << 24 | len(info)), info))


def streaminfo(stream: Stream, bits: int) -> bytes:
    """The block of facts that FLAC begins with (RFC 9639, 8.2): no frame sizes and no MD5, since nothing is encoded."""
    facts = stream.rate << 44 | (stream.channels - 1) << 41 | (bits - 1) << 36 | stream.samples
    return struct.pack(">HH6xQ16x", stream.frame, stream.frame, facts)


def esds(config: bytes, average: int, highest: int) -> bytes:
    """Elementary stream descriptor (ISO/IEC 14496-1, 7.2.6): MPEG-4 audio, in an audio stream."""
    specific = descriptor(5, config)
    decoder = descriptor(4, struct.pack(">BB3xII", 0x40, 0x15, highest, average), specific)
    stream = descriptor(3, struct.pack(">HB", TRACK, 0), decoder, descriptor(6, b"\x02"))
    return full("esds", 0, 0, stream)


def descriptor(tag: int, *parts: bytes) -> bytes:
    """A descriptor shorter than 128 bytes (ISO/IEC 14496-1, 8.3.3)."""
    body = b"".join(parts)
    return bytes((tag, len(body))) + body

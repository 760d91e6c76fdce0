"""What a recording is made of, from its head alone: nothing is decoded, so it is quick, and believes what is written.

How long the sound is exactly, only analysis knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.container import InputContainer

from mediaserver.base.errors import Invalid, Unsupported
from mediaserver.media import decode, riff

LOSSLESS = re.compile(r"pcm_[sfu]\d.*|flac|alac|wavpack|ape|tta|tak|mlp|truehd|wmalossless|shorten|als|dst|dsd_.*")
"""Codecs from which the very samples come back that were put in. (WavPack's lossy kind counts as well.)"""
MICROSECONDS = 1_000_000
DEEPEST = {"ape": 24, "tak": 24, "mlp": 24, "truehd": 24}
"""Bits that these codecs have at most where their samples come in 32."""
OPENING = 4096
"""Bytes of a file in which its head is looked for."""


@dataclass(frozen=True, slots=True)
class Probe:
    """`container`, `codec` and `layout` are FFmpeg's names, `rate` is in Hz, `bitrate` in bit/s.

    `bits` are those of a sample of a lossless recording. `seconds` is what the container claims, or an estimate.
    """

    container: str
    codec: str
    rate: int
    channels: int
    layout: str
    bits: int | None
    lossless: bool
    bitrate: int | None
    seconds: float | None


def probe(path: Path) -> Probe:
    """Look at the head of a file.

    Raises Unsupported for what is no sound or of no kind that is taken, Invalid for an empty or broken file, NotFound.
    """
    with decode.open_audio(path) as container, decode.translated():
        stream = container.streams.audio[0]
        coded = stream.codec_context
        if coded is None:
            raise Unsupported(
                f"The file's sound is in a form that this server cannot decode. It takes {decode.ACCEPTED}."
            )
        if not coded.sample_rate or not coded.layout.nb_channels:
            raise Invalid("The file is broken: its head does not say how its sound is made. Please export it again.")
        lossless = LOSSLESS.fullmatch(coded.name) is not None
        return Probe(
            container=container.format.name,
            codec=coded.name,
            rate=coded.sample_rate,
            channels=coded.layout.nb_channels,
            layout=coded.layout.name,
            bits=depth(path, coded) if lossless else None,
            lossless=lossless,
            bitrate=coded.bit_rate or container.bit_rate or None,
            seconds=riff_claim(path, coded) or claim(container, stream),
        )


def claim(container: InputContainer, stream: AudioStream) -> float | None:
    """How long the file says that its sound is, in seconds."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / MICROSECONDS if container.duration else None


def riff_claim(path: Path, coded: AudioCodecContext) -> float | None:
    """What the head of a WAV of PCM says, in seconds: FFmpeg believes rather the size of the file."""
    size = riff.announced(path) if coded.name.startswith("pcm_") and coded.bit_rate else None
    return size * 8 / coded.bit_rate if size and coded.bit_rate else None


def depth(path: Path, coded: AudioCodecContext) -> int | None:
    """Bits of a sample: PCM has them in its name, most others in their heads; else as much as a sample has room for.

    (RFC 9639, section 8.2: STREAMINFO; Apple Lossless Format Description: the magic cookie; TTA1 format: the header.)
    """
    head = coded.extradata or b""
    if coded.name.startswith("pcm_"):
        return int("".join(re.findall(r"^pcm_[a-z](\d+)", coded.name)))
    if coded.name == "flac" and len(head) >= 14:
        return ((head[12] & 1) << 4 | head[13] >> 4) + 1
    if coded.name == "alac" and len(head) >= 18:
        return head[17]
    if coded.name == "tta" and len(head) >= 10:
        return int.from_bytes(head[8:10], "little")
    with path.open("rb") as file:
        told = OWN_HEADS.get(coded.name, unknown)(file.read(OPENING))
    room = 8 * coded.format.bytes if coded.format else None
    return told or (DEEPEST.get(coded.name, room) if room == 32 else room)


def wavpack_depth(opening: bytes) -> int | None:
    """Bits by the head of a WavPack file's first block (WavPack 4 & 5 Binary File Format, section 2.0)."""
    at = opening.find(b"wvpk")
    if at < 0 or len(opening) < at + 28:
        return None
    flags = int.from_bytes(opening[at + 24 : at + 28], "little")
    return ((flags & 3) + 1) * 8 - (flags >> 13 & 31)


def ape_depth(opening: bytes) -> int | None:
    """Bits by the header of a Monkey's Audio file from version 3.98 on, which its descriptor tells the place of."""
    if opening[:4] != b"MAC " or int.from_bytes(opening[4:6], "little") < 3980:
        return None
    header = int.from_bytes(opening[8:12], "little")
    return int.from_bytes(opening[header + 16 : header + 18], "little") or None


def unknown(opening: bytes) -> None:
    """What is told of samples by a head that nobody can read here."""


OWN_HEADS: dict[str, Callable[[bytes], int | None]] = {"wavpack": wavpack_depth, "ape": ape_depth}

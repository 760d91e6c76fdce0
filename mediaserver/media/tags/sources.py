"""How each family of tags is unfolded to texts by name, and pictures: what mutagen gives is many things, this is one.

What the names mean is told by the tables. Broken pictures are passed over.
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from av.container import InputContainer
from av.stream import Disposition
from mutagen import MutagenError
from mutagen.apev2 import BINARY, APEv2
from mutagen.asf import ASFTags
from mutagen.flac import Picture
from mutagen.id3 import ID3, Encoding, PictureType
from mutagen.mp4 import MP4Tags

from mediaserver.media.tags import cleaned, encodings, lrc, tables

COVER = int(PictureType.COVER_FRONT)
COMMENTS = {"", "comment", "description", "id3v1 comment"}
"""Descriptions of ID3 comments that are written by people; programs keep their numbers under others."""
MILLISECONDS = 2
"""How a SYLT frame says that its times are no frames."""
INVOLVEMENTS = {name.casefold().removeprefix("tipl:") for name in tables.ID3_FRAMES if name.startswith("TIPL:")}
"""What TIPL calls roles that have a field of their own."""
NO_INSTRUMENT = "performer"
"""The involvement of a performer whose instrument is not told."""


@dataclass(slots=True)
class Found:
    """What stands in a file's tags: texts by the container's own names in lower case, and pictures with their kind."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    pictures: list[tuple[int, bytes]] = field(default_factory=list)

    def add(self, name: str, values: Iterable[str]) -> None:
        """Add texts to those of the name."""
        self.texts.setdefault(name.casefold(), []).extend(values)

    def named(self, table: Mapping[str, str]) -> dict[str, list[str]]:
        """The texts by the names of fields."""
        fields: dict[str, list[str]] = {}
        for name, meant in table.items():
            values = [value for value in self.texts.get(name.casefold(), ()) if value.strip("\0 \t\r\n")]
            if values and (meant not in fields or meant in tables.GATHERED):
                fields.setdefault(meant, []).extend(values)
        return fields


def from_id3(tags: ID3) -> Found:
    """Unfold ID3 frames."""
    found = Found()
    frames: Iterable[Any] = dict(tags).values()
    for frame in frames:
        match frame.FrameID:
            case "APIC":
                found.pictures.append((int(frame.type), frame.data))
            case "UFID":
                found.add(f"ufid:{frame.owner}", [frame.data.decode("ascii", "replace")])
            case "TXXX":
                found.add(f"txxx:{frame.desc}", id3_texts(frame))
            case "TIPL":
                add_involved(found, frame.people)
            case "TMCL":
                add_performers(found, frame.people)
            case "COMM" if frame.desc.casefold() in COMMENTS:
                found.add("comm", id3_texts(frame)[:1])
            case "USLT":
                found.add("uslt", [frame.text])
            case "SYLT" if frame.format == MILLISECONDS:
                found.add("sylt", [lrc.write(lrc.from_syllables(frame.text))])
            case "RVA2":
                found.add(f"rva2:{frame.desc}", [str(frame.gain)])
            case name if name.startswith("T") or name == "GRP1":
                found.add(name, id3_texts(frame))
            case name if name.startswith("W"):
                found.add(name, [frame.url])
    return found


def id3_texts(frame: Any) -> list[str]:
    """The texts of a frame; Latin-1 is what old programs call any encoding, and mutagen's dates have none."""
    texts = [str(text) for text in frame.text]
    if frame.encoding != Encoding.LATIN1:
        return texts
    return [encodings.decode(text.encode("latin-1", "replace")) for text in texts]


def add_involved(found: Found, people: Iterable[Sequence[str]]) -> None:
    """Add who was involved: in a role that has a field of its own, or else, as in older tags, as a performer."""
    for involvement, name in people:
        if involvement.casefold() in INVOLVEMENTS:
            found.add(f"tipl:{involvement}", [name])
        else:
            add_performers(found, [(involvement, name)])


def add_performers(found: Found, people: Iterable[Sequence[str]]) -> None:
    """Add performers with their instruments."""
    for instrument, name in people:
        played = None if instrument.casefold() == NO_INSTRUMENT else instrument
        found.add("tmcl", [cleaned.performance(name, played)])


def from_vorbis(tags: Any, pictures: Iterable[Picture] = ()) -> Found:
    """Unfold Vorbis comments; FLAC keeps its pictures beside them."""
    found = Found(pictures=[(picture.type, picture.data) for picture in pictures])
    for name, value in tags:
        if name.casefold() == "metadata_block_picture":
            found.pictures += block_picture(value)
        elif name.casefold() == "coverart":
            found.pictures += [(COVER, data) for data in unwrapped(value)]
        else:
            found.add(name, [value])
    return found


def block_picture(value: str) -> list[tuple[int, bytes]]:
    """A FLAC picture block in base64, or nothing where it is broken."""
    try:
        return [(picture.type, picture.data) for picture in map(Picture, unwrapped(value))]
    except (MutagenError, struct.error, ValueError):
        return []


def unwrapped(value: str) -> list[bytes]:
    """What a base64 text holds, or nothing where it is broken."""
    try:
        return [base64.b64decode(value)]
    except (binascii.Error, ValueError):
        return []


def from_mp4(tags: MP4Tags) -> Found:
    """Unfold Apple's atoms; a free-form atom goes by its own name, without its owner's."""
    found = Found()
    for name, values in dict(tags).items():
        if name == "covr":
            found.pictures += [(COVER, bytes(value)) for value in values]
        elif name.startswith("----:"):
            found.add(name.rsplit(":", 1)[-1], [bytes(value).decode("utf-8", "replace") for value in values])
        elif name in {"trkn", "disk"}:
            found.add(name, ["/".join(map(str, value)) for value in values])
        else:
            found.add(name, map(str, values if isinstance(values, list) else [values]))
    return found


def from_ape(tags: APEv2) -> Found:
    """Unfold APEv2 items; a picture follows its file name and a NUL."""
    found = Found()
    for name, value in dict(tags).items():
        if value.kind != BINARY:
            found.add(name, str(value).split("\0"))
        elif name.casefold().startswith("cover art"):
            kind = COVER if "front" in name.casefold() else 0
            found.pictures.append((kind, value.value.partition(b"\0")[2]))
    return found


def from_asf(tags: ASFTags) -> Found:
    """Unfold ASF attributes."""
    found = Found()
    for name, value in tags:
        if name == "WM/Picture":
            found.pictures += asf_picture(bytes(value.value))
        elif not isinstance(value.value, bytes):
            found.add(name, [str(value)])
    return found


def asf_picture(value: bytes) -> list[tuple[int, bytes]]:
    """A picture of ASF: its kind, its size, two texts of UTF-16 that end in NUL, its data."""
    kind, size = struct.unpack_from("<BI", value)
    return [(kind, value[-size:])] if 0 < size < len(value) else []


def from_riff(chunks: Mapping[str, bytes]) -> Found:
    """Unfold the INFO list of a WAV, whose encoding is never told."""
    found = Found()
    for name, value in chunks.items():
        found.add(name, [encodings.decode(value)])
    return found


def from_ffmpeg(container: InputContainer) -> Found:
    """Unfold what FFmpeg found of the whole and of the sound, and the pictures that are attached."""
    found = Found()
    for metadata in (container.metadata, container.streams.audio[0].metadata):
        for name, value in metadata.items():
            found.add(name, [value])
    for stream in container.streams.video:
        if stream.disposition & Disposition.attached_pic:
            found.pictures.append((COVER, bytes(next(container.demux(stream)))))
    return found

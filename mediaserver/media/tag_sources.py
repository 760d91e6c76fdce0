"""How each family of tags is unfolded to texts by name, and pictures: what mutagen gives is many things, this is one.

What the names mean is told by the tables. Broken pictures are passed over.
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mutagen import MutagenError
from mutagen.apev2 import BINARY, APEv2
from mutagen.asf import ASFTags
from mutagen.flac import Picture
from mutagen.id3 import ID3, PictureType
from mutagen.mp4 import MP4Tags

COVER = int(PictureType.COVER_FRONT)
COMMENTS = {"", "comment", "description", "id3v1 comment"}
"""Descriptions of ID3 comments that are written by people; programs keep their numbers under others."""


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
            values = [value for value in self.texts.get(name, ()) if value.strip("\0 \t\r\n")]
            if values:
                fields.setdefault(meant, values)
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
                found.add(f"txxx:{frame.desc}", frame.text)
            case "COMM" if frame.desc.casefold() in COMMENTS:
                found.add("comm", frame.text[:1])
            case "USLT":
                found.add("uslt", [frame.text])
            case name if name.startswith("T"):
                found.add(name, map(str, frame.text))
            case name if name.startswith("W"):
                found.add(name, [frame.url])
    return found


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
    """Unfold the INFO list of a WAV: UTF-8 today, Windows' Western code page in old files."""
    found = Found()
    for name, value in chunks.items():
        try:
            found.add(name, [value.decode("utf-8")])
        except UnicodeDecodeError:
            found.add(name, [value.decode("cp1252", "replace")])
    return found


def from_ffmpeg(metadata: Mapping[str, str]) -> Found:
    """Unfold what FFmpeg found."""
    found = Found()
    for name, value in metadata.items():
        found.add(name, [value])
    return found

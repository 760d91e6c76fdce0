"""Tags as the bytes that each family of containers keeps them in, to be put beside a sound that stays as it is.

What is written here, `tags.read` reads as it was, as far as the family has a place for it. It opens no file.
"""

from __future__ import annotations

import base64
import io
import struct
from typing import Any

from mutagen import id3
from mutagen.flac import Picture
from mutagen.mp4 import AtomDataType, MP4Cover, MP4FreeForm, MP4Tags

from mediaserver.media import picture_headers
from mediaserver.media.tags import cleaned, lrc, tables, texts
from mediaserver.media.tags.model import Tags

VENDOR = "mediaserver"
"""Who Vorbis comments say has written them."""
COMMENTS, PICTURE, LAST = 4, 6, 0x80
"""Kinds of FLAC's blocks (RFC 9639, section 8.1), and the flag of the last one."""
LARGEST_BLOCK = (1 << 24) - 1
FRONT = 3
"""The kind of a picture that is the front cover, in ID3 and FLAC alike."""
UNKNOWN_LANGUAGE = "XXX"
MILLISECONDS, LYRICS = 2, 1
"""Of a SYLT frame: what its times are, and what it holds."""
FREE = "----:com.apple.iTunes:"
_ID3 = tables.written(tables.ID3_FRAMES)
_VORBIS = tables.written(tables.VORBIS)
_MP4 = tables.written(tables.MP4_ATOMS)
_OPUS_GAINS = {"track_gain": "track_r128", "album_gain": "album_r128"}


def id3v2(tags: Tags) -> bytes:
    """An ID3v2.4 tag, which stands before the frames of an MP3."""
    frames = id3.ID3()
    fields = paired(texts.of(tags))
    for field, values in fields.items():
        if not _ID3[field].startswith(("TIPL", "TMCL")):
            frames.add(frame(_ID3[field], values))
    for people in involved(fields):
        frames.add(people)
    if tags.cover:
        frames.add(id3.APIC(encoding=id3.Encoding.UTF8, mime=mime(tags.cover), type=FRONT, desc="", data=tags.cover))
    file = io.BytesIO()
    if frames:
        frames.save(file, v1=0, padding=no_padding)
    return file.getvalue()


def frame(name: str, values: list[str]) -> id3.Frame:
    """The ID3 frame of that name in our table."""
    kind, _, description = name.partition(":")
    if kind == "TXXX":
        return id3.TXXX(encoding=id3.Encoding.UTF8, desc=description, text=values)
    if kind == "UFID":
        return id3.UFID(owner=description, data=values[0].encode())
    common = {"encoding": id3.Encoding.UTF8, "lang": UNKNOWN_LANGUAGE, "desc": ""}
    match kind:
        case "COMM":
            return id3.COMM(**common, text=values)
        case "USLT":
            return id3.USLT(**common, text=values[0])
        case "SYLT":
            lines = [(words, at) for at, words in lrc.parse(values[0])]
            return id3.SYLT(**common, format=MILLISECONDS, type=LYRICS, text=lines)
    return id3.Frames[kind](encoding=id3.Encoding.UTF8, text=values)


def involved(fields: dict[str, list[str]]) -> list[id3.Frame]:
    """The two ID3 frames that hold pairs: who did what, and who played what."""
    roles = {field: _ID3[field].partition(":")[2] for field in fields if _ID3[field].startswith("TIPL")}
    did = [[role, name] for field, role in roles.items() for name in fields[field]]
    performers = filter(None, map(cleaned.performer, fields.get("performer", ())))
    played = [[instrument or "performer", name] for name, instrument in performers]
    kinds = ((id3.TIPL, did), (id3.TMCL, played))
    return [kind(encoding=id3.Encoding.UTF8, people=people) for kind, people in kinds if people]


def paired(fields: dict[str, list[str]]) -> dict[str, list[str]]:
    """The fields with what a number is out of behind it, as in "5/12"; 0 is no number."""
    rest = dict(fields)
    for number, total in (("track", "tracks"), ("disc", "discs")):
        of = rest.pop(total, None)
        if of is not None:
            rest[number] = [f"{rest.get(number, ['0'])[0]}/{of[0]}"]
    return rest


def riff_chunk(tags: Tags) -> bytes:
    """A chunk with an ID3 tag, which stands behind the sound of a WAV; of an even number of bytes."""
    body = id3v2(tags)
    return b"id3 " + struct.pack("<I", len(body)) + body + bytes(len(body) % 2) if body else b""


def opus_tags(tags: Tags) -> bytes:
    """The comment header of Ogg Opus (RFC 7845, section 5.2), whose gains are Opus's own and know no peaks."""
    fields = {_OPUS_GAINS.get(field, field): values for field, values in texts.of(tags).items()}
    for field in _OPUS_GAINS.values():
        if field in fields:
            decibels = cleaned.gain(fields[field][0]) or 0.0
            fields[field] = [str(round((decibels - cleaned.REFERENCE) * 256))]
    for peak in ("track_peak", "album_peak"):
        fields.pop(peak, None)
    lines = vorbis_lines(fields)
    if tags.cover:
        lines.append(f"METADATA_BLOCK_PICTURE={base64.b64encode(picture(tags.cover)).decode()}")
    return b"OpusTags" + comments(lines)


def flac_blocks(tags: Tags) -> bytes:
    """The blocks that end FLAC's metadata: Vorbis comments, and the cover where it is not too large for a block."""
    blocks = [(COMMENTS, comments(vorbis_lines(texts.of(tags))))]
    if tags.cover:
        blocks.append((PICTURE, picture(tags.cover)))
    blocks = [(kind, body) for kind, body in blocks if len(body) <= LARGEST_BLOCK]
    heads = [kind | LAST * (n == len(blocks)) for n, (kind, _) in enumerate(blocks, 1)]
    return b"".join(
        struct.pack(">I", head << 24 | len(body)) + body for head, (_, body) in zip(heads, blocks, strict=True)
    )


def vorbis_lines(fields: dict[str, list[str]]) -> list[str]:
    """The fields as lines of Vorbis comments."""
    return [f"{_VORBIS[field]}={value}" for field, values in fields.items() for value in values]


def comments(lines: list[str]) -> bytes:
    """A block of Vorbis comments (https://xiph.org/vorbis/doc/v-comment.html) without its framing bit."""
    texts = [line.encode() for line in (VENDOR, *lines)]
    vendor, *rest = [struct.pack("<I", len(text)) + text for text in texts]
    return vendor + struct.pack("<I", len(rest)) + b"".join(rest)


def picture(cover: bytes) -> bytes:
    """The front cover as FLAC keeps it (RFC 9639, section 8.8)."""
    kept = Picture()
    kept.type, kept.mime, kept.data = FRONT, mime(cover), cover
    if kept.mime:
        kept.width, kept.height = picture_headers.dimensions(cover, kept.mime)
        kept.depth = 24
    return bytes(kept.write())


def with_atoms(head: bytes, tags: Tags) -> bytes:
    """An MP4's head (ftyp and moov) with Apple's atoms in it, and the places in its tables moved on accordingly."""
    atoms = MP4Tags()
    for field, values in paired(texts.of(tags)).items():
        atoms.update(atom(_MP4[field], values))
    if tags.cover:
        form = MP4Cover.FORMAT_PNG if mime(tags.cover) == "image/png" else MP4Cover.FORMAT_JPEG
        atoms["covr"] = [MP4Cover(tags.cover, form)]
    file = io.BytesIO(head)
    if atoms:
        atoms.save(file, padding=no_padding)
    return file.getvalue()


def atom(name: str, values: list[str]) -> dict[str, Any]:
    """The atom of that name in our table; beats with a fraction have a free-form one beside their own."""
    match name:
        case "trkn" | "disk":
            number, _, of = values[0].partition("/")
            return {name: [(int(number), int(of or 0))]}
        case "BPM":
            beats = float(values[0])
            return {"tmpo": [round(beats)]} | ({} if beats.is_integer() else {f"{FREE}{name}": free(values)})
        case "cpil":
            return {name: True}
        case "rtng":
            return {name: [int(values[0])]}
    is_apples = name.startswith("©") or (len(name) == 4 and not name.isupper())
    return {name: values} if is_apples else {f"{FREE}{name}": free(values)}


def free(values: list[str]) -> list[MP4FreeForm]:
    """The texts of a free-form atom."""
    return [MP4FreeForm(value.encode(), AtomDataType.UTF8) for value in values]


def mime(cover: bytes) -> str:
    """The media type of a picture; empty for what is none that we know."""
    return picture_headers.kind(cover) or ""


def no_padding(info: object) -> int:
    """Bytes of room behind tags: none, since nothing is ever changed in place."""
    return 0

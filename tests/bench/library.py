"""A library to import: many small recordings with tags as people have them, made quickly and the same at every run.

A few sounds are encoded once; each file is a copy of one of them with tags of its own.
"""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count as counting
from pathlib import Path

from mutagen.flac import FLAC, Picture
from mutagen.id3 import APIC, ID3, TALB, TCMP, TCON, TDOR, TDRC, TIT2, TPE1, TPE2, TPOS, TRCK, TSRC, TXXX
from mutagen.mp4 import MP4, MP4Cover
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis

SECONDS = 0.6
SHARES = {".flac": 35, ".mp3": 40, ".ogg": 10, ".opus": 5, ".m4a": 10}
"""How many of a hundred albums are of each format."""
CODECS = {".flac": "flac", ".mp3": "libmp3lame", ".ogg": "libvorbis", ".opus": "libopus", ".m4a": "aac"}
FIRST = (
    *("Amber", "Bruno", "Céline", "Dmitri", "Élodie", "Farid", "Greta", "Håkon", "Inés", "Jürgen", "Keiko", "Łukasz"),
    *("Ольга", "Сергей", "Ирина", "Павел", "さくら", "ひろし", "健太", "美咲", "Ελένη", "Νίκος"),
)
LAST = (
    *("Stone", "Álvarez", "Müller", "O'Neill", "van der Berg", "Şahin", "Nguyễn", "St. John", "d'Arc", "Björk"),
    *("Иванова", "Петров", "Смирнов", "田中", "鈴木", "高橋", "Παπαδόπουλος", "Γεωργίου"),
)
BANDS = ("AC/DC Tribute", "Earth, Wind & Rain", "Simon & Garth", "Tyler; The Maker", "the and", "Кино Мира", "夜の音楽")
WORDS = (
    *("Night", "River", "Glass", "Über", "Électrique", "Slow", "Harbour", "Machine", "Garden", "Winter", "Échos"),
    *(
        "Дорога",
        "Море",
        "Тишина",
        "Свет",
        "夜",
        "海",
        "風",
        "記憶",
        "Θάλασσα",
        "Φως",
        "(Live)",
        "[Remix]",
        "№ 5",
        "100%",
    ),
)
GENRES = ("Rock", "Jazz", "Electronic", "Folk; World", "Классика", "J-Pop", "(17)", "Hip-Hop", "Ambient", "Soundtrack")
DATES = ("1969", "1997-05-21", "2004-11", "20120304", "3/4/1997", "12.06.1985", "c. 1890", "0000", "May 2001", "2023")


@dataclass(frozen=True)
class Song:
    """What one file says of itself."""

    title: str
    artists: tuple[str, ...]
    album: str
    album_artist: str
    number: int
    of: int
    disc: int
    discs: int
    date: str
    genre: str
    isrc: str
    compilation: bool

    @property
    def artist(self) -> str:
        return " feat. ".join(self.artists)


def make(folder: Path, files: int, seed: int = 1) -> Path:
    """Write `files` recordings into folders of albums below `folder`, in its time some 500 a second."""
    chance = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    made = {ending: sound(folder / f"sound{ending}") for ending in SHARES}
    sleeves = [picture(folder / "sleeve.jpg", hue) for hue in range(0, 360, 15)]
    left = files
    for number in counting():
        if left <= 0:
            return folder
        [ending] = chance.choices(list(SHARES), list(SHARES.values()))
        album = list(songs(chance))[:left]
        left -= len(album)
        place = folder / safe(album[0].album_artist) / f"{number:05} {safe(album[0].album)}"
        sleeve = sleeves[number % len(sleeves)]
        inside = chance.random() < 0.5
        write_album(place, album, made[ending], ending, sleeve if inside else None)
        if not inside and chance.random() < 0.8:
            (place / "cover.jpg").write_bytes(sleeve)
    return folder


def sound(path: Path) -> bytes:
    """Encode one short sound; nothing of it stays on the disk."""
    source = f"sine=frequency=440:duration={SECONDS}:sample_rate=44100"
    command = ["ffmpeg", "-nostdin", "-y", "-v", "error", "-f", "lavfi", "-i", source, "-c:a", CODECS[path.suffix]]
    subprocess.run([*command, str(path)], check=True)
    data = path.read_bytes()
    path.unlink()
    return data


def picture(path: Path, hue: int) -> bytes:
    """Paint a sleeve of 500 by 500 pixels."""
    source = f"testsrc2=size=500x500:duration=1,hue=h={hue}"
    command = ["ffmpeg", "-nostdin", "-y", "-v", "error", "-f", "lavfi", "-i", source, "-frames:v", "1"]
    subprocess.run([*command, str(path)], check=True)
    data = path.read_bytes()
    path.unlink()
    return data


def songs(chance: random.Random) -> Iterator[Song]:
    """The songs of one album: of one artist, with guests, or of many; on one disc or several."""
    various, discs = chance.random() < 0.15, chance.choice((1, 1, 1, 1, 2, 3))
    length, album, date = chance.randint(6, 14), words(chance), chance.choice(DATES)
    artist = name(chance)
    for disc in range(1, discs + 1):
        for number in range(1, length + 1):
            by = name(chance) if various else artist
            guests = (name(chance),) if chance.random() < 0.2 else ()
            yield Song(
                title=words(chance),
                artists=(by, *guests),
                album=album,
                album_artist="Various Artists" if various else artist,
                number=number,
                of=length,
                disc=disc,
                discs=discs,
                date=date,
                genre=chance.choice(GENRES),
                isrc=f"DEA12{chance.randint(0, 9_999_999):07}",
                compilation=various,
            )


def name(chance: random.Random) -> str:
    return chance.choice(BANDS) if chance.random() < 0.1 else f"{chance.choice(FIRST)} {chance.choice(LAST)}"


def words(chance: random.Random) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randint(1, 4)))


def safe(text: str) -> str:
    """Leave out what may not stand in a file's name."""
    return text.replace("/", "_").strip(". ") or "_"


def write_album(folder: Path, album: list[Song], data: bytes, ending: str, sleeve: bytes | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for song in album:
        path = folder / f"{song.disc}-{song.number:02} {safe(song.title)}{ending}"
        path.write_bytes(data)
        WRITERS[ending](path, song, sleeve)


def write_id3(path: Path, song: Song, sleeve: bytes | None) -> None:
    tags = ID3()
    tags.add(TIT2(encoding=3, text=song.title))
    tags.add(TPE1(encoding=3, text=song.artist))
    tags.add(TXXX(encoding=3, desc="ARTISTS", text=list(song.artists)))
    tags.add(TALB(encoding=1, text=song.album))
    tags.add(TPE2(encoding=3, text=song.album_artist))
    tags.add(TRCK(encoding=0, text=f"{song.number}/{song.of}"))
    tags.add(TPOS(encoding=0, text=f"{song.disc}/{song.discs}"))
    tags.add(TDRC(encoding=0, text=song.date))
    tags.add(TDOR(encoding=0, text=song.date))
    tags.add(TCON(encoding=3, text=song.genre))
    tags.add(TSRC(encoding=0, text=song.isrc))
    if song.compilation:
        tags.add(TCMP(encoding=0, text="1"))
    if sleeve:
        tags.add(APIC(encoding=0, mime="image/jpeg", type=3, desc="", data=sleeve))
    tags.save(path)


def comments(song: Song) -> dict[str, list[str]]:
    """The song as Vorbis comments."""
    texts = {
        "TITLE": [song.title],
        "ARTIST": [song.artist],
        "ARTISTS": list(song.artists),
        "ALBUM": [song.album],
        "ALBUMARTIST": [song.album_artist],
        "TRACKNUMBER": [str(song.number)],
        "TRACKTOTAL": [str(song.of)],
        "DISCNUMBER": [str(song.disc)],
        "DISCTOTAL": [str(song.discs)],
        "DATE": [song.date],
        "GENRE": [song.genre],
        "ISRC": [song.isrc],
    }
    return texts | {"COMPILATION": ["1"]} if song.compilation else texts


def write_flac(path: Path, song: Song, sleeve: bytes | None) -> None:
    file = FLAC(path)
    file.update(comments(song))
    if sleeve:
        front = Picture()
        front.type, front.mime, front.data = 3, "image/jpeg", sleeve
        file.add_picture(front)
    file.save()


def write_vorbis(path: Path, song: Song, sleeve: bytes | None) -> None:
    file = OggVorbis(path)
    file.update(comments(song))
    file.save()


def write_opus(path: Path, song: Song, sleeve: bytes | None) -> None:
    file = OggOpus(path)
    file.update(comments(song))
    file.save()


def write_mp4(path: Path, song: Song, sleeve: bytes | None) -> None:
    file = MP4(path)
    file["\xa9nam"], file["\xa9ART"], file["\xa9alb"] = song.title, song.artist, song.album
    file["aART"], file["\xa9day"], file["\xa9gen"] = song.album_artist, song.date, song.genre
    file["trkn"], file["disk"] = [(song.number, song.of)], [(song.disc, song.discs)]
    file["----:com.apple.iTunes:ARTISTS"] = [artist.encode() for artist in song.artists]
    file["cpil"] = song.compilation
    if sleeve:
        file["covr"] = [MP4Cover(sleeve, MP4Cover.FORMAT_JPEG)]
    file.save()


WRITERS = {
    ".flac": write_flac,
    ".mp3": write_id3,
    ".ogg": write_vorbis,
    ".opus": write_opus,
    ".m4a": write_mp4,
}

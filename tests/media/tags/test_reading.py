from __future__ import annotations

import base64
import pickle
import struct
from pathlib import Path

import mutagen
import numpy as np
import pytest
from mutagen import id3
from mutagen.aiff import AIFF
from mutagen.apev2 import APEv2
from mutagen.asf import ASF, ASFByteArrayAttribute
from mutagen.flac import FLAC, Picture
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4, MP4Cover
from mutagen.oggopus import OggOpus
from mutagen.wave import WAVE
from mutagen.wavpack import WavPack

from mediaserver.media.tags import cleaned, reading
from mediaserver.media.tags.model import Credit, MusicBrainz, Tags
from tests import sounds

COVER, BACK = b"\xff\xd8\xff front", b"\xff\xd8\xff back"
ID = "f27ec8db-af05-4f36-916e-3d57f91ecf5e"
EXPECTED = Tags(
    title="Ночь",
    artist="Ann & The Bees",
    artists=("Ann", "The Bees"),
    album="日々",
    album_artist="Various",
    album_artists=("Various",),
    track=5,
    tracks=12,
    disc=1,
    discs=2,
    date="1997-05-21",
    original_date="1969",
    genres=("Rock", "Dub"),
    credits=(Credit("composer", "A"), Credit("composer", "B")),
    label="Small",
    isrc="DEA129712345",
    comment="Two\nlines",
    lyrics="La\nla",
    bpm=120.0,
    compilation=True,
    language="deu",
    licence="CC BY 4.0",
    copyright="1997 Small",
    musicbrainz=MusicBrainz(recording=ID, release=ID, artists=(ID,)),
    cover=COVER,
)
VORBIS = {
    "TITLE": "Ночь",
    "Artist": "Ann & The Bees",
    "ARTISTS": ["Ann", "The Bees"],
    "ALBUM": "日々",
    "ALBUMARTIST": "Various",
    "TRACKNUMBER": "05",
    "TRACKTOTAL": "12",
    "DISCNUMBER": "1/2",
    "DATE": "1997-05-21",
    "ORIGINALDATE": "1969",
    "GENRE": ["Rock", "Dub"],
    "COMPOSER": ["A", "B"],
    "LABEL": "Small",
    "ISRC": "DE-A12-97-12345",
    "COMMENT": "Two\r\nlines",
    "LYRICS": "La\nla",
    "BPM": "120",
    "COMPILATION": "1",
    "LANGUAGE": "deu",
    "LICENSE": "CC BY 4.0",
    "COPYRIGHT": "1997 Small",
    "MUSICBRAINZ_TRACKID": ID.upper(),
    "MUSICBRAINZ_ALBUMID": ID,
    "MUSICBRAINZ_ARTISTID": ID,
}


def sound(folder: Path, name: str) -> Path:
    return sounds.write(folder / name, sounds.tone(0.3, 48000), 48000)


def picture(kind: int, data: bytes) -> Picture:
    made = Picture()
    made.type, made.mime, made.data = kind, "image/jpeg", data
    return made


def id3_frames(kept: id3.ID3) -> None:
    for name, value in {
        "TIT2": "Ночь",
        "TPE1": "Ann & The Bees",
        "TALB": "日々",
        "TPE2": "Various",
        "TRCK": "05/12",
        "TPOS": "1/2",
        "TDRC": "1997-05-21",
        "TDOR": "1969",
        "TCON": ["(17)", "Dub"],
        "TCOM": ["A", "B"],
        "TPUB": "Small",
        "TSRC": "DEA129712345",
        "TBPM": "120",
        "TCMP": "1",
        "TLAN": "deu",
        "TCOP": "1997 Small",
    }.items():
        kept.add(getattr(id3, name)(encoding=3, text=value))
    for description, value in {
        "ARTISTS": ["Ann", "The Bees"],
        "LICENSE": "CC BY 4.0",
        "MusicBrainz Album Id": ID,
        "MusicBrainz Artist Id": ID,
    }.items():
        kept.add(id3.TXXX(encoding=3, desc=description, text=value))
    kept.add(id3.COMM(encoding=3, lang="eng", desc="iTunNORM", text=" 000002 00003"))
    kept.add(id3.COMM(encoding=3, lang="eng", desc="", text="Two\nlines"))
    kept.add(id3.USLT(encoding=3, lang="eng", desc="", text="La\nla"))
    kept.add(id3.UFID(owner="http://musicbrainz.org", data=ID.encode()))
    kept.add(id3.APIC(encoding=3, mime="image/jpeg", type=4, desc="back", data=BACK))
    kept.add(id3.APIC(encoding=3, mime="image/jpeg", type=3, desc="front", data=COVER))


@pytest.mark.parametrize(("name", "kind"), [("a.mp3", MP3), ("a.aiff", AIFF), ("a.wav", WAVE)])
def test_id3(name: str, kind: type, tmp_path: Path) -> None:
    path = sound(tmp_path, name)
    file = kind(path)
    if file.tags is None:
        file.add_tags()
    file.tags.clear()
    id3_frames(file.tags)
    file.save()
    assert reading.read(path) == EXPECTED


def test_flac(tmp_path: Path) -> None:
    path = sound(tmp_path, "a.flac")
    file = FLAC(path)
    file.clear()
    file.update(VORBIS)
    file.add_picture(picture(4, BACK))
    file.add_picture(picture(3, COVER))
    file.save()
    assert reading.read(path) == EXPECTED


def test_opus(tmp_path: Path) -> None:
    path = sound(tmp_path, "a.opus")
    file = OggOpus(path)
    file.clear()
    blocks = [base64.b64encode(picture(*each).write()).decode() for each in ((4, BACK), (3, COVER))]
    file.update({**VORBIS, "METADATA_BLOCK_PICTURE": ["broken!", *blocks]})
    file.save()
    assert reading.read(path) == EXPECTED


def test_mp4(tmp_path: Path) -> None:
    path = sound(tmp_path, "a.m4a")
    file = MP4(path)
    file.update({
        "©nam": "Ночь", "©ART": "Ann & The Bees", "©alb": "日々", "aART": "Various", "trkn": [(5, 12)],
        "disk": [(1, 2)], "©day": "1997-05-21T07:00:00Z", "©gen": ["Rock", "Dub"], "©wrt": ["A", "B"],
        "©cmt": "Two\nlines", "©lyr": "La\nla", "tmpo": [120], "cpil": True, "cprt": "1997 Small",
        "covr": [MP4Cover(COVER), MP4Cover(BACK)],
    })  # fmt: skip
    for name, values in {
        "ARTISTS": ["Ann", "The Bees"], "LABEL": ["Small"], "ISRC": ["DEA129712345"], "LANGUAGE": ["deu"],
        "LICENSE": ["CC BY 4.0"], "ORIGINALDATE": ["1969"], "MusicBrainz Track Id": [ID], "MusicBrainz Album Id": [ID],
        "MusicBrainz Artist Id": [ID],
    }.items():  # fmt: skip
        file[f"----:com.apple.iTunes:{name}"] = [value.encode() for value in values]
    file.save()
    assert reading.read(path) == EXPECTED


def test_apev2(tmp_path: Path) -> None:
    path = sound(tmp_path, "a.wv")
    file = WavPack(path)
    if file.tags is None:
        file.add_tags()
    names = {"TRACKNUMBER": "Track", "DISCNUMBER": "Disc", "DATE": "Year", "ALBUMARTIST": "Album Artist"}
    for name, value in VORBIS.items():
        file.tags[names.get(name, name.title())] = value
    file.tags["Cover Art (Back)"] = b"back.jpg\0" + BACK
    file.tags["Cover Art (Front)"] = b"front.jpg\0" + COVER
    file.save()
    assert reading.read(path) == EXPECTED


def test_asf(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "a.wma", sounds.tone(0.3), codec="wmav2", format="asf", bit_rate=128000)
    file = ASF(path)
    head = struct.pack("<BI", 3, len(COVER)) + "image/jpeg\0\0".encode("utf-16-le")
    file.tags.update({
        "Title": "Ночь", "Author": "Ann & The Bees", "WM/ARTISTS": ["Ann", "The Bees"], "WM/AlbumTitle": "日々",
        "WM/AlbumArtist": "Various", "WM/TrackNumber": "5/12", "WM/PartOfSet": "1/2", "WM/Year": "1997-05-21",
        "WM/OriginalReleaseYear": "1969", "WM/Genre": ["Rock", "Dub"], "WM/Composer": ["A", "B"],
        "WM/Publisher": "Small", "WM/ISRC": "DEA129712345", "Description": "Two\nlines", "WM/Lyrics": "La\nla",
        "WM/BeatsPerMinute": "120", "WM/IsCompilation": True, "WM/Language": "deu", "LICENSE": "CC BY 4.0",
        "Copyright": "1997 Small", "MusicBrainz/Track Id": ID, "MusicBrainz/Album Id": ID, "MusicBrainz/Artist Id": ID,
        "WM/Picture": ASFByteArrayAttribute(head + COVER),
    })  # fmt: skip
    file.save()
    assert reading.read(path) == EXPECTED


def test_riff_info(tmp_path: Path) -> None:
    entries = {b"INAM": "Nächte".encode("cp1252"), b"IART": "Böse".encode(), b"ICRD": b"1997", b"ITRK": b"3\0\0"}
    body = b"INFO" + b"".join(
        name + struct.pack("<I", len(text)) + text + bytes(len(text) % 2) for name, text in entries.items()
    )
    path = sound(tmp_path, "a.wav")
    data = path.read_bytes() + b"odd \3\0\0\0abc\0" + b"LIST" + struct.pack("<I", len(body)) + body
    path.write_bytes(data)
    found = reading.read(path)
    assert (found.title, found.artist, found.date, found.track) == ("Nächte", "Böse", "1997", 3)


def test_matroska(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "a.mka", sounds.tone(0.3), metadata={"title": "Ночь", "artist": "Ann"})
    assert (reading.read(path).title, reading.read(path).artist) == ("Ночь", "Ann")


def test_id3_of_version_23_and_names_with_strokes(tmp_path: Path) -> None:
    path = sound(tmp_path, "a.mp3")
    file = MP3(path)
    file.tags.add(id3.TPE1(encoding=3, text="AC/DC"))
    file.tags.add(id3.TDRC(encoding=3, text="1980-07-25"))
    file.save(v2_version=3)
    found = reading.read(path)
    assert (found.artist, found.artists, found.date) == ("AC/DC", ("AC/DC",), "1980-07-25")


def test_names_are_never_split_on_a_guess(tmp_path: Path) -> None:
    path = sound(tmp_path, "a.flac")
    for name in ("AC/DC", "Simon & Garfunkel", "Tyler, The Creator", "A feat. B", "X; Y"):
        file = FLAC(path)
        file["ARTIST"] = name
        file.save()
        assert reading.read(path).artists == (name,)


def test_several_artists_are_kept_apart(tmp_path: Path) -> None:
    path = sound(tmp_path, "a.flac")
    file = FLAC(path)
    file["ARTIST"] = ["Ann", "Bob"]
    file.save()
    assert (reading.read(path).artist, reading.read(path).artists) == ("Ann, Bob", ("Ann", "Bob"))


def test_id3v1_and_ape_behind_an_mp3_without_name(tmp_path: Path) -> None:
    mp3 = sound(tmp_path, "a.mp3")
    id3.ID3().delete(mp3)
    plain = tmp_path / "0123abcd"
    plain.write_bytes(mp3.read_bytes())
    ape = APEv2()
    ape["Title"] = "Behind"
    ape.save(plain)
    assert reading.read(plain).title == "Behind"


def test_files_kept_without_an_ending_show_their_tags(tmp_path: Path) -> None:
    path = sound(tmp_path, "a.flac")
    file = FLAC(path)
    file["TITLE"] = "Here"
    file.save()
    assert reading.read(path.rename(tmp_path / "0123abcd")).title == "Here"


@pytest.mark.parametrize(
    "data", [b"", b"ID3", b"ID3\4\0\0\x7f\x7f\x7f\x7f", b"fLaC\0\0\0", b"RIFF\4\0\0\0WAVELIST\xff\xff", bytes(900)]
)
def test_unreadable_tags_are_empty_tags(data: bytes, tmp_path: Path) -> None:
    for name in ("a.mp3", "a.flac", "a.wav", "a.m4a", "a.ogg", "a"):
        path = tmp_path / name
        path.write_bytes(data)
        assert reading.read(path) == Tags()
    assert reading.read(tmp_path / "gone.mp3") == Tags()


def test_what_sends_its_reader_in_circles_is_left_there(tmp_path: Path) -> None:
    path = tmp_path / "a.mpc"
    path.write_bytes(b"MPCKXX\0" + bytes(64))  # a packet that ends where it begins
    assert reading.read(path) == Tags()


def test_no_more_is_read_than_there_is(tmp_path: Path) -> None:
    path = tmp_path / "a.dff"
    rate = b"FS  " + struct.pack(">QI", 4, 2822400)
    endless = b"CHNL" + struct.pack(">QHI", 6, 1, 0) + b"CMPR" + struct.pack(">Q", 0x5700 << 48) + b"DSD "
    inner = b"FVER" + struct.pack(">QI", 4, 0x01050000) + b"PROP" + struct.pack(">Q", 70) + b"SND " + rate + endless
    path.write_bytes(b"FRM8" + struct.pack(">Q", 114) + b"DSD " + inner + bytes(64))
    assert reading.read(path) == Tags()


@pytest.mark.parametrize("name", ["a.mp3", "a.flac", "a.opus", "a.m4a", "a.wv", "a.aiff", "a.wav"])
def test_damaged_tags_raise_nothing(name: str, tmp_path: Path) -> None:
    path = sound(tmp_path, name)
    file = mutagen.File(path)
    if file.tags is None:
        file.add_tags()
    if isinstance(file.tags, id3.ID3):
        id3_frames(file.tags)
    elif not isinstance(file, MP4):
        file.tags.update(VORBIS)
    file.save()
    whole = path.read_bytes()
    chance = np.random.default_rng(7)
    for _ in range(60):
        data = bytearray(whole)
        for place in chance.integers(0, min(len(data), 3000), 8):
            data[place] = chance.integers(256)
        path.write_bytes(data)
        assert isinstance(reading.read(path), Tags)


def test_values_are_cleaned(tmp_path: Path) -> None:
    path = sound(tmp_path, "a.flac")
    file = FLAC(path)
    file.update({
        "TITLE": "  A\x07  title\u202e\n on two lines ", "ALBUM": "  ", "GENRE": ["rock", "Rock", "17", ""],
        "COMPOSER": "A\0B", "BPM": "fast", "TRACKNUMBER": "B2", "DATE": "0000", "MUSICBRAINZ_TRACKID": "none",
        "COMMENT": "x" * 20_000,
    })  # fmt: skip
    file.save()
    found = reading.read(path)
    assert found.title == "A title on two lines"
    assert (found.album, found.bpm, found.track, found.date, found.musicbrainz.recording) == (None,) * 5
    assert found.genres == ("Rock",)
    assert found.credited("composer") == ("A", "B")
    assert found.comment is not None
    assert len(found.comment) == cleaned.TEXT


def test_tags_travel() -> None:
    assert pickle.loads(pickle.dumps(EXPECTED)) == EXPECTED


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1997", "1997"),
        ("١٩٩٧", "1997"),
        ("1997-05", "1997-05"),
        ("1997-05-21", "1997-05-21"),
        ("1997-05-21T12:00:00Z", "1997-05-21"),
        ("1997-5-1", "1997-05-01"),
        ("1997/05/21", "1997-05-21"),
        ("1997.05.21", "1997-05-21"),
        ("19970521", "1997-05-21"),
        ("21.05.1997", "1997-05-21"),
        ("03.04.1997", "1997-04-03"),
        ("21/05/1997", "1997-05-21"),
        ("05/21/1997", "1997-05-21"),
        ("03/04/1997", "1997"),
        ("21 May 1997", "1997-05-21"),
        ("May 21st, 1997", "1997-05-21"),
        ("May 1997", "1997-05"),
        ("september 1997", "1997-09"),
        ("1997-00-00", "1997"),
        ("1997-05-00", "1997-05"),
        ("1997-02-31", "1997-02"),
        ("1997-13-01", "1997"),
        ("(P) 1997", "1997"),
        ("©1997", "1997"),
        ("ca. 1997", "1997"),
        ("1995, 1997", None),
        ("0000", None),
        ("97", None),
        ("unknown", None),
        ("199705211200", None),
        ("1997-05-21 12:00:00", "1997-05-21"),
        ("", None),
    ],
)
def test_dates(written: str, meant: str | None) -> None:
    assert cleaned.day(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("5", (5, None)),
        ("05/12", (5, 12)),
        (" 5 of 12 ", (5, 12)),
        ("Track 5", (5, None)),
        ("0", (None, None)),
        ("5/0", (5, None)),
        ("99999", (None, None)),
        ("B2", None),
        ("-1", None),
        ("", None),
    ],
)
def test_numbers(written: str, meant: object) -> None:
    assert cleaned.number(written) == meant


def test_who_did_what_in_older_id3(tmp_path: Path) -> None:
    path = sound(tmp_path, "a.mp3")
    file = id3.ID3()
    file.add(id3.IPLS(encoding=3, people=[["Producer", "Pat"], ["bass", "Bo"], ["DJ-mix", "Di"], ["performer", "Pe"]]))
    file.add(id3.TEXT(encoding=3, text="Li"))
    file.add(id3.TPE4(encoding=3, text=["Re", "Mi"]))
    file.update_to_v23()
    file.save(path, v2_version=3, v23_sep=None)
    assert reading.read(path).credits == (
        Credit("lyricist", "Li"),
        Credit("remixer", "Re"),
        Credit("remixer", "Mi"),
        Credit("producer", "Pat"),
        Credit("dj-mixer", "Di"),
        Credit("performer", "Bo", "bass"),
        Credit("performer", "Pe"),
    )


@pytest.mark.parametrize("name", ["a.mp3", "a.opus", "a.m4a"])
def test_gains_in_every_form(name: str, tmp_path: Path) -> None:
    path = sound(tmp_path, name)
    file = mutagen.File(path)
    if name == "a.mp3":
        file.tags.add(id3.RVA2(desc="track", channel=1, gain=-6.5, peak=0.9))
        file.tags.add(id3.TXXX(encoding=3, desc="replaygain_album_gain", text="+1,25 dB"))
    elif name == "a.opus":
        file["R128_TRACK_GAIN"] = str(round((-6.5 - 5) * 256))
        file["R128_ALBUM_GAIN"] = str(round((1.25 - 5) * 256))
    else:
        file["----:com.apple.iTunes:replaygain_track_gain"] = b"-6.50 dB"
        file["----:com.apple.iTunes:replaygain_album_gain"] = b"1.25"
    file.save()
    found = reading.read(path).replaygain
    assert (found.track_gain, found.album_gain) == (-6.5, 1.25)


def test_what_is_explicit_in_every_form(tmp_path: Path) -> None:
    path = sound(tmp_path, "a.m4a")
    for written, meant in ((1, True), (4, True), (2, False), (0, None)):
        file = MP4(path)
        file["rtng"] = [written]
        file.save()
        assert reading.read(path).explicit is meant
    path = sound(tmp_path, "a.flac")
    for text, meant in (("1", True), ("Clean", False), ("0", None), ("maybe", None)):
        other = FLAC(path)
        other["ITUNESADVISORY"] = text
        other.save()
        assert reading.read(path).explicit is meant


def test_moods_and_groupings_are_free_tags_together(tmp_path: Path) -> None:
    path = sound(tmp_path, "a.flac")
    file = FLAC(path)
    file.update({"MOOD": ["calm", "late"], "GROUPING": ["set one", "Calm"], "RELEASETYPE": "Album; Live"})
    file["PERFORMER"] = ["Ann (violin)", "The Bees", "Ann (voice)", " (", "()"]
    file["BARCODE"] = "4 006381-333931"
    file.save()
    found = reading.read(path)
    assert found.free_tags == ("Calm", "late", "set one")
    assert found.release_types == ("album", "live")
    assert found.barcode == "4006381333931"
    assert found.credits[:3] == (
        Credit("performer", "Ann", "violin"),
        Credit("performer", "The Bees"),
        Credit("performer", "Ann", "voice"),
    )


def test_matroska_brings_its_picture_and_its_own_names(tmp_path: Path) -> None:
    said = {"PART_NUMBER": "3", "DATE_RELEASED": "1997", "REMIXED_BY": "Re", "CATALOG_NUMBER": "X 1", "title": "Да"}
    found = reading.read(sounds.write(tmp_path / "a.mka", sounds.tone(0.3), metadata=said))
    assert (found.track, found.date, found.catalogue_number, found.title) == (3, "1997", "X 1", "Да")
    assert found.credits == (Credit("remixer", "Re"),)
    assert found.language is None

"""A release as files: one for each recording, named so that they stand in order, and the artwork beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from mediaserver.base.errors import Invalid, NotFound, TooLarge, Unsupported
from mediaserver.catalog.releases import Release
from mediaserver.catalog.tracks import Track
from mediaserver.media import picture_headers
from mediaserver.media.progressive.file import Held
from mediaserver.server import recordings, sending
from mediaserver.server.recordings import Recording
from mediaserver.server.services import Services
from mediaserver.streaming import downloads, progressive
from mediaserver.streaming.progressive import Stream
from mediaserver.streaming.sums import Member

_PICTURES = {"image/jpeg": "jpg", "image/png": "png"}


async def members(
    at: Services, release: Release, every: Sequence[Recording], format: str, bitrate: str | None, listener: str
) -> list[Member]:
    """Return the files of an archive of these recordings. Raises as `Downloads.open` does."""
    stems = names([recording.track for recording in every])
    found = [await _sound(at, each, stem, format, bitrate, listener) for each, stem in zip(every, stems, strict=True)]
    cover = await _cover(at, release)
    return [cover, *found] if cover else found


def names(together: Sequence[Track]) -> list[str]:
    """Return a name for each of the tracks, without its ending: "01 Title", or "1-01 Title" where discs are several.

    A track without a number has that of its place. No two are alike, even where letters' case does not count.
    """
    discs = {track.disc or 1 for track in together}
    numbers = [track.number or place for place, track in enumerate(together, 1)]
    width = max(2, len(str(max(numbers, default=0))))
    stems = []
    for track, number in zip(together, numbers, strict=True):
        disc = f"{track.disc or 1}-" if len(discs) > 1 else ""
        stems.append(sending.safe(f"{disc}{number:0{width}} {track.title}"))
    return list(_apart(stems))


def _apart(stems: Sequence[str]) -> Iterator[str]:
    taken: set[str] = set()
    for stem in stems:
        name, count = stem, 1
        while name.casefold() in taken:
            count += 1
            name = f"{stem} ({count})"
        taken.add(name.casefold())
        yield name


async def _sound(
    at: Services, recording: Recording, stem: str, format: str, bitrate: str | None, listener: str
) -> Member:
    wanted = recording.sound, format, bitrate, await recordings.with_cover(at, recording)
    stream = await at.downloads.at_hand(*wanted)
    return Member(
        name=f"{stem}.{stream.extension if stream else downloads.AAC_EXTENSION}",
        moment=recording.track.created_at,
        tag=stream.tag if stream else at.downloads.tag(recording.sound, bitrate, wanted[-1]),
        length=stream.length if stream else None,
        most=stream.layout.most if stream else downloads.AAC_MOST,
        open=partial(_open, at, recording, format, bitrate, listener),
    )


async def _open(at: Services, recording: Recording, format: str, bitrate: str | None, listener: str) -> Stream:
    """Open a file when its turn comes: an archive does not hold the artwork of all its members."""
    tags = await recordings.with_cover(at, recording)
    return await at.downloads.open(recording.sound, format, bitrate, tags, listener)


async def _cover(at: Services, release: Release) -> Member | None:
    if release.picture is None:
        return None
    try:
        cover = Held(await at.pictures.embeddable(release.picture))
    except (NotFound, Invalid, Unsupported, TooLarge):
        return None
    mime = picture_headers.kind(cover.data) or "image/jpeg"
    stream = progressive.stream_of(cover, f"{release.picture}.cover", mime, _PICTURES[mime])
    name, reopen = f"cover.{stream.extension}", partial(_same, stream)
    return Member(name, release.created_at, stream.tag, cover.length, cover.most, reopen)


async def _same(stream: Stream) -> Stream:
    return stream

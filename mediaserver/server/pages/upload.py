"""The upload page, and the door for browsers without scripts; those with scripts use the JSON interface."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import BodyPartReader, MultipartReader, web

from mediaserver.accounts import policy
from mediaserver.accounts.accounts import Account
from mediaserver.accounts.policy import Action
from mediaserver.base.db import Reader
from mediaserver.base.errors import Malformed, Problem
from mediaserver.catalog import artists
from mediaserver.catalog.artists import Artist
from mediaserver.catalog.tracks import Track
from mediaserver.ingest import uploads
from mediaserver.ingest.arrivals import arrivals
from mediaserver.ingest.arrivals.arrivals import Arrival
from mediaserver.ingest.arrivals.quotas import Quota
from mediaserver.ingest.uploads import Upload, Wishes
from mediaserver.media.decode import ACCEPTED
from mediaserver.server import duplicates, sight
from mediaserver.server.duplicates import Duplicate
from mediaserver.server.pages.render import redirect, render
from mediaserver.server.request import readable, require_account, services

_SHOWN = 50
_LONGEST_FIELD = 200
_BROKEN = "The form arrived only in part, or it cannot be read. Please send it again."


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the page shows: uploads, each with its track, where there is one, and what sounds the same; what is on its
    way, and what is left.
    """

    artists: list[Artist]
    uploads: list[tuple[Upload, Track | None, list[Duplicate]]]
    arrivals: list[Arrival]
    left: str


def _lay_out(r: Reader, account: Account, quota: Quota) -> _Desk:
    recent = uploads.of_account(r, account.id, _SHOWN)
    return _Desk(
        artists.of_owner(r, account.id),
        [_row(r, upload, account) for upload in recent],
        arrivals.unfinished(r, account.id),
        quota.sentence(r, account),
    )


def _row(r: Reader, upload: Upload, account: Account) -> tuple[Upload, Track | None, list[Duplicate]]:
    return upload, sight.find_track(r, account, upload.track_id), duplicates.of_upload(r, upload, account)


def _require_uploader(request: web.Request) -> Account:
    account = require_account(request)
    policy.require(account, Action.UPLOAD)
    return account


async def show(request: web.Request) -> web.Response:
    """GET /upload."""
    return await _page(request, _require_uploader(request), [], 200)


async def receive(request: web.Request) -> web.Response:
    """POST /upload: a form with files, each streamed to where it stays."""
    account = _require_uploader(request)
    with readable("This is not a form with files. Please choose files on the upload page."):
        form = await request.multipart()
    problems = await _receive_parts(request, account, form)
    return await _page(request, account, problems, 422) if problems else redirect("/upload")


async def _receive_parts(request: web.Request, account: Account, form: MultipartReader) -> list[tuple[str, str]]:
    """Take in each file of the form; return names and sentences of those that were not taken."""
    fields = {"visibility": "public", "artist": "", "replaces": ""}
    problems = []
    async for name, filename, part in _parts(form):
        if name in fields:
            fields[name] = (await _read(part, _LONGEST_FIELD)).decode(errors="replace")
        elif filename:
            wishes = _wishes(**fields)
            try:
                await services(request).uploads.receive(account, _chunks(part), filename, wishes)
            except Malformed:
                raise  # what comes after a break cannot be told apart any more
            except Problem as problem:
                problems.append((filename, problem.detail))
    return problems


async def _parts(form: MultipartReader) -> AsyncIterator[tuple[str | None, str | None, BodyPartReader]]:
    """Yield each plain part with its field's and its file's name. Raises Malformed."""
    while True:
        with readable(_BROKEN):
            part = await form.next()
            if part is None:
                return
            named = (part.name, part.filename, part) if isinstance(part, BodyPartReader) else None
        if named is not None:
            yield named


def _wishes(visibility: str, artist: str, replaces: str) -> Wishes:
    """Read the form's choices; the artist is an id, "tags" for the file's own, or nothing for the sender."""
    by_tags = artist == "tags"
    return Wishes(visibility, None if by_tags else artist or None, by_tags=by_tags, replaces=replaces or None)


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await _read(part, 2**16):
        yield chunk
    if not part.at_eof():  # the body ended before the part did
        raise Malformed(_BROKEN)


async def _read(part: BodyPartReader, size: int) -> bytes:
    with readable(_BROKEN):
        return await part.read_chunk(size)


async def _page(request: web.Request, account: Account, problems: list[tuple[str, str]], status: int) -> web.Response:
    return render(
        request,
        "pages/upload.html",
        status=status,
        desk=await services(request).db.read(_lay_out, account, services(request).uploads.quota),
        problems=problems,
        limit=services(request).config.upload_limit,
        accepted=ACCEPTED,
    )

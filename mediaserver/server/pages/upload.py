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
from mediaserver.catalog import artists, tracks
from mediaserver.catalog.artists import Artist
from mediaserver.catalog.tracks import Track
from mediaserver.ingest import uploads
from mediaserver.ingest.uploads import Upload, Wishes
from mediaserver.media.decode import ACCEPTED
from mediaserver.server.pages.render import redirect, render
from mediaserver.server.request import require_account, services

_SHOWN = 50
_LONGEST_FIELD = 200


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the page shows of somebody's uploads: each with its track, where there is one."""

    artists: list[Artist]
    uploads: list[tuple[Upload, Track | None]]


def _lay_out(r: Reader, account: Account) -> _Desk:
    recent = uploads.of_account(r, account.id, _SHOWN)
    return _Desk(
        artists.of_owner(r, account.id),
        [(upload, tracks.get(r, upload.track_id) if upload.track_id else None) for upload in recent],
    )


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
    try:
        form = await request.multipart()
    except (AssertionError, ValueError):
        raise Malformed("This is not a form with files. Please choose files on the upload page.") from None
    problems = await _receive_parts(request, account, form)
    return await _page(request, account, problems, 422) if problems else redirect("/upload")


async def _receive_parts(request: web.Request, account: Account, form: MultipartReader) -> list[tuple[str, str]]:
    """Take in each file of the form; return names and sentences of those that were not taken."""
    fields = {"visibility": "public", "artist": ""}
    problems = []
    async for part in form:
        if not isinstance(part, BodyPartReader):
            continue
        if part.name in fields:
            fields[part.name] = (await part.read_chunk(_LONGEST_FIELD)).decode(errors="replace")
        elif part.filename:
            wishes = _wishes(fields["visibility"], fields["artist"])
            try:
                await services(request).uploads.receive(account, _chunks(part), part.filename, wishes)
            except Problem as problem:
                problems.append((part.filename, problem.detail))
    return problems


def _wishes(visibility: str, artist: str) -> Wishes:
    """Read the form's choices; the artist is an id, "tags" for the file's own, or nothing for the sender."""
    by_tags = artist == "tags"
    return Wishes(visibility, None if by_tags else artist or None, by_tags=by_tags)


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(2**16):
        yield chunk


async def _page(request: web.Request, account: Account, problems: list[tuple[str, str]], status: int) -> web.Response:
    return render(
        request,
        "pages/upload.html",
        status=status,
        desk=await services(request).db.read(_lay_out, account),
        problems=problems,
        limit=services(request).config.upload_limit,
        accepted=ACCEPTED,
        visibilities=tracks.VISIBILITIES,
    )

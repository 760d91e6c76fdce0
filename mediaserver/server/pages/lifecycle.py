"""Forms by which things come and go, with scripts and without: dates, deleting, bringing back, earlier sounds."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from mediaserver.accounts.accounts import Account
from mediaserver.accounts.policy import Action
from mediaserver.base import clock, cursors, ids
from mediaserver.base.db import Reader, Tx
from mediaserver.base.errors import Invalid
from mediaserver.catalog import deleted, history
from mediaserver.catalog.history import Entry
from mediaserver.catalog.sounds import versions
from mediaserver.catalog.sounds.versions import Version
from mediaserver.ingest.uploads import Uploads
from mediaserver.server import lifecycle
from mediaserver.server.pages.render import redirect, render
from mediaserver.server.request import account, form, require_account, services

_RECENT = 5
_FOLLOWERS = 100
_DELETED = 100


@dataclass(frozen=True, slots=True)
class Care:
    """What who looks after a thing is shown of its past."""

    versions: list[Version]
    recent: list[Entry]


def care_of(r: Reader, kind: str, id: str) -> Care:
    """Return a thing's earlier sounds and what was done to it last; who may know is settled before."""
    earlier = versions.of_track(r, id) if kind == "track" else []
    return Care(earlier, history.of_thing(r, id, _RECENT))


async def show_deleted(request: web.Request) -> web.Response:
    """GET /library/deleted?before=; `?undo=KIND-ID` names what was deleted just now."""
    before = cursors.read(request.query.get("before", "")) or cursors.START
    found = await services(request).db.read(deleted.of_account, require_account(request).id, _DELETED + 1, before)
    things, following = found[:_DELETED], cursors.last(found[:_DELETED]) if len(found) > _DELETED else None
    undo = next((thing for thing in things if f"{thing.kind}-{thing.id}" == request.query.get("undo")), None)
    return render(request, "pages/deleted.html", things=things, undo=undo, next=following)


async def delete(request: web.Request) -> web.Response:
    """POST /library/KIND/ID/delete: leads to where it can be undone."""
    at = services(request)
    gone = await at.db.write(lifecycle.delete, account(request), *_thing(request), at.config.grace_days)
    return redirect(f"/library/deleted?undo={gone.kind}-{gone.id}")


async def restore(request: web.Request) -> web.Response:
    """POST /library/KIND/ID/restore: leads to what is there again."""
    thing = await services(request).db.write(lifecycle.restore, account(request), *_thing(request))
    return redirect(thing.url)


async def remove(request: web.Request) -> web.Response:
    """POST /library/KIND/ID/remove: for good."""
    at = services(request)
    await at.removal.drop(await at.db.write(lifecycle.remove, account(request), *_thing(request)))
    return redirect("/library/deleted")


async def schedule(request: web.Request) -> web.Response:
    """POST /library/KIND/ID/schedule: at `moment`, which scripts fill in, else at `publish_at` in UTC, else at once."""
    fields = await form(request)
    text = fields.get("moment") or fields.get("publish_at", "")
    moment = None if "now" in fields or not text else _read(text)
    return redirect(await services(request).db.write(_schedule, account(request), *_thing(request), moment))


def _read(text: str) -> int:
    """Read a moment as scripts send it (RFC 3339), or as browsers send a field of date and time."""
    try:
        return clock.parse_rfc3339(text if text.endswith("Z") else f"{text[:16]}:00Z")
    except ValueError:
        raise Invalid("This is not a date and time. Please go back and choose another.") from None


def _schedule(tx: Tx, asker: Account | None, kind: str, id: str, moment: int | None) -> str:
    lifecycle.schedule(tx, asker, kind, id, moment)
    return lifecycle.require(tx, asker, Action.EDIT, kind, id)[1].url


async def restore_version(request: web.Request) -> web.Response:
    """POST /library/tracks/ID/versions/N/restore."""
    at, named = services(request), request.match_info
    asked = account(request), named["id"], int(named["number"])
    return redirect(await at.db.write(_restore, at.uploads, *asked))


def _restore(tx: Tx, store: Uploads, asker: Account | None, track_id: str, number: int) -> str:
    lifecycle.restore_version(tx, store, asker, track_id, number)
    return lifecycle.require(tx, asker, Action.EDIT, "track", track_id)[1].url


async def follow(request: web.Request) -> web.Response:
    """POST /artists/ID/follow and /artists/ID/unfollow: leads back to the artist."""
    named = request.match_info
    follows_now = named["wish"] == "follow"
    url = await services(request).db.write(_follow, account(request), named["id"], follows_now=follows_now)
    return redirect(url)


def _follow(tx: Tx, asker: Account | None, artist_id: str, *, follows_now: bool) -> str:
    lifecycle.follow(tx, asker, artist_id, follows_now=follows_now)
    return lifecycle.address_of_artist(tx, artist_id)


async def show_followers(request: web.Request) -> web.Response:
    """GET /library/artists/ID/followers?before=, for who looks after the artist."""
    asked = request.query.get("before", "")
    before = asked if ids.is_id(asked) else None
    named = request.match_info["id"], _FOLLOWERS + 1, before
    artist, found = await services(request).db.read(lifecycle.followers, account(request), *named)
    following = found[_FOLLOWERS - 1].account_id if len(found) > _FOLLOWERS else None
    return render(request, "pages/followers.html", artist=artist, followers=found[:_FOLLOWERS], next=following)


async def block(request: web.Request) -> web.Response:
    """POST /library/artists/ID/followers/ACCOUNT/block and .../unblock."""
    at = request.match_info
    blocks = at["wish"] == "block"
    await services(request).db.write(lifecycle.block, account(request), at["id"], at["account"], blocks=blocks)
    return redirect(f"/library/artists/{at['id']}/followers")


def _thing(request: web.Request) -> tuple[str, str]:
    """Return kind and id of what the address names."""
    return request.match_info["kind"].removesuffix("s"), request.match_info["id"]


_ONE = "/library/{kind:tracks|releases}/{id}"
_ANY = "/library/{kind:tracks|releases|artists}/{id}"
ROUTES = [
    web.get("/library/deleted", show_deleted),
    web.post(f"{_ANY}/delete", delete),
    web.post(f"{_ANY}/restore", restore),
    web.post(f"{_ANY}/remove", remove),
    web.post(f"{_ONE}/schedule", schedule),
    web.post(r"/library/tracks/{id}/versions/{number:\d{1,9}}/restore", restore_version),
    web.post("/artists/{id}/{wish:follow|unfollow}", follow),
    web.get("/library/artists/{id}/followers", show_followers),
    web.post("/library/artists/{id}/followers/{account}/{wish:block|unblock}", block),
]

"""Every address of the JSON door that names a thing, for everybody, whoever the thing is for: one table of answers."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mediaserver.accounts.policy import Visibility
from tests import sounds
from tests.running import Site, Visitor

# Asked in a way that changes nothing where it is allowed: what is answered then.
SEEING = {
    "GET /tracks/{track}": 200,
    "GET /tracks/{track}/similar": 200,
    "GET /tracks/{track}/stream": 200,
    "GET /releases/{release}": 200,
}
EDITING = {
    "PATCH /tracks/{track} {}": 200,
    'PATCH /tracks {"ids": ["{track}"], "changes": {}}': 200,
    "PATCH /releases/{release} {}": 200,
    'PUT /tracks/{track}/schedule {"publish_at": null}': 204,
    'PUT /releases/{release}/schedule {"publish_at": null}': 204,
    "DELETE /tracks/{track}/artwork": 204,
    "DELETE /releases/{release}/artwork": 204,
    "PUT /tracks/{track}/artwork no picture": 415,
    "PUT /releases/{release}/artwork no picture": 415,
    "GET /tracks/{track}/history": 200,
    "GET /releases/{release}/history": 200,
    "GET /tracks/{track}/versions": 200,
    "POST /tracks/{track}/versions/1/restore": 404,
}
ARTIST = {
    "PATCH /artists/{artist} {}": 200,
    "DELETE /artists/{artist}/artwork": 204,
    "PUT /artists/{artist}/artwork no picture": 415,
    "GET /artists/{artist}/history": 200,
    "GET /artists/{artist}/followers": 200,
    "DELETE /artists/{artist}": 409,
    'POST /artists/{artist}/merge {"into": "x"}': 404,
    "PUT /artists/{artist}/blocks/x": 404,
    "DELETE /artists/{artist}/blocks/x": 404,
}
ADMIN = {
    "GET /history": 200,
    "GET /admin/blocklist": 200,
    "POST /admin/blocklist {}": 422,
    "GET /admin/blocklist/file": 200,
    "POST /admin/blocklist/file {}": 422,
    "GET /admin/blocklist/x": 404,
    "DELETE /admin/blocklist/x": 404,
    "POST /admin/blocklist/x/take-down": 404,
    "GET /admin/library": 200,
    "POST /admin/library {}": 422,
    "GET /admin/library/refused": 200,
    "GET /admin/library/missing": 200,
    "PATCH /admin/library/x {}": 422,
    "DELETE /admin/library/x": 404,
    "POST /admin/library/x/look": 404,
    "POST /admin/library/x/stop": 404,
}
ANYBODY = {  # who is signed in: nothing is theirs yet, or nothing is there
    "GET /session": 200,
    "PATCH /session {}": 422,
    "GET /uploads": 200,
    "GET /uploads/x": 404,
    "GET /deleted": 200,
    "DELETE /artists/{artist}/follow": 200,
}
DELETED = {  # nothing is deleted: there is nothing to be had back by anybody
    "POST /tracks/{track}/restore": 404,
    "POST /releases/{release}/restore": 404,
    "DELETE /deleted/tracks/{track}": 404,
    "DELETE /deleted/releases/{release}": 404,
    "POST /artists/{artist}/restore": 404,
    "DELETE /deleted/artists/{artist}": 404,
}
OPEN = {"GET /tracks": 200, "GET /artists/{artist}": 200}
ELSEWHERE = (  # what changes something wherever it is allowed, or is another protocol: tests of their own
    *("POST /session", "DELETE /session", "DELETE /tracks/{track}", "DELETE /releases/{release}", "POST /uploads"),
    *("PUT /artists/{artist}/follow", "* /uploads/tus", "* /uploads/tus/x"),
)


async def ask(visitor: Visitor, line: str, thing: dict[str, str]) -> int:
    for name, thing_id in thing.items():
        line = line.replace(f"{{{name}}}", thing_id)
    method, address, *body = line.split(" ", 2)
    return (await visitor.ask(method, f"/api/v1{address}", data=body[0].encode() if body else None)).status


@pytest.fixture
async def people(site: Site) -> dict[str, Visitor]:
    roles = {"owner": "creator", "admin": "admin", "follower": "listener", "stranger": "creator"}
    return {"guest": site.guest, **{name: await site.join(name, role) for name, role in roles.items()}}


async def test_who_may_do_what_to_what(people: dict[str, Visitor], tmp_path: Any) -> None:
    things: dict[str, dict[str, str]] = {}
    for visibility in Visibility:
        path = sounds.write(tmp_path / "a.flac", sounds.tone(1), metadata={"title": "a", "album": visibility})
        track = await people["owner"].publish(path.read_bytes(), "a.flac", visibility=visibility)
        things[visibility] = {"track": track["id"], "release": track["release"]["id"], "artist": track["artist"]["id"]}
    await people["follower"].ask("PUT", f"/api/v1/artists/{track['artist']['id']}/follow")
    wrong = []
    for visibility, thing in things.items():
        for name, visitor in people.items():
            edits = name in ("owner", "admin")
            sees = edits or visibility in ("public", "unlisted") or (visibility == "followers" and name == "follower")
            refused = 404 if not sees else 401 if name == "guest" else 403
            table = {line: status if sees else 404 for line, status in SEEING.items()}
            table |= {line: status if edits else refused for line, status in EDITING.items()} | DELETED
            for line, status in table.items():
                if (got := await ask(visitor, line, thing)) != status:
                    wrong.append((visibility, name, line, got, status))
    for name, visitor in people.items():
        refused = 401 if name == "guest" else 403
        table = {line: status if name == "admin" else refused for line, status in ADMIN.items()} | OPEN
        table |= {line: status if name in ("owner", "admin") else refused for line, status in ARTIST.items()}
        table |= {line: 401 if name == "guest" else status for line, status in ANYBODY.items()}
        for line, status in table.items():
            if (got := await ask(visitor, line, thing)) != status:
                wrong.append(("", name, line, got, status))
    assert wrong == []


async def test_no_address_is_left_out(site: Site) -> None:
    told = [line for table in (SEEING, EDITING, ARTIST, ADMIN, ANYBODY, DELETED, OPEN) for line in table]
    known = {(line.split()[0], _plain(line.split()[1])) for line in (*told, *ELSEWHERE)}
    there = {
        (route.method, _plain(route.resource.canonical.removeprefix("/api/v1")))
        for route in site.app.router.routes()
        if route.resource is not None and route.resource.canonical.startswith("/api/v1/") and route.method != "HEAD"
    }
    missing = {
        (method, each)
        for method, address in there
        for each in _kinds(address)
        if (method, each) not in known and (method, each) != ("GET", "/uploads/tus/*")
    }
    assert missing == set()


def _plain(address: str) -> str:
    """An address of which every name is a star, but for the kind of a thing."""
    return re.sub(r"/(\{(?!kind)[^}]*\}|x|1)(?=/|$)", "/*", address)


def _kinds(address: str) -> list[str]:
    found = re.search(r"\{kind[^}]*\}", address)
    return [address.replace(found[0], kind) for kind in re.findall(r"\w+s\b", found[0])] if found else [address]

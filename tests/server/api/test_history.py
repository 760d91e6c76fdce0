from __future__ import annotations

from typing import Any

from tests.running import Site, Visitor


async def past(visitor: Visitor, address: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await visitor.get(address)).ok().json["items"]
    return items


async def test_who_did_what_is_told_to_who_may_edit(site: Site, wave: bytes) -> None:
    ann, root = await site.join(), await site.join("root", "admin")
    track = await ann.publish(wave, "Vault.wav")
    address = f"/api/v1/tracks/{track['id']}"
    (await ann.ask("PATCH", address, json={"title": "Cellar", "genres": ["Dub"], "bpm": 120})).ok()
    (await ann.ask("PATCH", address, json={"title": "Cellar"})).ok()
    (await ann.ask("PUT", f"{address}/schedule", json={"publish_at": "2999-01-01T00:00:00Z"})).ok()
    (await ann.ask("PUT", f"{address}/schedule", json={"publish_at": None})).ok()
    (await root.ask("DELETE", address)).ok()
    (await root.ask("POST", f"{address}/restore")).ok()
    told = await past(ann, f"{address}/history")
    assert [(each["who"], each["action"]) for each in reversed(told)] == [
        ("ann", "upload"), ("ann", "change"), ("ann", "change"), ("ann", "publish"), ("root", "delete"),
        ("root", "restore"),
    ]  # fmt: skip
    change = told[-2]
    assert change["change"] == {"title": ["Vault", "Cellar"], "genres": [[], ["Dub"]], "bpm": [None, 120.0]}
    assert change["words"] == "title: Vault → Cellar; bpm: nothing → 120.0; genres: nothing → Dub"
    assert change["thing"] == {"kind": "track", "id": track["id"], "title": "Cellar"}
    assert told[-1]["words"] == "file: Vault.wav"


async def test_nobody_else_is_told(site: Site, wave: bytes) -> None:
    ann, bob = await site.join(), await site.join("bob")
    track, hidden = await ann.publish(wave), await ann.publish(wave, visibility="private")
    (await site.guest.get(f"/api/v1/tracks/{track['id']}/history")).problem(401)
    (await bob.get(f"/api/v1/tracks/{track['id']}/history")).problem(403)
    (await bob.get(f"/api/v1/tracks/{hidden['id']}/history")).problem(404)
    (await site.guest.get("/api/v1/history")).problem(401)
    (await ann.get("/api/v1/history")).problem(403)


async def test_it_outlives_what_it_tells_of_and_comes_in_pages(site: Site, wave: bytes) -> None:
    ann, root = await site.join(), await site.join("root", "admin")
    track = await ann.publish(wave, "Vault.wav")
    (await ann.ask("DELETE", f"/api/v1/tracks/{track['id']}")).ok()
    (await ann.ask("DELETE", f"/api/v1/deleted/tracks/{track['id']}")).ok()
    told = await past(root, "/api/v1/history")
    assert [(each["action"], each["thing"]["title"]) for each in told] == [
        (action, "Vault") for action in ("remove", "delete", "upload")
    ]
    page = (await root.get("/api/v1/history?limit=2")).ok().json
    rest = (await root.get(f"/api/v1/history?limit=2&cursor={page['next']}")).ok().json
    assert [*page["items"], *rest["items"]] == told
    assert rest["next"] is None


async def test_a_change_that_is_refused_is_not_noted(site: Site, wave: bytes) -> None:
    ann, bob = await site.join(), await site.join("bob")
    track = await ann.publish(wave)
    (await bob.ask("PATCH", f"/api/v1/tracks/{track['id']}", json={"title": "Mine"})).problem(403)
    (await ann.ask("PATCH", f"/api/v1/tracks/{track['id']}", json={"title": ""})).problem(422)
    assert [each["action"] for each in await past(ann, f"/api/v1/tracks/{track['id']}/history")] == ["upload"]

from __future__ import annotations

import json
from http.cookies import SimpleCookie
from io import BytesIO
from typing import Any

import pytest

from mediaserver.accounts import accounts
from tests import running
from tests.running import PASSWORD, Answer, Site, Visitor
from tests.server.test_fuzz import raw

NOBODY = "01234567890123456789012345"


async def sign_in(visitor: Visitor, name: str, password: str = PASSWORD) -> Answer:
    return await visitor.ask("POST", "/api/v1/session", json={"name": name, "password": password})


async def test_signing_in_and_out(site: Site) -> None:
    await site.join()
    answer = (await sign_in(site.guest, "Ann")).ok()
    assert (answer.json["name"], answer.json["role"]) == ("ann", "creator")
    assert set(answer.json) == {"id", "name", "display_name", "role", "created_at"}
    [cookie] = SimpleCookie(answer.headers["Set-Cookie"]).values()
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "Lax", "/", "")
    assert int(cookie["max-age"]) == site.services.config.session_days * 24 * 3600
    ann = Visitor(site.http, site.root, cookie.value)
    assert (await ann.get("/api/v1/session")).ok().json == answer.json
    ended = await ann.ask("DELETE", "/api/v1/session")
    assert ended.status == 204
    [gone] = SimpleCookie(ended.headers["Set-Cookie"]).values()
    assert (gone.value, gone["max-age"]) == ("", "0")
    (await ann.get("/api/v1/session")).problem(401, "not-signed-in")
    (await site.guest.ask("DELETE", "/api/v1/session")).ok()


async def test_behind_https_the_cookie_is_secure(tmp_path: Any) -> None:
    async with running.site(tmp_path / "data", public_url="https://music.example") as site:
        await site.join()
        answer = (await sign_in(site.guest, "ann")).ok()
        [cookie] = SimpleCookie(answer.headers["Set-Cookie"]).values()
        assert cookie["secure"] is True


async def test_wrong_names_and_passwords_are_answered_alike(site: Site) -> None:
    await site.join()
    unknown, wrong = await sign_in(site.guest, "nobody"), await sign_in(site.guest, "ann", "wrong password")
    assert unknown.problem(401) == wrong.problem(401)
    assert "Set-Cookie" not in wrong.headers


async def test_guessing_is_throttled(site: Site) -> None:
    await site.join()
    for _ in range(10):
        (await sign_in(site.guest, "ann", "a wrong guess")).problem(401)
    for password in ("a wrong guess", PASSWORD):
        answer = await sign_in(site.guest, "ann", password)
        answer.problem(429, "throttled")
        assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60


async def test_the_cookie_runs_on_with_the_session(site: Site, wave: bytes) -> None:
    ann = await site.join()
    track = await ann.publish(wave)

    async def cookies(method: str, address: str, *, after: bool = True) -> list[str]:
        if after:  # a long time without a request
            await site.services.db.write(lambda tx: tx.run("UPDATE sessions SET seen_at = 0"))
        answer = await ann.ask(method, address)
        return [
            morsel.value for line in answer.headers.getall("Set-Cookie", []) for morsel in SimpleCookie(line).values()
        ]

    for address in ("/", "/api/v1/session", "/no/such/page"):
        assert await cookies("GET", address) == [ann.token]
        assert await cookies("GET", address, after=False) == []
    assert await cookies("GET", track["waveform"]) == []  # shared caches may keep it
    assert await cookies("POST", "/sign-out") == [""]
    assert await cookies("GET", "/") == []


async def test_a_browser_of_any_name_may_sign_in(site: Site) -> None:
    await site.join()
    head = "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nUser-Agent: \xfcber\r\nContent-Length: {}\r\n\r\n{}"
    body = json.dumps({"name": "ann", "password": PASSWORD})
    assert (await raw(site, head.format(len(body), body).encode("latin-1"))).startswith(b"HTTP/1.1 200")


async def test_a_disabled_account_is_out_at_once(site: Site) -> None:
    ann = await site.join()
    account = await site.services.db.read(accounts.named, "ann")
    await site.services.db.write(accounts.disable, account.id)
    (await ann.get("/api/v1/session")).problem(401)
    (await sign_in(site.guest, "ann")).problem(401)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"name=ann&password=x", 400),
        (b"[1, 2]", 422),
        (b"null", 422),
        (b"{}", 422),
        (b'{"name": 1, "password": "x"}', 422),
        (b'{"name": "ann", "password": null}', 422),
        (b'{"name": "ann", "password": "\\ud800"}', 400),
        (b'{"name": "\\u0000", "password": ""}', 401),
        (b'{"name": "ann", "password": "' + b"x" * 100_000 + b'"}', 401),
        (b'{"name": "ann", "password": "' + b"x" * 2**20 + b'"}', 413),
        (b"[" * 100_000, 422),
        (b'{"x": ' + b"[" * 100_000, 400),
    ],
    ids=range(15),
)
async def test_bodies_that_do_not_fit(site: Site, body: bytes, status: int) -> None:
    answer = await site.guest.ask(
        "POST", "/api/v1/session", data=BytesIO(body), headers={"Content-Type": "application/json"}
    )
    answer.problem(status)


async def test_changing_a_track(site: Site, wave: bytes) -> None:
    ann = await site.join()
    track = await ann.publish(wave, "First.wav")
    address = f"/api/v1/tracks/{track['id']}"
    changes = {"title": " Ön the Road ", "credited": "A & B", "words": "**Loud**", "genres": ["Jazz", "jazz", "Dub"]}
    changed = (await ann.ask("PATCH", address, json=changes)).ok().json
    assert (changed["title"], changed["slug"], changed["credited"]) == ("Ön the Road", "on-the-road", "A & B")
    assert changed["genres"] == ["Jazz", "Dub"]
    assert changed == (await site.guest.get(address)).ok().json
    assert (await ann.ask("PATCH", address, json={})).ok().json == changed
    moved = await site.guest.get(track["url"])
    assert moved.status in {301, 302, 303, 307, 308}
    assert moved.headers["Location"].endswith(changed["url"])


async def test_who_may_change_a_track(site: Site, wave: bytes) -> None:
    ann, bob, root = await site.join(), await site.join("bob"), await site.join("root", "admin")
    public, private = await ann.publish(wave), await ann.publish(wave, visibility="private")
    for visitor, status in ((site.guest, 401), (bob, 403)):
        (await visitor.ask("PATCH", f"/api/v1/tracks/{public['id']}", json={"title": "x"})).problem(status)
    for visitor in (site.guest, bob):
        (await visitor.ask("PATCH", f"/api/v1/tracks/{private['id']}", json={"title": "x"})).problem(404)
    (await root.ask("PATCH", f"/api/v1/tracks/{private['id']}", json={"title": "x"})).ok()
    (await ann.ask("PATCH", f"/api/v1/tracks/{NOBODY}", json={"title": "x"})).problem(404)
    for foreign in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}):
        (await ann.ask("PATCH", f"/api/v1/tracks/{public['id']}", json={"title": "x"}, headers=foreign)).problem(403)
    assert (await ann.get(f"/api/v1/tracks/{public['id']}")).json["title"] == public["title"]


@pytest.mark.parametrize(
    "changes",
    [
        {"title": ""},
        {"title": "  "},
        {"title": 5},
        {"visibility": "secret"},
        {"visibility": ["public"]},
        {"genres": "Jazz"},
        {"genres": [1]},
        [],
        "x",
    ],
    ids=str,
)
async def test_changes_that_do_not_fit(site: Site, wave: bytes, changes: Any) -> None:
    ann = await site.join()
    address = f"/api/v1/tracks/{(await ann.publish(wave))['id']}"
    track = (await ann.get(address)).json
    (await ann.ask("PATCH", address, json=changes)).problem(422)
    assert (await ann.get(address)).json == track


async def test_the_unfinished_is_for_its_owner_alone(site: Site, wave: bytes) -> None:
    ann, bob = await site.join(), await site.join("bob")
    track = await ann.publish(wave)
    addresses = (f"/api/v1/tracks/{track['id']}", track["waveform"])
    await site.services.db.write(lambda tx: tx.run("UPDATE tracks SET state = 'processing'"))
    for address in addresses:
        for visitor in (site.guest, bob):
            (await visitor.get(address)).problem(404)
        (await ann.get(address)).ok()


async def test_lists_are_read_page_by_page(site: Site, wave: bytes) -> None:
    ann = await site.join()
    wanted = [(await ann.publish(wave, f"{n}.wav"))["id"] for n in range(5)]
    hidden = await ann.publish(wave, "hidden.wav", visibility="unlisted")
    for address, expected in (("/api/v1/tracks", wanted), ("/api/v1/uploads", [*wanted, hidden["id"]])):
        found: list[str] = []
        cursor = ""
        while cursor is not None:
            page = (await ann.get(f"{address}?limit=2{cursor and '&cursor=' + cursor}")).ok().json
            assert len(page["items"]) <= 2
            found += [item.get("track", item)["id"] for item in page["items"]]
            cursor = page["next"]
        assert found == expected[::-1]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=-1", "limit=501", "limit=x", "limit=", "limit=1.5", "limit=%D9%A3", "limit=" + "9" * 5000,
        "limit=1e9", "limit=007", "limit=600", "limit=%2B1",
        "cursor=", "cursor=x", "cursor=%00", "cursor=~", f"cursor={NOBODY}0", "cursor=%FF",
        f"cursor={NOBODY}", f"cursor={'9' * 16}-{NOBODY}", f"cursor=-{NOBODY}", f"cursor=1-{NOBODY[:-1]}u", "cursor=1-",
    ],
)  # fmt: skip
async def test_pages_that_are_not(site: Site, query: str) -> None:
    (await site.guest.get(f"/api/v1/tracks?{query}")).problem(422)


async def test_unknown_things_are_not_found(site: Site) -> None:
    ann = await site.join()
    for address in ("/api/v1/tracks/", "/api/v1/uploads/"):
        for name in (NOBODY, "x", "%00", "..", "%2E%2E%2F", "x" * 5000):
            (await ann.get(address + name)).problem(404)
    (await ann.get("/api/v1/nothing")).problem(404)
    answer = await ann.ask("PUT", "/api/v1/tracks")
    answer.problem(405)
    assert "GET" in answer.headers["Allow"]


async def test_answers_are_what_they_say(site: Site, wave: bytes) -> None:
    ann = await site.join()
    track = await ann.publish(wave)
    answer = await ann.get(f"/api/v1/tracks/{track['id']}")
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert json.dumps(track).count(site.services.folder.root.name + "/") == 0
    assert (await ann.get(track["waveform"])).ok().headers["Vary"] == "Accept-Encoding"
    (await site.guest.get("/static/")).problem(404, "not-found")
    for address in ("/healthz", "/readyz"):
        (await site.guest.get(address)).ok()

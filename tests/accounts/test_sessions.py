from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from mediaserver.accounts import sessions
from mediaserver.accounts.accounts import Account
from mediaserver.base import clock, crypto
from mediaserver.base.db import Database
from mediaserver.base.paths import DataFolder

AddAccount = Callable[..., Awaitable[Account]]
Later = Callable[[int], None]


async def test_a_token_tells_who_is_signed_in(db: Database, add_account: AddAccount) -> None:
    ada, bob = await add_account("ada"), await add_account("bob")
    tokens = [await db.write(sessions.start, account.id, "Firefox", 30) for account in (ada, bob, ada)]
    assert len(set(tokens)) == 3
    assert [await db.read(sessions.who, token) for token in tokens] == [ada, bob, ada]


@pytest.mark.parametrize("token", ["", "x" * 43, "' OR 1=1 --", "%", "\udcff", "x" * 100_000])
async def test_a_made_up_token_tells_nothing(db: Database, add_account: AddAccount, token: str) -> None:
    await db.write(sessions.start, (await add_account()).id, "", 30)
    assert await db.read(sessions.who, token) is None
    assert not await db.read(sessions.is_due, token)


async def test_neither_the_token_nor_its_fingerprint_as_token_is_in_the_files(
    db: Database, folder: DataFolder, add_account: AddAccount
) -> None:
    ada = await add_account()
    token = await db.write(sessions.start, ada.id, "", 30)
    kept = b"".join(path.read_bytes() for path in folder.root.glob("mediaserver.db*"))
    assert crypto.fingerprint(token).encode() in kept
    assert token.encode() not in kept
    assert await db.read(sessions.who, crypto.fingerprint(token)) is None


async def test_a_session_ends_with_its_time(db: Database, add_account: AddAccount, later: Later) -> None:
    ada = await add_account()
    token = await db.write(sessions.start, ada.id, "", 2)
    later(2 * clock.DAY - clock.MINUTE)
    assert await db.read(sessions.who, token) == ada
    later(clock.MINUTE)
    assert await db.read(sessions.who, token) is None
    # And nothing brings it back.
    await db.write(sessions.touch, token, 2)
    assert await db.read(sessions.who, token) is None


async def test_who_comes_back_stays_signed_in(db: Database, add_account: AddAccount, later: Later) -> None:
    ada = await add_account()
    token = await db.write(sessions.start, ada.id, "", 2)
    assert not await db.read(sessions.is_due, token)
    later(clock.HOUR + clock.MINUTE)
    assert await db.read(sessions.is_due, token)
    await db.write(sessions.touch, token, 2)
    assert not await db.read(sessions.is_due, token)
    later(2 * clock.DAY - clock.MINUTE)
    assert await db.read(sessions.who, token) == ada


async def test_signing_out_ends_one_session(db: Database, add_account: AddAccount) -> None:
    ada = await add_account()
    one, other = [await db.write(sessions.start, ada.id, "", 2) for _ in range(2)]
    await db.write(sessions.end, one)
    assert await db.read(sessions.who, one) is None
    assert await db.read(sessions.who, other) == ada


async def test_old_sessions_are_cleared_away(db: Database, add_account: AddAccount, later: Later) -> None:
    ada = await add_account()
    for _ in range(3):
        await db.write(sessions.start, ada.id, "", 1)
    later(clock.DAY + clock.SECOND)
    await db.write(sessions.start, ada.id, "x" * 10_000, 1)
    assert await db.read(lambda r: r.column("SELECT user_agent FROM sessions")) == ["x" * 200]


async def test_a_browser_may_call_itself_anything(db: Database, add_account: AddAccount) -> None:
    await db.write(sessions.start, (await add_account()).id, "\udcfcber" + "ü" * 300, 1)
    assert await db.read(lambda r: r.column("SELECT user_agent FROM sessions")) == ["?ber" + "ü" * 196]

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from mediaserver.accounts import accounts, invitations
from mediaserver.accounts.accounts import Account
from mediaserver.base import clock
from mediaserver.base.db import Database
from mediaserver.base.errors import Conflict, Invalid, NotFound

AddAccount = Callable[..., Awaitable[Account]]
Later = Callable[[int], None]


async def invite(db: Database) -> str:
    token = await db.write(invitations.invite_first)
    assert token is not None
    return token


async def test_the_first_link_makes_an_administrator(db: Database, password_hash: str) -> None:
    token = await invite(db)
    assert await db.read(invitations.role_of, token) == "admin"
    ada = await db.write(invitations.accept, token, "ada", password_hash)
    assert ada.role == "admin"
    assert await db.read(accounts.first_admin) == ada
    assert await db.write(invitations.invite_first) is None


async def test_a_link_is_good_once_even_for_two_at_once(db: Database, password_hash: str) -> None:
    token = await invite(db)
    asked = [db.write(invitations.accept, token, name, password_hash) for name in ("ada", "eve")]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(answers[1], NotFound)
    assert [account.name for account in await db.read(accounts.everyone)] == ["ada"]
    with pytest.raises(NotFound):
        await db.read(invitations.role_of, token)


async def test_a_mistake_does_not_use_the_link_up(db: Database, add_account: AddAccount, password_hash: str) -> None:
    token = await invite(db)
    with pytest.raises(Invalid):
        await db.write(invitations.accept, token, "not a name", password_hash)
    assert (await db.write(invitations.accept, token, "bob", password_hash)).role == "admin"


async def test_a_taken_name_does_not_use_the_link_up(db: Database, add_account: AddAccount, password_hash: str) -> None:
    await db.write(accounts.disable, (await add_account("ada")).id)
    token = await invite(db)
    with pytest.raises(Conflict):
        await db.write(invitations.accept, token, "ada", password_hash)
    assert (await db.write(invitations.accept, token, "bob", password_hash)).role == "admin"


async def test_a_link_ends_with_its_time(db: Database, later: Later) -> None:
    token = await invite(db)
    later(7 * clock.DAY)
    with pytest.raises(NotFound, match="too old"):
        await db.read(invitations.role_of, token)


async def test_a_new_link_replaces_the_one_before(db: Database) -> None:
    old, new = await invite(db), await invite(db)
    assert await db.read(invitations.role_of, new) == "admin"
    for gone in (old, "", "made up", "\udcff"):
        with pytest.raises(NotFound):
            await db.read(invitations.role_of, gone)

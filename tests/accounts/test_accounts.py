from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from mediaserver.accounts import accounts, sessions
from mediaserver.accounts.accounts import Account, Role
from mediaserver.base.db import Database, Reader
from mediaserver.base.errors import Conflict, Invalid, NotFound

AddAccount = Callable[..., Awaitable[Account]]


def test_passwords_are_kept_as_argon2id_with_salt(password_hash: str) -> None:
    assert password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert accounts.hash_password("correct horse") != password_hash
    assert "correct" not in password_hash


def test_only_the_right_password_fits(password_hash: str) -> None:
    assert accounts.verify_password(password_hash, "correct horse")
    for wrong in ("Correct horse", "correct horse ", "", "\ud800orrect horse", "correct horse\0"):
        assert not accounts.verify_password(password_hash, wrong)
    for broken in ("", "$argon2id$", "correct horse"):
        assert not accounts.verify_password(broken, "correct horse")


def test_passwords_of_every_script_are_taken_and_bad_lengths_are_not() -> None:
    hashed = accounts.hash_password("пароль 𝄞 é")
    assert accounts.verify_password(hashed, "пароль 𝄞 é")
    for bad in ("", "1234567", "x" * 257, "\ud800" * 8):
        with pytest.raises(Invalid):
            accounts.hash_password(bad)


def test_no_password_fits_a_decoy_and_it_costs_the_same(password_hash: str) -> None:
    decoy = accounts.decoy_hash()
    assert decoy.split("$")[:4] == password_hash.split("$")[:4]
    assert not accounts.verify_password(decoy, "correct horse")
    assert accounts.decoy_hash() != decoy


async def test_an_account_is_found_as_it_was_added(db: Database, add_account: AddAccount) -> None:
    added = await add_account("  Ada.L-1_x ", Role.CREATOR, "  Ada Lovelace ")
    assert (added.name, added.display_name, added.role) == ("ada.l-1_x", "Ada Lovelace", "creator")
    assert added.disabled_at is None
    assert await db.read(accounts.find, " ADA.L-1_X ") == added
    assert await db.read(accounts.named, "ada.l-1_x") == added
    assert (await add_account("Zoë".replace("ë", "e"))).display_name == "Zoe"


@pytest.mark.parametrize(
    "name",
    ["", " ", "-ada", "ada-", ".ada", "ada.", "_a", "a b", "a/b", "ädä", "a" * 33, "a\nb", "a\0b", "@ada", "ада"],
)
async def test_bad_names_are_refused(db: Database, add_account: AddAccount, name: str) -> None:
    with pytest.raises(Invalid, match="A name has"):
        await add_account(name)
    assert await db.read(accounts.everyone) == []


@pytest.mark.parametrize("name", ["a", "7", "a" * 32, "a..b", "a-b_c.d"])
async def test_good_names_are_taken(add_account: AddAccount, name: str) -> None:
    assert (await add_account(name)).name == name


async def test_a_taken_name_is_refused_in_any_case(add_account: AddAccount) -> None:
    await add_account("ada")
    for again in ("ada", "ADA", " Ada "):
        with pytest.raises(Conflict, match='"ada" is taken'):
            await add_account(again)


async def test_only_real_roles_are_given(add_account: AddAccount) -> None:
    with pytest.raises(Invalid, match="admin, creator, listener"):
        await add_account("ada", "root")
    for role in Role:
        assert (await add_account(f"a-{role}", role)).role == role


async def test_unknown_names(db: Database) -> None:
    assert await db.read(accounts.find, "nobody") is None
    with pytest.raises(NotFound, match='no account "nobody"'):
        await db.read(accounts.named, "nobody")


async def test_everyone_comes_by_name(db: Database, add_account: AddAccount) -> None:
    assert not await db.read(accounts.any_exists)
    for name in ("c", "a", "b"):
        await add_account(name)
    assert [account.name for account in await db.read(accounts.everyone)] == ["a", "b", "c"]
    assert await db.read(accounts.any_exists)


async def test_the_first_administrator_is_the_oldest_who_may_sign_in(db: Database, add_account: AddAccount) -> None:
    with pytest.raises(Invalid):
        await db.read(accounts.first_admin)
    await add_account("listener")
    first, second = await add_account("z", Role.ADMIN), await add_account("a", Role.ADMIN)
    oldest, other = sorted((first, second), key=lambda account: account.id)
    assert await db.read(accounts.first_admin) == oldest
    await db.write(accounts.disable, oldest.id)
    assert await db.read(accounts.first_admin) == other


def count_sessions(r: Reader, account_id: str) -> int:
    count: int = r.value("SELECT COUNT(*) FROM sessions WHERE account_id = :id", id=account_id)
    return count


async def test_disabling_signs_out_everywhere_and_touches_nobody_else(db: Database, add_account: AddAccount) -> None:
    ada, bob = await add_account("ada"), await add_account("bob")
    tokens = [await db.write(sessions.start, account.id, "", 1) for account in (ada, ada, bob)]
    await db.write(accounts.disable, ada.id)
    assert await db.read(count_sessions, ada.id) == 0
    assert [await db.read(sessions.who, token) for token in tokens] == [None, None, bob]
    assert (await db.read(accounts.named, "ada")).disabled_at is not None
    # A sign-in that was under way meanwhile leads nowhere.
    late = await db.write(sessions.start, ada.id, "", 1)
    assert await db.read(sessions.who, late) is None
    await db.write(accounts.disable, bob.id)
    assert not await db.read(accounts.any_exists)


async def test_a_new_password_replaces_the_old_one_and_signs_out(db: Database, add_account: AddAccount) -> None:
    ada, bob = await add_account("ada"), await add_account("bob")
    tokens = [await db.write(sessions.start, account.id, "", 1) for account in (ada, bob)]
    fresh = accounts.hash_password("another one")
    await db.write(accounts.set_password, ada.id, fresh)
    assert (await db.read(accounts.named, "ada")).password_hash == fresh
    assert (await db.read(accounts.named, "bob")).password_hash != fresh
    assert [await db.read(sessions.who, token) for token in tokens] == [None, bob]

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from mediaserver.accounts import accounts, sessions
from mediaserver.accounts.accounts import Account
from mediaserver.accounts.signin import sign_in
from mediaserver.base import clock
from mediaserver.base.db import Database
from mediaserver.base.errors import NotSignedIn, Throttled, TooBusy
from mediaserver.base.pool import Pool
from tests.running import PATIENCE

AddAccount = Callable[..., Awaitable[Account]]
Later = Callable[[int], None]
SignIn = Callable[[str, str, str], Awaitable[str]]
RIGHT = "correct horse"
PER_ACCOUNT, PER_ADDRESS = 10, 30


@pytest.fixture
def enter(db: Database, pool: Pool) -> SignIn:
    def enter(name: str, password: str, address: str = "::1") -> Awaitable[str]:
        return sign_in(db, pool, name, password, address, "Firefox", 30)

    return enter


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords that cost nothing to check, where it is the counting that is looked at."""
    monkeypatch.setattr(accounts, "verify_password", lambda password_hash, password: password == RIGHT)


async def guess(enter: SignIn, count: int, names: Callable[[int], str], address: Callable[[int], str]) -> None:
    for number in range(count):
        with pytest.raises(NotSignedIn):
            await enter(names(number), "wrong", address(number))


async def test_the_right_password_opens_a_session(db: Database, add_account: AddAccount, enter: SignIn) -> None:
    ada = await add_account("ada")
    assert await db.read(sessions.who, await enter(" Ada ", RIGHT, "::1")) == ada


async def test_every_refusal_says_the_same(db: Database, add_account: AddAccount, enter: SignIn) -> None:
    await add_account("ada")
    await db.write(accounts.disable, (await add_account("gone")).id)
    said = set()
    for name, password in [("ada", "wrong"), ("nobody", RIGHT), ("gone", RIGHT), ("", ""), ("ada\0", "\udcff")]:
        with pytest.raises(NotSignedIn) as refused:
            await enter(name, password, "::1")
        said.add(str(refused.value))
    assert len(said) == 1


async def test_an_unknown_name_costs_a_check_as_well(
    monkeypatch: pytest.MonkeyPatch, add_account: AddAccount, enter: SignIn
) -> None:
    ada = await add_account("ada")
    checked: list[str] = []

    def verify(password_hash: str, password: str) -> bool:
        checked.append(password_hash)
        return False

    monkeypatch.setattr(accounts, "verify_password", verify)
    await guess(enter, 2, lambda number: ("ada", "nobody")[number], lambda number: "::1")
    assert checked[0] == ada.password_hash
    assert checked[1].startswith("$argon2id$")


@pytest.mark.parametrize("change", [accounts.disable, partial(accounts.set_password, password_hash="another")])
async def test_what_is_taken_away_while_a_password_is_looked_at_lets_nobody_in(
    db: Database, monkeypatch: pytest.MonkeyPatch, add_account: AddAccount, enter: SignIn, change: Callable[..., None]
) -> None:
    ada, loop = await add_account("ada"), asyncio.get_running_loop()

    def verify(password_hash: str, password: str) -> bool:
        asyncio.run_coroutine_threadsafe(db.write(change, ada.id), loop).result(PATIENCE)
        return True

    monkeypatch.setattr(accounts, "verify_password", verify)
    with pytest.raises(NotSignedIn):
        await enter("ada", RIGHT, "::1")
    assert await db.read(lambda r: r.value("SELECT COUNT(*) FROM sessions")) == 0


@pytest.mark.usefixtures("cheap")
async def test_guessing_at_one_account_is_throttled_from_every_address(
    add_account: AddAccount, enter: SignIn, later: Later
) -> None:
    await add_account("ada")
    await add_account("bob")
    later(0)  # and stands still from here
    await guess(enter, PER_ACCOUNT, lambda number: "ada" if number % 2 else " ADA ", lambda number: f"::{number}")
    with pytest.raises(Throttled, match="wait 15 minutes") as refused:
        await enter("ada", RIGHT, "::ffff")
    assert refused.value.retry_after == 15 * 60
    assert await enter("bob", RIGHT, "::1")
    later(15 * clock.MINUTE + 1)
    assert await enter("ada", RIGHT, "::1")


@pytest.mark.usefixtures("cheap")
async def test_guessing_from_one_address_is_throttled_for_every_account(add_account: AddAccount, enter: SignIn) -> None:
    await add_account("ada")
    await guess(enter, PER_ADDRESS, lambda number: f"nobody{number}", lambda number: "192.0.2.1")
    with pytest.raises(Throttled):
        await enter("ada", RIGHT, "192.0.2.1")
    assert await enter("ada", RIGHT, "192.0.2.2")


@pytest.mark.usefixtures("cheap")
async def test_who_signs_in_rightly_is_never_throttled(db: Database, add_account: AddAccount, enter: SignIn) -> None:
    await add_account("ada")
    await guess(enter, PER_ACCOUNT - 1, lambda number: "ada", lambda number: "::1")
    for _ in range(PER_ADDRESS + 1):
        await enter("ada", RIGHT, "::1")
    count = await db.read(lambda r: r.value("SELECT COUNT(*) FROM failed_sign_ins"))
    assert count == 2 * (PER_ACCOUNT - 1)


@pytest.mark.usefixtures("cheap")
async def test_many_guesses_at_once_are_no_way_around_it(add_account: AddAccount, enter: SignIn) -> None:
    await add_account("ada")
    tries = [partial(enter, "ada", "wrong", f"::{number}") for number in range(60)]
    answers = await asyncio.gather(*(each() for each in tries), return_exceptions=True)
    kinds = [type(answer) for answer in answers]
    assert kinds.count(NotSignedIn) == PER_ACCOUNT
    assert kinds.count(Throttled) == 60 - PER_ACCOUNT


async def test_what_a_busy_server_did_not_try_counts_for_nothing(db: Database, add_account: AddAccount) -> None:
    await add_account("ada")
    full = Pool(1, limit=0)
    for name in ("ada", "nobody"):
        with pytest.raises(TooBusy):
            await sign_in(db, full, name, RIGHT, "::1", "Firefox", 30)
    full.close()
    assert await db.read(lambda r: r.value("SELECT COUNT(*) FROM failed_sign_ins")) == 0


@pytest.mark.usefixtures("cheap")
async def test_what_is_past_is_forgotten(db: Database, enter: SignIn, later: Later) -> None:
    await guess(enter, 5, lambda number: f"nobody{number}", lambda number: "::1")
    later(15 * clock.MINUTE + 1)
    await guess(enter, 1, lambda number: "nobody", lambda number: "::2")
    assert await db.read(lambda r: r.column("SELECT subject FROM failed_sign_ins ORDER BY subject")) == [
        "account nobody",
        "address ::2",
    ]

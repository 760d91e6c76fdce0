"""People to try things with. Hashing is slow by design, so one hash serves everybody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from mediaserver.accounts import accounts
from mediaserver.accounts.accounts import Account, Role
from mediaserver.base import clock
from mediaserver.base.db import Database

PASSWORD = "correct horse"
AddAccount = Callable[..., Awaitable[Account]]


@pytest.fixture(scope="session")
def password_hash() -> str:
    return accounts.hash_password(PASSWORD)


@pytest.fixture
def add_account(db: Database, password_hash: str) -> AddAccount:
    async def add(name: str = "ada", role: str = Role.LISTENER, display_name: str = "") -> Account:
        return await db.write(accounts.add, name, role, password_hash, display_name)

    return add


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let milliseconds pass at once."""

    def later(milliseconds: int) -> None:
        moment = clock.now() + milliseconds
        monkeypatch.setattr(clock, "now", lambda: moment)

    return later

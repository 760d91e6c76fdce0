"""Standing: whether somebody who once was given a ticket may still hear the track.

A ticket says what was so when it was made. What may have changed since, of the account as of the track, is remembered
for a moment only: a right that is taken away ends within `remembered.LONGEST`, and at once where this process did it.
"""

from __future__ import annotations

from mediaserver.accounts import accounts, policy
from mediaserver.accounts.accounts import Account, AccountChanged
from mediaserver.accounts.policy import Action
from mediaserver.base.db import Database
from mediaserver.catalog.tracks import Source
from mediaserver.streaming.remembered import Remembered


class Standing:
    """Accounts that listen, read when first asked for and again when they have changed."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._accounts = Remembered(self._read)
        db.watch(AccountChanged, lambda fact: self._accounts.forget(fact.account_id))

    async def may_hear(self, account_id: str, source: Source) -> bool:
        """Tell whether the account is in good standing, and the track for it."""
        account = await self._accounts.get(account_id)
        return account is not None and account.disabled_at is None and policy.may(account, Action.SEE, source)

    async def _read(self, account_id: str) -> Account | None:
        return await self._db.read(accounts.by_id, account_id)

"""Every permission in one table: who may do what to what. Nothing else in the program decides this."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from mediaserver.accounts.accounts import Account, Role
from mediaserver.base.errors import Forbidden, NotFound, NotSignedIn


class Visibility(StrEnum):
    """Who a recording or a release is for."""

    PUBLIC = "public"  # everybody, and listed
    UNLISTED = "unlisted"  # whoever has the address
    PRIVATE = "private"  # its owner


class Action(StrEnum):
    """What somebody wants to do."""

    SEE = "see"
    EDIT = "edit"
    ADMINISTER = "administer"
    UPLOAD = "upload"
    BLOCK = "block"  # look at and change the list of sounds that are refused


class Thing(Protocol):
    """What is asked about: somebody's, and for somebody."""

    @property
    def owner_id(self) -> str:
        """The account that it belongs to."""
        ...

    @property
    def visibility(self) -> str:
        """One of Visibility."""
        ...


def may(account: Account | None, action: Action, thing: Thing | None = None) -> bool:
    """Tell whether `account` (None: nobody is signed in) may do `action`, to `thing` where there is one."""
    if account is not None and account.role == Role.ADMIN:
        return True
    owns = account is not None and thing is not None and thing.owner_id == account.id
    match action:
        case Action.SEE:
            return owns or (thing is not None and thing.visibility != Visibility.PRIVATE)
        case Action.EDIT:
            return owns
        case Action.UPLOAD:
            return account is not None and account.role == Role.CREATOR
        case Action.ADMINISTER | Action.BLOCK:
            return False


def require(account: Account | None, action: Action, thing: Thing | None = None) -> None:
    """Raise what fits unless `account` may: NotFound for what it may not know of, NotSignedIn, or Forbidden."""
    if may(account, action, thing):
        return
    if thing is not None and not may(account, Action.SEE, thing):
        raise NotFound("There is nothing at this address, or it is not for everybody.")
    if account is None:
        raise NotSignedIn("Please sign in first.")
    raise Forbidden("Your account may not do this. Please ask whoever runs the server.")

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
    FOLLOWERS = "followers"  # who follows the artist, and listed for them
    PRIVATE = "private"  # its owner


class Action(StrEnum):
    """What somebody wants to do."""

    SEE = "see"
    EDIT = "edit"
    DELETE = "delete"
    FOLLOW = "follow"
    ADMINISTER = "administer"
    UPLOAD = "upload"
    BLOCK = "block"  # look at and change the list of sounds that are refused
    DOWNLOAD = "download"  # in a compressed form
    DOWNLOAD_LOSSLESS = "download-lossless"  # the original, or all of its sound


OFFERED = {"compressed": (Action.DOWNLOAD,), "all": (Action.DOWNLOAD, Action.DOWNLOAD_LOSSLESS)}
"""What each setting for downloads lets everybody do who may see the thing."""


class Thing(Protocol):
    """What is asked about: somebody's, and for somebody."""

    @property
    def owner_id(self) -> str:
        """The account that it belongs to."""
        ...

    @property
    def artist_id(self) -> str:
        """The artist whose followers are meant where it is for followers."""
        ...

    @property
    def visibility(self) -> str:
        """One of Visibility: who it is for now."""
        ...


def may(account: Account | None, action: Action, thing: Thing | None = None) -> bool:
    """Tell whether `account` (None: nobody is signed in) may do `action`, to `thing` where there is one."""
    if account is not None and account.role == Role.ADMIN:
        return True
    owns = account is not None and thing is not None and thing.owner_id == account.id
    match action:
        case Action.SEE:
            return owns or (thing is not None and (is_open(thing.visibility) or _is_for_follower(account, thing)))
        case Action.EDIT | Action.DELETE:
            return owns
        case Action.FOLLOW:
            return account is not None
        case Action.UPLOAD:
            return account is not None and account.role == Role.CREATOR
        case Action.ADMINISTER | Action.BLOCK:
            return False
        case Action.DOWNLOAD | Action.DOWNLOAD_LOSSLESS:
            return owns or (may(account, Action.SEE, thing) and action in OFFERED.get(_offered(thing), ()))


def _offered(thing: Thing | None) -> str:
    """What may be taken home of a thing: nothing of one that says nothing of it."""
    return getattr(thing, "downloads", "none")


def is_open(visibility: str) -> bool:
    """Tell whether whoever has its address may have it, signed in or not."""
    return visibility in (Visibility.PUBLIC, Visibility.UNLISTED)


def follows(account: Account | None, artist_id: str) -> bool:
    """Tell whether `account` is one of the artist's followers."""
    return account is not None and artist_id in account.following


def _is_for_follower(account: Account | None, thing: Thing) -> bool:
    return thing.visibility == Visibility.FOLLOWERS and follows(account, thing.artist_id)


def require(account: Account | None, action: Action, thing: Thing | None = None) -> None:
    """Raise what fits unless `account` may: NotFound for what it may not know of, NotSignedIn, or Forbidden."""
    if may(account, action, thing):
        return
    if thing is not None and not may(account, Action.SEE, thing):
        raise NotFound("There is nothing at this address, or it is not for everybody.")
    if account is None:
        raise NotSignedIn("Please sign in first.")
    raise Forbidden("Your account may not do this. Please ask whoever runs the server.")

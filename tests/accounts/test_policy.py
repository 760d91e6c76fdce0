from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import pytest

from mediaserver.accounts import policy
from mediaserver.accounts.accounts import Account, Role
from mediaserver.accounts.policy import Action, Visibility
from mediaserver.base.errors import Forbidden, NotFound, NotSignedIn


@dataclass(frozen=True)
class Thing:
    owner_id: str
    visibility: str


def account(role: Role, id: str) -> Account:
    return Account(id, id, id, role, "", 0, None)


ASKERS: dict[str, Account | None] = {
    "nobody": None,
    "listener": account(Role.LISTENER, "listener"),
    "creator": account(Role.CREATOR, "creator"),
    "owner": account(Role.CREATOR, "owner"),
    "owner, listener now": account(Role.LISTENER, "owner"),
    "admin": account(Role.ADMIN, "admin"),
}
OK, HIDDEN, SIGN_IN, NO = "ok", NotFound, NotSignedIn, Forbidden
EVERYTHING = dict.fromkeys(ASKERS, OK)
OWNED = {"owner": OK, "owner, listener now": OK, "admin": OK}

# For each action and thing: what each asker gets.
TABLE: dict[tuple[Action, str | None], dict[str, object]] = {
    (Action.SEE, Visibility.PUBLIC): EVERYTHING,
    (Action.SEE, Visibility.UNLISTED): EVERYTHING,
    (Action.SEE, Visibility.PRIVATE): {"nobody": HIDDEN, "listener": HIDDEN, "creator": HIDDEN, **OWNED},
    (Action.EDIT, Visibility.PUBLIC): {"nobody": SIGN_IN, "listener": NO, "creator": NO, **OWNED},
    (Action.EDIT, Visibility.UNLISTED): {"nobody": SIGN_IN, "listener": NO, "creator": NO, **OWNED},
    (Action.EDIT, Visibility.PRIVATE): {"nobody": HIDDEN, "listener": HIDDEN, "creator": HIDDEN, **OWNED},
    (Action.UPLOAD, None): {
        "nobody": SIGN_IN,
        "listener": NO,
        "creator": OK,
        "owner": OK,
        "owner, listener now": NO,
        "admin": OK,
    },
    (Action.BLOCK, None): {**dict.fromkeys(ASKERS, NO), "nobody": SIGN_IN, "admin": OK},
}


@pytest.mark.parametrize(("row", "asker"), list(product(TABLE, ASKERS)), ids=str)
def test_the_whole_table(row: tuple[Action, str | None], asker: str) -> None:
    action, visibility = row
    thing = None if visibility is None else Thing("owner", visibility)
    expected = TABLE[row][asker]
    assert policy.may(ASKERS[asker], action, thing) is (expected is OK)
    if expected is OK:
        policy.require(ASKERS[asker], action, thing)
    else:
        assert isinstance(expected, type)
        with pytest.raises(Exception) as refused:  # noqa: PT011 - the kind is what is looked at
            policy.require(ASKERS[asker], action, thing)
        assert type(refused.value) is expected


def test_the_table_is_whole() -> None:
    assert {action for action, _ in TABLE} == set(Action)
    for action in (Action.SEE, Action.EDIT):
        assert {visibility for asked, visibility in TABLE if asked is action} == set(Visibility)


def test_what_is_hidden_is_refused_as_what_is_not_there() -> None:
    with pytest.raises(NotFound) as refused:
        policy.require(None, Action.SEE, Thing("owner", "private"))
    assert "private" not in str(refused.value)
    assert "owner" not in str(refused.value)

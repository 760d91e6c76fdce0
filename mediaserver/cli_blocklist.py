"""`mediaserver blocklist`: the list of refused sounds from the terminal, beside a running server or without one."""

from __future__ import annotations

from pathlib import Path

from mediaserver import app
from mediaserver.accounts import accounts
from mediaserver.base import clock
from mediaserver.base.config import Config
from mediaserver.base.db import Tx
from mediaserver.base.errors import Invalid, Unusable
from mediaserver.base.terminal import say
from mediaserver.catalog.sounds import blocklist, blocklist_file
from mediaserver.catalog.sounds.blocklist import Blocked
from mediaserver.server import duplicates
from mediaserver.server.duplicates import Duplicate
from mediaserver.server.services import Services

_PAGE = 500


def show(config: Config) -> None:
    """Print every entry, the newest first."""
    for block in app.carry_out(config, _everything):
        say(f"{block.id}  {clock.rfc3339(block.created_at)}  {block.artist} – {block.title}  {block.reason}".rstrip())


def add(config: Config, track_id: str, reason: str, *, take_down: bool) -> None:
    """Refuse the sound of a track from now on; tell what is here with it, or `take_down` that."""
    for line in app.perform(config, lambda services: _add(services, track_id, reason, take_down=take_down)):
        say(line)


async def _add(at: Services, track_id: str, reason: str, *, take_down: bool) -> list[str]:
    """Do so; return what there is to tell. Raises Invalid, before anything is done, where nobody could take it down."""
    asker = await at.db.read(accounts.first_admin) if take_down else None
    block = await at.db.write(blocklist.add_track, track_id, reason)
    said = [f"{block.artist} – {block.title} is refused from now on ({block.id})."]
    if not take_down:
        return said + [f"Here with that sound: {_named(each)}" for each in await duplicates.of_blocked(at, block.words)]
    taken = await duplicates.take_down(at, asker, block.words)
    return said + [f"Deleted, kept until {clock.rfc3339(gone.kept_until)}: {_named(each)}" for each, gone in taken]


def _named(found: Duplicate) -> str:
    return f"{found.track.artist_name} – {found.track.title} ({found.track.id})"


def remove(config: Config, block_id: str) -> None:
    """Let a sound come in again."""
    app.carry_out(config, lambda tx: blocklist.remove(tx, block_id))
    say("It may come in again.")


def export(config: Config, path: Path) -> None:
    """Write the list into a file; "-" is standard output."""
    data = app.carry_out(config, blocklist_file.write)
    if str(path) == "-":
        say(data.decode())
        return
    try:
        path.write_bytes(data)
    except OSError as error:
        raise Unusable(f"{path} cannot be written: {error.strerror or error}.") from None


def take_in(config: Config, path: Path) -> None:
    """Add the entries of a file that was exported."""
    taken = app.carry_out(config, lambda tx: blocklist_file.take_in(tx, blocklist_file.read(_content(path))))
    say(f"{taken.added} added, {taken.known} there already.")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror or error}.") from None


def _everything(tx: Tx) -> list[Blocked]:
    found = page = blocklist.newest(tx, _PAGE)
    while page:
        page = blocklist.newest(tx, _PAGE, page[-1].id)
        found = found + page
    return found

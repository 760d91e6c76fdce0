"""Requests that end at the worst moment: what they took is given back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from mediaserver.accounts import accounts
from mediaserver.accounts.accounts import Account
from mediaserver.base.errors import StorageFull
from mediaserver.ingest.arrivals import receiver
from mediaserver.ingest.arrivals.arrivals import Order
from mediaserver.ingest.arrivals.intake import Intake
from mediaserver.ingest.uploads import Wishes
from tests import running
from tests.running import Site


@pytest.fixture
async def ann(site: Site) -> Account:
    await site.join("ann")
    return await site.services.db.read(accounts.named, "ann")


async def sent(size: int) -> AsyncIterator[bytes]:
    yield bytes(size)


async def test_bytes_that_a_full_disk_did_not_take_are_not_counted_for_ever(
    site: Site, ann: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Intake) -> int:
        raise StorageFull

    monkeypatch.setattr(Intake, "sync", fail)
    at = site.services.receiver
    arrival = await at.create(ann, Order("a.wav", Wishes()))
    with pytest.raises(StorageFull):
        await at.append(ann, arrival.id, 0, sent(1000))
    assert site.services.uploads.streams.here(ann.id) == {}


async def test_a_file_that_is_just_being_opened_for_who_leaves_is_closed(
    site: Site, ann: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Intake] = []
    begun, go_on = threading.Event(), threading.Event()

    class Slow(Intake):
        def __init__(self, *args: object) -> None:
            begun.set()
            assert go_on.wait(running.PATIENCE)
            super().__init__(*args)  # type: ignore[arg-type]
            opened.append(self)

    monkeypatch.setattr(receiver, "Intake", Slow)
    at = site.services.receiver
    arrival = await at.create(ann, Order("a.wav", Wishes(), length=1000))
    sending = asyncio.create_task(at.append(ann, arrival.id, 0, sent(1000)))
    assert await asyncio.to_thread(begun.wait, running.PATIENCE)
    sending.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert [file._file.closed for file in opened] == [True]
    assert (await at.look(ann, arrival.id)).received == 0

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from tests import running
from tests.running import Site
from tests.server.tus import Sender

MiB = 2**20


async def in_pieces(data: bytes) -> AsyncIterator[bytes]:
    """A body whose length is not told."""
    for start in range(0, len(data), 65536):
        yield data[start : start + 65536]


async def test_an_account_has_so_many_bytes(tmp_path: Path, wave: bytes) -> None:
    async with running.site(tmp_path / "data", account_quota=len(wave) + 1000) as site:
        ann = await site.join()
        assert "Left for you: 1 MiB of 1 MiB." in (await ann.get("/upload")).text
        assert (await ann.upload(wave))["state"] == "ready"
        for body in (wave, in_pieces(wave)):
            sentence = (await ann.send(body)).problem(413)
            assert "Your account may hold 1 MiB" in sentence
        (await Sender(ann).create(len(wave))).problem(413)
        (await Sender(ann).create(1000)).ok()
        (await Sender(ann).create(1)).problem(413)
        assert len(site.originals()) == 1
        bob, root = await site.join("bob"), await site.join("root", "admin")
        assert (await bob.upload(wave))["state"] == "ready"
        assert [(await root.upload(wave))["state"] for _ in range(2)] == ["ready", "ready"]
        assert "Left for you" not in (await root.get("/upload")).text


async def test_bytes_of_an_unknown_number_are_counted_as_they_come(tmp_path: Path, wave: bytes) -> None:
    async with running.site(tmp_path / "data", account_quota=len(wave) // 2) as site:
        ann = Sender(await site.join())
        address = await ann.begin(None)
        (await ann.append(address, 0, in_pieces(wave))).problem(413)
        offset = await ann.offset(address)
        assert offset <= len(wave) // 2
        (await ann.append(address, offset, b"", **{"Upload-Length": len(wave)})).problem(413)


async def test_two_that_come_at_a_time_do_not_both_fit(tmp_path: Path, wave: bytes) -> None:
    async with running.site(tmp_path / "data", account_quota=len(wave) + 1000) as site:
        ann = await site.join()
        sent = await asyncio.gather(*(ann.send(wave, f"{number}.wav") for number in range(4)))
        assert sorted(answer.status for answer in sent) == [202, 413, 413, 413]
        assert len((await ann.get("/api/v1/uploads")).json["items"]) == 1
        assert len(site.originals()) == 1


async def test_what_begins_at_a_time_never_takes_more_of_the_disk(tmp_path: Path) -> None:
    most = 0

    async def slow() -> AsyncIterator[bytes]:
        nonlocal most
        for piece in range(0, 3 * MiB, MiB // 4):
            yield bytes(MiB // 4)
            await asyncio.sleep(0.01)
            most = max(most, await asyncio.to_thread(taken, site)) if piece else most

    async with running.site(tmp_path / "data", account_quota=4 * MiB, working=False) as site:
        ann = await site.join()
        headers = {"Content-Length": str(3 * MiB)}
        sent = await asyncio.gather(
            *(ann.ask("POST", f"/api/v1/uploads?filename={n}.wav", data=slow(), headers=headers) for n in range(4))
        )
        assert sorted(answer.status for answer in sent) == [202, 413, 413, 413]
        assert max(most, taken(site)) <= 4 * MiB


def taken(site: Site) -> int:
    """Bytes of all that has come in, whole or half."""
    sizes = 0
    for path in site.originals():
        with suppress(FileNotFoundError):
            sizes += path.stat().st_size
    return sizes


async def test_all_that_comes_at_a_time_is_counted_together(tmp_path: Path) -> None:
    """Though neither has said how much it will be, and nothing of the first is written down yet."""
    async with running.site(tmp_path / "data", account_quota=4 * MiB) as site:
        ann = Sender(await site.join())
        go_on = asyncio.Event()

        async def slow() -> AsyncIterator[bytes]:
            yield bytes(3 * MiB)
            await go_on.wait()

        first, second = await ann.begin(None), await ann.begin(None)
        sending = asyncio.create_task(ann.append(first, 0, slow()))
        await running.until(lambda: _are_here(site, 2 * MiB))
        (await ann.append(second, 0, in_pieces(bytes(3 * MiB)))).problem(413)
        (await ann.create(2 * MiB + 1)).problem(413)
        (await ann.visitor.send(BytesIO(bytes(2 * MiB + 1)))).problem(413)
        go_on.set()
        await sending
        assert 2 * MiB < await ann.offset(first) + await ann.offset(second) <= 4 * MiB
        assert site.services.uploads.streams._here == {}


async def _are_here(site: running.Site, size: int) -> bool:
    """Whether at least so many bytes are here of what is coming in, written down or not."""
    return sum(sum(files.values()) for files in site.services.uploads.streams._here.values()) >= size


async def test_an_account_has_so_many_recordings(tmp_path: Path, wave: bytes) -> None:
    async with running.site(tmp_path / "data", account_uploads=2) as site:
        ann = await site.join()
        assert (await ann.upload(b"no music"))["state"] == "failed"  # what was refused does not count
        assert (await ann.upload(wave, "1.wav"))["state"] == "ready"
        assert "Left for you: 1 of 2 recordings." in (await ann.get("/upload")).text
        begun = await Sender(ann).begin(len(wave))
        assert "2 recordings" in (await ann.send(wave, "2.wav")).problem(403)
        (await Sender(ann).create(len(wave))).problem(403)
        assert (await Sender(ann).append(begun, 0, wave)).status == 204


async def test_so_many_uploads_are_taken_at_a_time(tmp_path: Path, wave: bytes) -> None:
    async with running.site(tmp_path / "data", uploads_at_once=1) as site:
        ann, bob = await site.join(), await site.join("bob")
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def slow() -> AsyncIterator[bytes]:
            yield wave[:1000]
            begun.set()
            await go_on.wait()
            yield wave[1000:]

        first = asyncio.create_task(ann.send(slow()))
        await begun.wait()
        await running.until(lambda: _streams(site))
        busy = await ann.send(wave)
        busy.problem(429)
        assert int(busy.headers["Retry-After"]) > 0
        assert (await bob.send(wave)).status == 202
        go_on.set()
        assert (await first).status == 202
        assert (await ann.send(wave)).status == 202


async def _streams(site: running.Site) -> bool:
    return bool(site.services.uploads.streams._open)

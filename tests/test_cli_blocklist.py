from __future__ import annotations

import asyncio
import json
from pathlib import Path

from tests import running, sounds
from tests.calling import call


async def test_the_list_is_kept_from_the_terminal(tmp_path: Path) -> None:
    data = tmp_path / "data"
    song = sounds.write(tmp_path / "a.flac", sounds.music(8, channels=1)).read_bytes()
    async with running.site(data) as site:
        ann = await site.join()
        track = await ann.publish(song, "Song.flac")

    await asyncio.to_thread(_walk, data, track["id"], tmp_path)


def _walk(data: Path, track_id: str, tmp_path: Path) -> None:
    def run(*words: str) -> str:
        done = call("blocklist", *words, "--data", str(data))
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert run("list") == ""
    assert "Song is refused from now on" in run("add", track_id, "--reason", "Not theirs")
    [line] = run("list").splitlines()
    assert line.endswith("ann – Song  Not theirs")
    run("export", str(tmp_path / "list.json"))
    [entry] = json.loads((tmp_path / "list.json").read_text())["items"]
    assert (entry["title"], entry["reason"]) == ("Song", "Not theirs")
    assert json.loads(run("export", "-"))["items"] == [entry]
    run("remove", line.split()[0])
    assert run("list") == ""
    assert run("import", str(tmp_path / "list.json")) == "1 added, 0 there already.\n"
    assert run("import", str(tmp_path / "list.json")) == "0 added, 1 there already.\n"
    for words in (
        ["remove", "x"],
        ["add", "x"],
        ["import", str(tmp_path / "none")],
        ["export", str(tmp_path / "no/x")],
    ):
        failed = call("blocklist", *words, "--data", str(data))
        assert failed.returncode == 1
        running.assert_sentence(failed.stderr.strip().removeprefix("mediaserver: "))


async def test_what_is_here_with_it_is_taken_down_in_the_same_step(tmp_path: Path) -> None:
    data = tmp_path / "data"
    song = sounds.write(tmp_path / "a.flac", sounds.music(8, channels=1)).read_bytes()
    async with running.site(data) as site:
        ann, bob = await site.join(), await site.join("bob")
        track, copy = await ann.publish(song, "Song.flac"), await bob.publish(song, "Copy.flac", visibility="private")
        place = "blocklist", "add", track["id"], "--data", str(data)
        early = await asyncio.to_thread(call, *place, "--take-down")
        assert early.returncode == 1
        assert "no administrator" in early.stderr
        told = await asyncio.to_thread(call, *place)
        assert all(f"Here with that sound: {each}" in told.stdout for each in ("ann – Song (", "bob – Copy ("))
        [entry] = (await asyncio.to_thread(call, "blocklist", "list", "--data", str(data))).stdout.splitlines()
        await asyncio.to_thread(call, "blocklist", "remove", entry.split()[0], "--data", str(data))
        assert (await site.guest.get(track["url"])).status == 200

        root = await site.join("root", "admin")
        done = await asyncio.to_thread(call, *place, "--take-down")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.count("Deleted, kept until ") == 2
        assert [(await bob.get(each["url"])).status for each in (track, copy)] == [404, 404]
        [last, *_] = (await root.get("/api/v1/history")).ok().json["items"]
        assert (last["who"], last["action"]) == ("root", "delete")
        assert (await ann.ask("POST", f"/api/v1/tracks/{track['id']}/restore")).status == 404
        assert (await root.ask("POST", f"/api/v1/tracks/{track['id']}/restore")).status == 204

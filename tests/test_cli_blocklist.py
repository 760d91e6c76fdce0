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

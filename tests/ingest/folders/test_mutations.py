"""Whatever lies in a folder ends as a track or as a sentence, and the server goes on."""

from __future__ import annotations

from pathlib import Path

from mediaserver.ingest.folders import files
from tests import running, sounds
from tests.ingest.folders.looks import everything, look
from tests.ingest.folders.mutations import mutations
from tests.running import Site

COUNT = 60


async def test_every_broken_file_ends_ready_or_refused_with_a_sentence(site: Site, tmp_path: Path) -> None:
    tags = {"title": "Bee", "artist": "Ann", "album": "Insects"}
    endings = (".wav", ".flac", ".mp3", ".m4a", ".wv", ".mka", ".aiff")
    sources = [sounds.write(tmp_path / f"a{ending}", sounds.music(1), metadata=tags) for ending in endings]
    folder = tmp_path / "broken"
    folder.mkdir()
    for name, data in mutations(sources, COUNT):
        (folder / name).write_bytes(data)
    run = await look(site, folder)
    assert run.done == COUNT
    found = await everything(site)
    assert {track.state for track in found.values()} <= {"ready"}
    refused = await site.services.db.read(files.refused, 1000)
    for file in refused:
        running.assert_sentence(file.problem or "")
        assert "log" not in (file.problem or "").split()  # it is the file's fault, and that is what is said
    taken = await site.services.db.read(lambda r: r.column("SELECT path FROM folder_files WHERE track_id IS NOT NULL"))
    assert len(refused) + len(taken) == COUNT
    assert refused
    assert await site.services.db.read(lambda r: r.column("SELECT error FROM jobs WHERE error IS NOT NULL")) == []

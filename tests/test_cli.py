from __future__ import annotations

import asyncio
import signal
import socket
import sqlite3
import subprocess
import wave
from contextlib import closing
from html import escape
from pathlib import Path

import pytest

import mediaserver
from tests import running, sounds
from tests.calling import call
from tests.running import PASSWORD, PROGRAM, ROOT, assert_sentence, run

PASSPHRASE = PASSWORD + "\n"
END = 30.0  # seconds: thrice what is promised, which packaging/smoke.py holds a server to that has the machine alone


def fails(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """It ended with exit code 1 and one sentence on standard error."""
    assert done.returncode == 1, done
    assert done.stderr.startswith("mediaserver: "), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert_sentence(done.stderr.removeprefix("mediaserver: ").strip())
    for word in words:
        assert word in done.stderr


def serve(data: Path | str, *flags: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return run("serve", "--data", str(data), "--port", "0", *flags, **variables)


def add(data: Path, name: str = "root", role: str = "admin") -> subprocess.CompletedProcess[str]:
    return call("user", "add", name, "--role", role, "--password-stdin", "--data", str(data), stdin=PASSPHRASE)


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """A folder with two recordings below it, and what is none."""
    folder = tmp_path / "music"
    (folder / "album").mkdir(parents=True)
    sounds.write(folder / "one.flac", sounds.music(2), metadata={"title": "One", "artist": "Ann"})
    sounds.write(folder / "album" / "2 - two.wav", sounds.music(1))
    (folder / "cover.jpg").write_bytes(b"a picture")
    (folder / "album" / "notes.txt").write_text("words")
    return folder


def test_an_unknown_setting_refuses_to_start(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('cashe_size = "1GB"\n')
    fails(serve(tmp_path / "data", "--config", str(file)), "cashe_size", str(file))
    fails(serve(tmp_path / "data", MEDIASERVER_CASHE_SIZE="1GB"), "MEDIASERVER_CASHE_SIZE")
    fails(serve(tmp_path / "data", "--cache-size", "much"), "--cache-size", "much")
    fails(serve(tmp_path / "data", "--config", str(tmp_path / "none.toml")), "none.toml")
    assert not (tmp_path / "data").exists()


def test_usage_is_exit_code_two(tmp_path: Path) -> None:
    for words in (
        [],
        ["sing"],
        ["serve", "--cashe-size", "1"],
        ["import"],
        ["user", "add", "x"],
        ["user", "add", "x", "--role", "king"],
    ):
        done = call(*words)
        assert (done.returncode, done.stdout) == (2, "")
        assert "usage:" in done.stderr


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        fails(run("serve", "--data", str(tmp_path / "data"), "--port", port), port, "in use")
    fails(serve(tmp_path / "data", "--host", "192.0.2.1"), "192.0.2.1")
    fails(serve(tmp_path / "data", "--host", "no such host"), "no such host")
    fails(serve(tmp_path / "data", "--host", "a..b"), "a..b")


def test_a_data_folder_that_cannot_be_used(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    fails(serve(file), str(file))
    fails(serve(file / "below"), str(file))
    fails(serve("/proc/here"), "/proc/here")
    fails(call("user", "list", "--data", str(file)), str(file))
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "originals").write_text("in the way")
    fails(serve(inside), str(inside))


def test_databases_that_are_not_ours(tmp_path: Path) -> None:
    newer = tmp_path / "newer"
    assert add(newer).returncode == 0
    with sqlite3.connect(newer / "mediaserver.db") as connection:
        connection.execute("INSERT INTO migrations VALUES (9999, '9999_later', 'x', 0)")
    connection.close()
    fails(serve(newer), "newer", "9999")
    rubbish = tmp_path / "rubbish"
    rubbish.mkdir()
    (rubbish / "mediaserver.db").write_bytes(b"this is no database at all" * 100)
    fails(serve(rubbish), "mediaserver.db")


def test_accounts_from_the_terminal(tmp_path: Path) -> None:
    data = tmp_path / "data"
    words = ["user", "add", "root", "--role", "admin", "--password-stdin", "--data", str(data)]
    assert run(*words, stdin=PASSPHRASE).stdout == "root can sign in as admin.\n"
    fails(add(data), "root")
    fails(call("user", "add", "x", "--role", "listener", "--password-stdin", "--data", str(data), stdin="short\n"), "8")
    fails(call("user", "add", "../x", "--role", "listener", "--password-stdin", "--data", str(data), stdin=PASSPHRASE))
    fails(call("user", "add", "x", "--role", "listener", "--data", str(data)), "--password-stdin")
    fails(call("user", "disable", "nobody", "--data", str(data)), "nobody")
    fails(call("user", "password", "nobody", "--password-stdin", "--data", str(data), stdin=PASSPHRASE), "nobody")
    assert (
        call(
            "user", "password", "root", "--password-stdin", "--data", str(data), stdin="another passphrase\n"
        ).returncode
        == 0
    )
    for word, state in (("disable", "disabled"), ("enable", "active")):
        assert call("user", word, "root", "--data", str(data)).returncode == 0
        listed = call("user", "list", "--data", str(data))
        assert (listed.returncode, listed.stdout.split()[:3]) == (0, ["root", "admin", state])


def test_a_folder_that_was_mistyped_does_not_become_an_instance(tmp_path: Path, music: Path) -> None:
    typo = tmp_path / "typo"
    for words in (["user", "list"], ["user", "disable", "root"], ["blocklist", "list"], ["import", str(music)]):
        fails(call(*words, "--data", str(typo)), str(typo), "user add")
    assert not typo.exists()


def test_settings_are_shown_as_a_file_that_can_be_read(tmp_path: Path) -> None:
    shown = call("config", "--cache-size", "20GiB", MEDIASERVER_SITE_NAME="Müsik")
    assert 'data = "mediaserver-data"\n' in shown.stdout
    assert 'segments; the least recently used go first [--cache-size]\ncache_size = "20GiB"\n' in shown.stdout
    (tmp_path / "all.toml").write_text(shown.stdout)
    again = call("config", "--config", str(tmp_path / "all.toml"))
    assert 'site_name = "Müsik"\n' in again.stdout
    assert run("config", "--config", str(tmp_path / "all.toml"), PYTHONIOENCODING="ascii").returncode == 0


def test_the_version_is_told_whatever_is_set() -> None:
    assert call("version", MEDIASERVER_CASHE_SIZE="1GB").stdout == f"{mediaserver.__version__}\n"


def shell(script: str, data: Path) -> subprocess.CompletedProcess[str]:
    """A command as a shell calls it, `$@` standing for the program and `$D` for the folder."""
    return subprocess.run(
        ["sh", "-c", script, "sh", *PROGRAM],
        text=True,
        capture_output=True,
        timeout=running.PATIENCE,
        cwd=ROOT,
        env=running.environment(D=str(data)),
        check=False,
    )


def test_closed_and_full_ends_of_the_program(tmp_path: Path) -> None:
    data = tmp_path / "data"
    fails(shell('"$@" user add root --role admin --data "$D" <&-', data), "--password-stdin")
    fails(shell('"$@" user add root --role admin --data "$D" --password-stdin <&-', data), "8")
    assert not data.exists()
    assert add(data).returncode == 0
    fails(shell('"$@" user list --data "$D" >/dev/full', data), "Standard output", "No space left")
    fails(shell('"$@" serve --port 0 --data "$D" >/dev/full', data), "Standard output", "No space left")
    cut = shell('"$@" config | true', data)
    assert (cut.returncode, cut.stderr) == (0, "")


def test_a_server_whose_caller_has_closed_everything(tmp_path: Path) -> None:
    """Nothing that is printed or logged lands in a file that got the number of what was closed."""
    data = tmp_path / "data"
    assert add(data).returncode == 0
    script = 'exec "$@" serve --port 0 --log-level debug --data "$D" <&- >&- 2>&-'
    server = subprocess.Popen(["sh", "-c", script, "sh", *PROGRAM], cwd=ROOT, env=running.environment(D=str(data)))
    running.wait_for((data / "cache" / "segments").exists)
    server.terminate()
    assert server.wait(running.PATIENCE) == 0
    assert call("user", "list", "--data", str(data)).stdout.startswith("root ")


async def test_the_setup_link_and_a_new_password(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running.program(data) as server:
        line = await asyncio.to_thread(server.process.stdout.readline)
        assert line.startswith(f"Make the first administrator at {server.root}/setup/")
        async with running.browsers() as http:
            guest = server.visitor(http)
            assert (await guest.get(line.split()[-1].removeprefix(server.root))).status == 200
            assert (await asyncio.to_thread(add, data, "ann", "creator")).returncode == 0
            session = await guest.ask("POST", "/api/v1/session", json={"name": "ann", "password": PASSWORD})
            ann = server.visitor(http, session.ok().headers["Set-Cookie"].split(";")[0].partition("=")[2])
            (await ann.get("/api/v1/session")).ok()
            words = ["user", "password", "ann", "--password-stdin", "--data", str(data)]
            assert (await asyncio.to_thread(run, *words, stdin="another passphrase\n")).returncode == 0
            (await ann.get("/api/v1/session")).problem(401)
        assert server.stop() == 0


def test_import_alone_and_again(tmp_path: Path, music: Path) -> None:
    data = tmp_path / "data"
    fails(call("import", str(music), "--data", str(data)), "user add")
    assert add(data).returncode == 0
    fails(call("import", str(tmp_path / "nowhere"), "--data", str(data)), "nowhere")
    fails(call("import", str(music), "--owner", "nobody", "--data", str(data)), "nobody")
    first = run("import", str(music), "--data", str(data))
    assert (first.returncode, first.stdout) == (0, "2 imported, 0 there already, 0 refused.\n")
    assert complaints(first) == []
    again = run("import", str(music), "--data", str(data))
    assert (again.returncode, again.stdout) == (0, "0 imported, 2 there already, 0 refused.\n")
    assert titles(data) == ["One", "two"]


def complaints(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What an import printed on standard error, but for how far it had come: that is told every ten seconds."""
    return [line for line in done.stderr.splitlines() if not line.startswith(("Reading ", "Hearing "))]


def titles(data: Path) -> list[str]:
    connection = sqlite3.connect(data / "mediaserver.db")
    try:
        return [
            title for (title,) in connection.execute("SELECT title FROM tracks WHERE state = 'ready' ORDER BY title")
        ]
    finally:
        connection.close()


def test_a_database_of_which_tables_were_dropped_is_told_in_one_sentence(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert add(data).returncode == 0
    with closing(sqlite3.connect(data / "mediaserver.db")) as connection:
        connection.execute("DROP TABLE sessions")
        connection.execute("DROP TABLE uploads")
    for words in (["user", "list"], ["blocklist", "list"], ["serve", "--port", "0"]):
        fails(call(*words, "--data", str(data)), "has lost what it had in sessions, uploads.", "restore a backup")


def test_what_is_refused_is_listed(tmp_path: Path, music: Path) -> None:
    data = tmp_path / "data"
    assert add(data).returncode == 0
    (music / "bad.mp3").write_text("no music")
    (music / "empty.wav").write_bytes(b"")
    done = run("import", str(music), "--data", str(data))
    assert (done.returncode, done.stdout) == (1, "2 imported, 0 there already, 2 refused.\n")
    lines = complaints(done)
    assert sorted(Path(line.partition(": ")[0]).name for line in lines) == ["bad.mp3", "empty.wav"]
    for line in lines:
        assert_sentence(line.partition(": ")[2])
    assert len(running.files_below(data / "originals")) == 2


async def test_import_beside_a_running_server(tmp_path: Path, music: Path) -> None:
    data = tmp_path / "data"
    await running.prepare(data, ("root", "admin"))
    with running.program(data) as server:
        done = await asyncio.to_thread(run, "import", str(music), "--artist", "Somebody", "--data", str(data))
        assert (done.returncode, done.stdout) == (0, "2 imported, 0 there already, 0 refused.\n")
        async with running.browsers() as http:
            guest = server.visitor(http)
            tracks = (await guest.get("/api/v1/tracks")).ok().json["items"]
            assert {track["artist"]["name"] for track in tracks} == {"Somebody"}
            for track in tracks:
                (await guest.get(track["stream"]["hls"])).ok()
        assert server.stop() == 0


def test_an_import_that_was_killed_can_be_run_again(tmp_path: Path) -> None:
    data, music = tmp_path / "data", tmp_path / "music"
    music.mkdir()
    for n in range(12):
        sounds.write(music / f"{n}.flac", sounds.noise(20, seed=n))
    assert add(data).returncode == 0
    words = [*PROGRAM, "import", str(music), "--data", str(data)]
    process = subprocess.Popen(words, cwd=ROOT, env=running.environment(), stdout=subprocess.DEVNULL)
    running.wait_for(lambda: len(running.files_below(data / "originals")) > 4)
    process.kill()
    process.wait()
    done = run("import", str(music), "--data", str(data))
    assert done.returncode == 0, done
    assert titles(data) == sorted(str(n) for n in range(12))


def test_two_servers_on_one_folder(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running.program(data) as server:
        fails(serve(data), "Another server", str(data))
        assert server.stop() == 0
    with running.program(data) as server:
        assert server.stop(signal.SIGINT) == 0


async def test_sigterm_ends_an_analysis_and_waits_for_nobody(tmp_path: Path) -> None:
    """The analysis is done at the next start; and somebody who does not take what is sent keeps nobody waiting."""
    data, long = tmp_path / "data", tmp_path / "long.wav"
    with wave.open(str(long), "wb") as file:
        file.setparams((2, 2, 44100, 0, "NONE", ""))
        file.writeframes(bytes(4 * 44100 * 600))
    [token] = await running.prepare(data, ("ann", "creator"))
    async with running.browsers() as http:
        with running.program(data) as server:
            ann = server.visitor(http, token)
            with long.open("rb") as file:
                sent = await ann.send(file, "long.wav")

            async def begun() -> bool:
                return 0 < (await ann.get(sent.headers["Location"])).json["progress"] < 1

            await running.until(begun)
            assert await asyncio.to_thread(server.stop, signal.SIGTERM, END) == 0
        assert titles(data) == []
        with running.program(data) as server:
            ann = server.visitor(http, token)
            upload = await ann.end_of(sent.headers["Location"])
            assert upload["state"] == "ready"
            address = f"/api/v1/tracks/{upload['track']['id']}/stream?format=wav"
            with socket.create_connection(("127.0.0.1", int(server.root.rpartition(":")[2]))) as slow:
                slow.sendall(f"GET {address} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
                assert slow.recv(12) == b"HTTP/1.1 200"
                assert await asyncio.to_thread(server.stop, signal.SIGTERM, END) == 0


async def test_the_demo_fills_an_empty_server(tmp_path: Path) -> None:
    """Stopped while it fills, it goes on at the next start, to an album that is there once."""
    data = tmp_path / "data"
    with running.program(data, "--demo", greeted=False) as server:
        await asyncio.to_thread(running.wait_for, lambda: running.files_below(data / "originals"))
        assert await asyncio.to_thread(server.stop, signal.SIGTERM, END) == 0
    with running.program(data, "--demo") as server:
        async with running.browsers() as http:
            guest = server.visitor(http)
            first = (await guest.get("/api/v1/tracks")).ok().json["items"]
            assert first

            async def whole() -> list[dict[str, object]] | None:
                items = (await guest.get("/api/v1/tracks")).ok().json["items"]
                return items if len(items) == 5 else None

            items = await running.until(whole, 4 * running.PATIENCE)
            assert len({item["title"] for item in items}) == 5
            assert all(item["artwork"] for item in items)
            assert sum(item["duration"] for item in items) > 120
            assert escape(items[0]["artist"]["name"]) in (await guest.get("/")).text
        assert await asyncio.to_thread(server.stop, signal.SIGTERM, END) == 0

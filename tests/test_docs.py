"""What the documents say can be typed, set and opened, held against the program."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from mediaserver import cli
from mediaserver.base.config import SETTINGS
from mediaserver.ingest.folders.library import FEW, LEFT
from mediaserver.media.decode import ACCEPTED
from mediaserver.media.renditions import FIRST_SECONDS, LADDER, LATER_SECONDS, UNIT
from mediaserver.server import delivery, downloads, health
from mediaserver.server.api import routes as api
from mediaserver.server.api import tus
from mediaserver.server.pages import routes as pages
from mediaserver.server.steering import EVERY, PATIENCE
from mediaserver.streaming import remembered, runs, steering

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
SETUPS = [*DOCUMENTS, *(ROOT / "packaging" / name for name in ("Dockerfile", "mediaserver.service"))]
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.DOTALL | re.MULTILINE)
MARKS = '"[]'
COMMAND = re.compile(r"^(?:\S*/)?(?:python3? -m )?mediaserver (.*)")


def code_lines(document: Path) -> list[str]:
    spans = CODE.findall(document.read_text(encoding="utf-8"))
    return [line.strip() for span in spans for line in span.strip("`").splitlines()]


def commands() -> list[tuple[Path, str]]:
    return [
        (document, found[1])
        for document in DOCUMENTS
        for line in code_lines(document)
        if (found := COMMAND.match(line))
    ]


def help_of(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        cli.main([*words, "--help"])
    said = capsys.readouterr()
    assert ended.value.code == 0, f"{words}: {said.err}"
    return said.out


def test_commands_and_their_flags_exist(capsys: pytest.CaptureFixture[str]) -> None:
    for document, line in commands():
        words = shlex.split(line, comments=True)
        depth = 2 if words[0] in ("user", "blocklist") else 1
        known = help_of(words[:depth], capsys)
        unknown = [word for word in words if word.startswith("--") and word.split("=")[0] not in known]
        assert not unknown, f"{document.name}: mediaserver {line}"


def test_the_tree_names_what_is_there() -> None:
    """In ARCHITECTURE.md: a room, its modules, and after a wide space what they are for; one room is only told of."""
    told = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    tree = told.partition("\nmediaserver/\n")[2].partition("\nweb/")[0]
    room, wrong = "", []
    for line in tree.splitlines():
        room = line[2:15].strip() or room
        names = re.split(r" {4,}", line[15:])[0].replace("/", " ").split() if room.endswith("/") else []
        there = {path.stem for path in (ROOT / "mediaserver" / room).rglob("*")}
        wrong += [f"{room}{name}" for name in names if room != "demo/" and name not in there | {"…", "+"}]
    assert not wrong


def test_dev_commands_exist() -> None:
    known = set(re.findall(r"^([a-z]+)\)", (ROOT / "dev").read_text(encoding="utf-8"), re.MULTILINE))
    for document in DOCUMENTS:
        named = set(re.findall(r"\./dev ([a-z]+)", document.read_text(encoding="utf-8")))
        assert named <= known, document.name


def test_named_settings_exist() -> None:
    known = {setting.variable for setting in SETTINGS.values()}
    for document in SETUPS:
        named = set(re.findall(r"MEDIASERVER_[A-Z_]+", document.read_text(encoding="utf-8")))
        assert named <= known, document.name


def test_linked_files_exist() -> None:
    for document in DOCUMENTS:
        links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", document.read_text(encoding="utf-8"))
        missing = [link for link in links if not (document.parent / link).exists()]
        assert not missing, f"{document.name}: {missing}"


def test_named_addresses_exist() -> None:
    """A word in capitals stands for whatever is there; what ends in an ellipsis is more than one address."""
    routes = [*delivery.ROUTES, *downloads.ROUTES, *api.ROUTES, *pages.ROUTES, *health.ROUTES]
    known = [re.sub(r"\{[^/]*\}", "[^/]+", route.path) for route in routes]
    for document in DOCUMENTS:
        for span in re.findall(
            r"`(/(?:hls|media|api|healthz|readyz|upload|library|admin)[^`\s…]*)`", document.read_text(encoding="utf-8")
        ):
            address = span.partition("?")[0]
            found = address.endswith("/") or any(re.fullmatch(each, address) for each in known)
            assert found, f"{document.name}: {span}"


def test_named_settings_of_the_longer_documents_exist() -> None:
    for document in ROOT.glob("docs/*.md"):
        named = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", document.read_text(encoding="utf-8")))
        assert named <= set(SETTINGS), document.name


def test_operating_names_every_setting_and_format() -> None:
    said = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    table = [line for line in said.splitlines() if re.match(r"\| `[a-z_]+` \| [A-Z]", line)]
    assert table == [
        f"| `{name}` | {each.kind.word} | {each.kind.write(each.default).strip(MARKS)} | {each.help} |"
        for name, each in SETTINGS.items()
    ]
    assert f"{ACCEPTED} are taken" in " ".join(said.split())
    assert LEFT == 0.5
    assert f"less than half of more than {FEW} files" in " ".join(said.split())
    assert f"by tus {tus.VERSION.removesuffix('.0')} at" in " ".join(said.split())


def test_streaming_is_described_as_it_is() -> None:
    said = " ".join((ROOT / "docs" / "streaming.md").read_text(encoding="utf-8").split())
    assert set(re.findall(r"`((?:aac|opus|flac)-\w+)`", said)) == {each.name for each in LADDER}
    assert f"multiples of {UNIT} samples" in said
    assert f"about {FIRST_SECONDS} s long" in said
    assert f"the others about {LATER_SECONDS} s" in said
    assert f"1 to {runs.MOST} tracks" in said
    assert f"older than {remembered.LONGEST // 1000} seconds" in said
    by_codec = {each.codec: each for each in LADDER}
    assert f"{by_codec['aac'].preroll} frames for AAC, {by_codec['libopus'].preroll} packets for Opus" in said
    assert (EVERY, PATIENCE) == (5, 2)
    assert "each five seconds with two seconds of patience" in said
    assert f"every {steering.TTL} seconds" in (ROOT / "docs" / "proxies.md").read_text(encoding="utf-8")

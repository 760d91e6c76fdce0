"""The rungs that a track is offered in, and the addresses of their pieces."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin

from tests.bench.servers import Client

KINDS = ("mp4a.40.2", "opus,flac")  # what two players state who together are offered everything


def playlists(client: Client, track: dict[str, Any]) -> dict[str, str]:
    """Every rung's name and its playlist's address."""
    found = {}
    for codecs in KINDS:
        master = f"{track['stream']['hls']}?codecs={codecs}"
        for line in addresses(client.ask(master)[0].decode()):
            found[line.split("/")[-2]] = urljoin(master, line)
    return found


def pieces(client: Client, playlist: str) -> list[str]:
    """The initialisation and all segments of a rung, in order."""
    text = client.ask(playlist)[0].decode()
    first = re.findall(r'#EXT-X-MAP:URI="([^"]+)"', text)
    return [urljoin(playlist, line) for line in (*first, *addresses(text))]


def segments(client: Client, track: dict[str, Any], rung: str) -> list[str]:
    """All segments of a rung, in order."""
    return pieces(client, playlists(client, track)[rung])[1:]


def addresses(playlist: str) -> list[str]:
    """The lines of a playlist that are addresses."""
    return [line for line in playlist.splitlines() if line and not line.startswith("#")]

"""The payload of a recording: its coded sound alone, which stays the same when somebody writes other tags into it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from mediaserver.media import decode


def digest(path: Path) -> str:
    """Return the SHA-256 of the packets of the first sound in a file, in hexadecimal; nothing is decoded.

    Raises as `decode.open_audio` does, and Invalid for a damaged file.
    """
    sha = hashlib.sha256()
    with decode.open_audio(path) as container, decode.translated():
        sha.update(container.streams.audio[0].codec_context.name.encode())
        for packet in container.demux(container.streams.audio[0]):
            if packet.size:
                sha.update(bytes(packet))
    return sha.hexdigest()

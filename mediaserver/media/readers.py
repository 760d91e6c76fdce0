"""Recordings in play stay open: a bounded store of readers, and the few spans of sound that were decoded last.

To open a long file and to find a place in it is worth remembering, and the rungs of a ladder are made of one sound.
Nothing that is remembered changes what comes out.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mediaserver.media import decode
from mediaserver.media.decode import ORIGINAL, Reader, Sound
from mediaserver.media.timeline import Original

MOST = 24
"""Readers that stay open while nobody reads; each takes a file descriptor, and up to some megabytes of index."""
SPANS = 32 << 20
"""Bytes of decoded sound that are kept: the six seconds that all rungs of a few tracks are made of just now."""

Identity = tuple[Path, int, int, int, int]
"""A path, and what changes when the file behind it does: device, number, length, time of change."""
Wanted = tuple[int, int, int, int]
"""Of a span: where it starts and stops, its rate and its channels."""


class Readers:
    """Open readers and spans of sound, the least recently used going first. Any thread may ask."""

    def __init__(self, most: int = MOST, spans: int = SPANS) -> None:
        """Keep at most `most` idle readers and `spans` bytes of sound."""
        self._most = most
        self._room = spans
        self._lock = threading.Lock()
        self._idle: list[tuple[Identity, Reader]] = []
        self._spans: OrderedDict[tuple[Identity, Wanted], Sound] = OrderedDict()

    def pcm(self, original: Original, start: int, stop: int, rate: int, channels: int) -> Sound:
        """Samples `start` to `stop` of a recording, as `decode.pcm` gives them; not to be written to.

        Raises what `decode` raises.
        """
        identity = identify(original.path)
        wanted = (start, stop, rate, channels)
        with self._lock:
            known = self._spans.get((identity, wanted))
            if known is not None:
                self._spans.move_to_end((identity, wanted))
        if known is not None:
            return known
        with self._borrowed(identity, original) as reader:
            sound = decode.pcm(reader, start, stop, rate, channels)
        sound.flags.writeable = False
        self._remember(identity, wanted, sound)
        return sound

    def close(self) -> None:
        """Let go of everything."""
        with self._lock:
            closing, self._idle = self._idle, []
            self._spans.clear()
        for _, reader in closing:
            reader.close()

    @contextmanager
    def _borrowed(self, identity: Identity, original: Original) -> Iterator[Reader]:
        """A reader for one thread alone. One that raised is not used again."""
        reader = self._take(identity) or Reader(original.path, original.samples)
        try:
            yield reader
        except BaseException:
            reader.close()
            raise
        self._give_back(identity, reader)

    def _take(self, identity: Identity) -> Reader | None:
        """The reader of that very file that was used last, if one is idle; those of what the path was before go."""
        with self._lock:
            here = [entry for entry in self._idle if entry[0][0] == identity[0]]
            stale = [entry for entry in here if entry[0] != identity]
            taken = next((entry for entry in reversed(here) if entry[0] == identity), None)
            self._idle = [entry for entry in self._idle if entry not in stale and entry is not taken]
        for _, reader in stale:
            reader.close()
        return taken[1] if taken else None

    def _give_back(self, identity: Identity, reader: Reader) -> None:
        with self._lock:
            self._idle.append((identity, reader))
            surplus = [self._idle.pop(0) for _ in range(len(self._idle) - self._most)]
        for _, old in surplus:
            old.close()

    def _remember(self, identity: Identity, wanted: Wanted, sound: Sound) -> None:
        with self._lock:
            self._spans[identity, wanted] = sound
            while sum(each.nbytes for each in self._spans.values()) > self._room:
                self._spans.popitem(last=False)


def identify(path: Path) -> Identity:
    """What tells this file from any other, and from what it was before; raises as `decode.open_audio` does."""
    with decode.translated(ORIGINAL):
        told = path.stat()
    return path, told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns


_open = Readers()


def pcm(original: Original, start: int, stop: int, rate: int, channels: int) -> Sound:
    """Samples `start` to `stop` of a recording, as `Readers.pcm` gives them out of this process's store."""
    return _open.pcm(original, start, stop, rate, channels)

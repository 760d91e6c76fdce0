"""A track as Ogg Opus at a hard constant bit rate: packets of one size, and so many to a page (RFC 7845)."""

from __future__ import annotations

from dataclasses import dataclass

from mediaserver.media import encode, readers
from mediaserver.media.encode import Coding
from mediaserver.media.progressive import ogg_pages
from mediaserver.media.progressive.layout import Layout
from mediaserver.media.timeline import Original

BITRATES = (32, 48, 64, 96, 128, 160, 192, 256)
"""kbit/s."""
RATE = 48_000
SAMPLES = 960
"""In a packet: 20 ms."""
SKIP = 120
"""Samples that libopus, so told, puts before the sound."""
PACKETS = 50
"""In a page: one second, the longest that RFC 7845, section 4, finds sensible."""
PAGES = 5
"""In a part."""
PREROLL = 50
"""Packets that an encoder hears before those of its part; then it makes, in nearly all of them, those of a whole
encode."""
VENDOR = "mediaserver"


@dataclass(frozen=True)
class Opus(Layout):
    """`original` at `kilobits` kbit/s, one of `BITRATES`; `serial` is the stream's number in its Ogg.

    `tags` is its comment header.
    """

    original: Original
    kilobits: int
    serial: int
    tags: bytes = ogg_pages.opus_tags(VENDOR)

    @property
    def samples(self) -> int:
        """Samples that are heard."""
        return -(-self.original.samples * RATE // self.original.rate)

    @property
    def packets(self) -> int:
        """Packets that carry them."""
        return -(-(SKIP + self.samples) // SAMPLES)

    @property
    def packet(self) -> int:
        """Bytes in each."""
        return self.kilobits * 1000 * SAMPLES // RATE // 8

    @property
    def parts(self) -> int:
        """The headers, and parts of so many pages."""
        return 1 - (-self.packets // (PAGES * PACKETS))

    def start(self, n: int) -> int:
        """The place (bytes) of part `n`."""
        if n == 0:
            return 0
        pages, rest = divmod(self._edge(n), PACKETS)
        return (
            len(self._headers())
            + pages * ogg_pages.size(PACKETS, self.packet)
            + (ogg_pages.size(rest, self.packet) if rest else 0)
        )

    def make(self, n: int) -> bytes:
        """Part `n`."""
        if n == 0:
            return self._headers()
        first, last = self._edge(n), self._edge(n + 1)
        begin = max(0, first - PREROLL)
        sound = readers.pcm(self.original, begin * SAMPLES, last * SAMPLES, RATE, self._channels)
        made = encode.packets(sound, coding(self.kilobits), RATE)[first - begin :]
        return b"".join(
            self._page(made[k : k + PACKETS], first + k, first + k + PACKETS) for k in range(0, len(made), PACKETS)
        )

    @property
    def header_pages(self) -> int:
        """Pages before the first with sound: that number is the first one's."""
        return 1 + ogg_pages.pages(self.tags)

    @property
    def _channels(self) -> int:
        return min(self.original.channels, 2)

    def _headers(self) -> bytes:
        head = ogg_pages.opus_head(self._channels, SKIP, self.original.rate)
        return ogg_pages.page([head], self.serial, 0, 0, ogg_pages.FIRST) + ogg_pages.long(self.tags, self.serial, 1)

    def _page(self, held: list[bytes], first: int, end: int) -> bytes:
        """The page of packets `first` up to `end`; the last tells by its granule what of it is not heard."""
        is_last = end >= self.packets
        granule = SKIP + self.samples if is_last else end * SAMPLES
        return ogg_pages.page(
            held, self.serial, self.header_pages + first // PACKETS, granule, ogg_pages.LAST if is_last else 0
        )

    def _edge(self, n: int) -> int:
        """The packet at which part `n` starts."""
        return min((n - 1) * PAGES * PACKETS, self.packets)


# Why low delay (measured on music, tones, sweeps, noise): it never leaves the transform coder. The other settings
# change to the speech coder and back at low rates, when the encoder's past tells them to, and a change at a join
# is heard (25 dB more error on a sweep). The error of the whole stays within 1.4 dB of theirs from 64 kbit/s up; at
# 32 it is 0.3 to 4.1 dB smaller on music and tones, 0.4 to 0.9 dB greater on sweeps and noise. Why a loss of packets
# is announced, `renditions` tells.


def coding(kilobits: int) -> Coding:
    """Libopus at a hard constant bit rate, in packets of 20 ms."""
    settings = (("b", str(kilobits * 1000)), ("vbr", "off"), ("application", "lowdelay"), ("packet_loss", "100"))
    return Coding("libopus", "flt", SAMPLES, settings)

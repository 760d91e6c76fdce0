"""Any segment of any rendition, made from the original alone: the heart of the streaming.

Pure functions of their arguments: any worker makes any segment, in any order, twice the same.
"""

from __future__ import annotations

from mediaserver.media import encode, flac_frames, fmp4, readers, sample_entries, timeline
from mediaserver.media.renditions import Rendition
from mediaserver.media.timeline import Original, Span, Timeline

__all__ = ["Original", "initialise", "make"]


def initialise(original: Original, rendition: Rendition) -> bytes:
    """The initialisation section that goes before the segments of that track in that rendition (`init.mp4`)."""
    line, channels = timeline.of(original, rendition), streamed(original)
    stream = fmp4.Stream(line.rate, channels, line.samples, rendition.frame, rendition.priming, rendition.roll)
    return fmp4.initialisation(stream, entry(stream, rendition))


def entry(stream: fmp4.Stream, rendition: Rendition) -> bytes:
    """The sample entry of the rendition's codec."""
    if rendition.codec == "libopus":
        return sample_entries.opus(stream)
    if rendition.codec == "flac":
        return sample_entries.flac(stream, rendition.bits)
    config = encode.header(rendition, stream.rate, stream.channels)
    return sample_entries.mp4a(stream, config, rendition.average, rendition.bandwidth)


def make(original: Original, rendition: Rendition, n: int) -> bytes:
    """Segment `n`, counted from 0; raises NotFound past the end, and what `decode` raises.

    It plays exactly the samples of the timeline's span, once the priming of the first is skipped.
    """
    line = timeline.of(original, rendition)
    wanted = held(line, line.span(n), rendition)
    packets = encoded(original, rendition, line, wanted)
    durations = [line.frame] * len(packets)
    durations[-1] -= max(0, wanted.stop * line.frame - rendition.priming - line.samples)
    return fmp4.fragment(n + 1, wanted.start * line.frame, packets, durations, rolls=rendition.roll > 0)


def encoded(original: Original, rendition: Rendition, line: Timeline, wanted: range) -> list[bytes]:
    """The packets of those numbers, as nearly as can be those of one encode of the whole track."""
    begin = max(0, wanted.start - rendition.preroll)
    lead = rendition.priming - rendition.delay
    start, stop = begin * line.frame - lead, (wanted.stop + rendition.lookahead) * line.frame - lead
    if rendition.lossless:
        stop = min(stop, line.samples)
    sound = readers.pcm(original, start, stop, line.rate, streamed(original))
    packets = encode.packets(sound, rendition, line.rate)[wanted.start - begin : wanted.stop - begin]
    if rendition.lossless:
        packets = [flac_frames.numbered(packet, number) for number, packet in zip(wanted, packets, strict=True)]
    return packets


def held(line: Timeline, span: Span, rendition: Rendition) -> range:
    """The numbers of the packets that carry a span, the first packet of the track being 0.

    The packets before the first sample's are the priming, and belong to the first segment.
    """
    priming = rendition.priming // line.frame
    first = span.start // line.frame + priming if span.start else 0
    return range(first, -(-span.stop // line.frame) + priming)


def streamed(original: Original) -> int:
    """Channels in the stream: mono and stereo are kept, anything more is mixed to stereo."""
    return min(original.channels, 2)

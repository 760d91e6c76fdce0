"""The only place where a stranger's file is opened: any recording as exact spans of samples.

FFmpeg is kept on a short lead here: local files only, audio containers only. Its errors leave as one clear sentence.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from numpy.typing import NDArray

from mediaserver.base.errors import Invalid, NotFound, Problem, Unsupported
from mediaserver.media import frame_places
from mediaserver.media.frame_places import Places

Sound = NDArray[np.float32]
Sounding: TypeAlias = "Packet[AudioStream]"

ACCEPTED = (
    "WAV, RF64, Wave64, AIFF, FLAC, ALAC, MP3, AAC, MP4/M4A, Ogg Vorbis, Opus, Speex, WavPack, Monkey's Audio, "
    "Musepack, TTA, TAK, Shorten, WMA, DSD (DSF and DFF), AC-3, DTS, TrueHD, CAF, AU, Matroska and WebM, "
    "and the sound of MP4, MOV, AVI, MPEG, FLV, WMV, MKV and WebM videos"
)
"""What is taken, as people read it; DEMUXERS says the same to FFmpeg."""
DEMUXERS = (
    "wav,w64,aiff,au,caf,flac,mp3,aac,ac3,eac3,dts,mov,mp4,ogg,wv,ape,mpc,mpc8,tta,tak,asf,dsf,iff,matroska,webm,"
    "amr,rm,oma,voc,avi,flv,mpegts,mpeg,mlp,truehd,loas,ircam,sox,shn,xwma"
)
PROBED = 1 << 15
"""Bytes read to tell what the streams are; left alone, FFmpeg decodes megabytes of a WAV (30 ms)."""
OPTIONS = {"protocol_whitelist": "file,pipe", "format_whitelist": DEMUXERS, "probesize": str(PROBED)}

BARE = {"mp3", "aac"}
"""Containers that are none: frame after frame, with no index."""
EARLY = Fraction(3, 10)
"""Decoders are started so many seconds before the wanted sample, to have settled when it comes."""
BACK = (0, 1, 4, 16)
"""Seconds to go back further where a seek fails or lands too late: FLAC's fails in the last block of a file."""
RANDOM = {"aac"}
"""Codecs that make up noise, by a generator that goes on where it stood when their decoder is told to forget."""
UNEVEN = {"vorbis"}
"""Codecs whose frames differ in length: where times are milliseconds (Matroska, ASF) only order tells their place."""
MARGIN = 256
"""Samples, at the lower rate, after which the resampler's filter (32 taps) has forgotten where it was started."""
LAYOUTS = {1: "mono", 2: "stereo"}
FULL_SCALE = {"s16": 1 << 15, "s16p": 1 << 15, "s32": 1 << 31, "s32p": 1 << 31, "flt": 1, "fltp": 1}
"""What is 1.0 in FFmpeg's most common formats of samples."""


ORIGINAL = "The original recording"
"""What a file is called that was taken, and may have gone since."""


@contextmanager
def translated(what: str = "The file") -> Iterator[None]:
    """Turn whatever PyAV raises on odd files into a Problem that calls the file `what`."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound(f"{what} is not there any more.") from error
    except PermissionError as error:
        raise Invalid(f"{what} may not be read; change its permissions, or it is protected against copying.") from error
    except (av.error.DecoderNotFoundError, av.error.PatchWelcomeError, av.error.DemuxerNotFoundError) as error:
        raise Unsupported(f"{what} is in a format that this server cannot decode. It takes {ACCEPTED}.") from error
    except IndexError as error:
        raise Unsupported(f"{what} has no sound in it. This server takes {ACCEPTED}.") from error
    except (av.error.FFmpegError, EOFError, ValueError, MemoryError) as error:
        raise Invalid(f"{what} is damaged and cannot be played: save or export it again.") from error


def open_audio(path: Path) -> InputContainer:
    """Open a recording for reading; the caller closes it.

    Raises Unsupported when it is not audio of an accepted kind, Invalid when it is empty or broken, NotFound.
    """
    with translated():
        if path.stat().st_size == 0:
            raise Invalid("The file is empty: nothing of it has arrived, or it was never written.")
        try:
            container = av.open(f"file:{path.absolute()}", options=OPTIONS, metadata_errors="ignore")
        except (av.error.InvalidDataError, av.error.ArgumentError) as error:
            raise Unsupported(f"The file is not audio that this server can read. It takes {ACCEPTED}.") from error
    if not container.streams.audio:
        container.close()
        raise Unsupported(f"The file has no sound in it. This server takes {ACCEPTED}.")
    return container


class Reader:
    """One open recording, from which spans are read in any order. It is not for two threads at once.

    `rate` is in Hz, `channels` as in the file. Positions are samples at `rate`, counted from the first that is heard.
    """

    rate: int
    channels: int
    _end: int | None
    _seekable: bool

    def __init__(self, path: Path, samples: int | None = None) -> None:
        """Open the file at `path`; raises as `open_audio` does.

        `samples` is its length where that is known: then nothing is heard behind it, wherever reading begins.
        """
        self._path = path
        self._length = samples
        self._places: Places | None = None
        self._conform: dict[tuple[str, str, int, str], av.AudioResampler] = {}
        self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._box.close()

    def frames(self, start: int = 0) -> Iterator[tuple[int, AudioFrame]]:
        """Decoded frames with their positions, from the one that holds sample `start` or an earlier one.

        Nothing is read behind the end, where that is known: there the file may be damaged.
        """
        far = self._seekable and start > EARLY * self.rate
        ahead = self._sought(start) if far else self._rewound()
        self._fresh = False
        position = self._position(ahead[0]) if ahead else 0
        for frame in chain(ahead, self._coming):
            kept = shortened(frame, self._end - position) if self._end is not None else frame
            if kept is not None:
                yield position, kept
            position += self._samples(frame)
            if self._end is not None and position >= self._end:
                return

    def pcm(self, start: int, stop: int, channels: int) -> Sound:
        """Samples `start` to `stop` as float32 (samples, channels), 1.0 being full scale.

        Mixed to `channels` (1 or 2) by the coefficients of ITU-R BS.775; silence before the first sample and after the
        last. Raises Invalid when the file is broken.
        """
        sound = np.zeros((channels, stop - start), np.float32).T  # channel by channel, as most encoders take it
        with translated():
            for position, frame in self.frames(max(start, 0)):
                if position >= stop:
                    break
                piece = self._floats(frame, LAYOUTS[channels])
                first, last = max(position, start), min(position + len(piece), stop)
                if first < last:
                    sound[first - start : last - start] = piece[first - position : last - position]
        return sound

    def _open(self) -> None:
        """Open the file and read the first frames: they tell where the sound begins, and how it is made."""
        self._box = open_audio(self._path)
        try:
            with translated():
                self._look()
        except Problem:
            self._box.close()
            raise

    def _look(self) -> None:
        """Take the measure of the file just opened."""
        self._stream = self._box.streams.audio[0]
        self._stream.codec_context.thread_count = 1
        self._decoder = self._stream.codec_context
        self._first: Sounding | None = None
        self._coming = self._decoded(self._noted(self._box.demux(self._stream)))
        self._opening = list(islice(self._coming, 2))
        if not self._opening:
            raise Invalid("The file has no sound in it: it holds not one sample that can be decoded.")
        first = self._opening[0]
        self.rate, self.channels = first.sample_rate, first.layout.nb_channels
        self._fresh = True
        self._origin = seconds(first)
        self._end = self._told_end()
        self._coarse = first.time_base is not None and first.time_base * self.rate > 1
        self._seekable = self._origin is not None and not (self._coarse and self._stream.codec.name in UNEVEN)
        self._places = self._places or self._indexed()

    def _noted(self, packets: Iterable[Sounding]) -> Iterator[Sounding]:
        """The packets from the beginning, of which the first is remembered."""
        for packet in packets:
            self._first = self._first or packet
            yield packet

    def _indexed(self) -> Places | None:
        """Where the frames of a file lie that has no index of its own."""
        if self._box.format.name not in BARE or self._first is None or self._first.pos is None or not self._seekable:
            return None
        with self._path.open("rb") as file:
            file.seek(self._first.pos)
            kind = frame_places.kind_of(file.read(frame_places.HEAD), self._stream.codec.canonical_name)
        return Places(self._path, self._first.pos, kind) if kind is not None else None

    def _told_end(self) -> int | None:
        """Where the sound ends (samples): an MP4's edit list tells, but its decoder does not drop the padding."""
        if self._length is not None:
            return self._length
        if "mp4" not in self._box.format.name or not self._stream.duration or self._stream.time_base is None:
            return None
        return round(self._stream.duration * self._stream.time_base * self.rate)

    def _decoded(self, packets: Iterable[Sounding]) -> Iterator[AudioFrame]:
        """The frames of the packets; one that cannot be decoded is passed over, as players do."""
        for packet in packets:
            try:
                frames = self._decoder.decode(packet)
            except (av.error.InvalidDataError, av.error.PatchWelcomeError):
                continue
            except EOFError:
                return
            yield from (frame for frame in frames if frame.samples)

    def _rewound(self) -> list[AudioFrame]:
        """Stand at the beginning and return the first frames; only a file newly opened surely drops its padding."""
        if not self._fresh:
            self.close()
            self._open()
        return self._opening

    def _sought(self, start: int) -> list[AudioFrame]:
        """Seek so far before sample `start` that the decoder has settled there; return the first frame."""
        assert self._origin is not None
        self._fresh = False
        if self._decoder.name in RANDOM:
            self._decoder = self._another_decoder()
        for back in BACK:
            try:
                self._coming = self._decoded(self._placed(self._origin + Fraction(start, self.rate) - EARLY - back))
            except av.error.FFmpegError:
                continue
            unsure = int(self._decoder.name in UNEVEN)  # the first frame after a seek may be placed half a block early
            ahead = list(islice((frame for frame in self._coming if frame.pts is not None), unsure, unsure + 1))
            if ahead and self._position(ahead[0]) <= start:
                return ahead
        return self._rewound()

    def _placed(self, time: Fraction) -> Iterator[Sounding]:
        """The packets from the one that holds `time` (seconds) or an earlier one."""
        base = self._stream.time_base or Fraction(1, self.rate)
        begin = self._first.pts * base if self._first is not None and self._first.pts is not None else Fraction(0)
        found = self._places.before(time - begin) if self._places else None
        if self._places is None or found is None:
            self._box.seek(math.floor(time / base), stream=self._stream)
            return self._box.demux(self._stream)
        place, after = found
        self._box.seek(place, stream=self._stream, unsupported_byte_offset=True)
        return timed(self._box.demux(self._stream), begin + after, self._places.duration)

    def _another_decoder(self) -> AudioCodecContext:
        """A decoder for the same packets that has heard none."""
        told = self._stream.codec_context
        decoder = av.CodecContext.create(told.name, "r")
        assert isinstance(decoder, AudioCodecContext)
        decoder.extradata, decoder.sample_rate, decoder.layout = told.extradata, told.sample_rate, told.layout
        decoder.thread_count = 1
        return decoder

    def _position(self, frame: AudioFrame) -> int:
        """The place of a frame by its time; where times are coarse, on the grid that the codec's frames make."""
        time = seconds(frame)
        if time is None or self._origin is None:
            return 0
        place = round((time - self._origin) * self.rate)
        if not self._coarse or len(self._opening) < 2 or place == 0:
            return place
        offset, step = (self._samples(each) for each in self._opening)
        return offset + round((place - offset) / step) * step

    def _samples(self, frame: AudioFrame) -> int:
        """How long the frame is, in samples at the recording's rate."""
        return frame.samples if frame.sample_rate == self.rate else frame.samples * self.rate // frame.sample_rate

    def _floats(self, frame: AudioFrame, layout: str) -> Sound:
        """The frame's samples (samples, channels) in the layout asked for."""
        if frame.layout.name == layout and frame.sample_rate == self.rate and frame.format.name in FULL_SCALE:
            return plain(frame)  # the very numbers that the resampler would give, in a third of its time
        shape = (frame.format.name, frame.layout.name, frame.sample_rate, layout)
        if shape not in self._conform:
            self._conform[shape] = av.AudioResampler(format="fltp", layout=layout, rate=self.rate)
        frame.pts = None
        made = self._conform[shape].resample(frame)
        return np.concatenate([each.to_ndarray() for each in made], axis=1).T


def frames(path: Path, start: float = 0.0) -> Iterator[AudioFrame]:
    """The whole recording in one pass, or from the frame that holds second `start`; raises as `open_audio` does."""
    with Reader(path) as reader, translated():
        for _, frame in reader.frames(round(start * reader.rate)):
            yield frame


def pcm(reader: Reader, start: int, stop: int, rate: int, channels: int) -> Sound:
    """Samples `start` to `stop`, counted at `rate` Hz, as float32 (samples, channels).

    Exact whatever span is asked for: where the recording has another rate, any two spans agree where they overlap.
    """
    if reader.rate == rate:
        return reader.pcm(start, stop, channels)
    return resampled(reader, start, stop, rate, channels)


def resampled(reader: Reader, start: int, stop: int, rate: int, channels: int) -> Sound:
    """As `pcm`, at another rate than the recording's own.

    The filter is always started at a place where both rates have a sample, and with a margin that it needs to settle.
    """
    common = math.gcd(rate, reader.rate)
    out, own = rate // common, reader.rate // common
    margin = -(-MARGIN * max(rate, reader.rate) // min(rate, reader.rate))
    begin, end = (start - margin) // out, -(-(stop + margin) // out)
    sound = converted(reader.pcm(begin * own, end * own, channels), reader.rate, rate)
    return sound[start - begin * out : stop - begin * out]


def converted(sound: Sound, source: int, target: int) -> Sound:
    """A sound of `source` Hz at `target` Hz; both begin at the same instant."""
    layout = LAYOUTS[sound.shape[1]]
    resampler = av.AudioResampler(format="fltp", layout=layout, rate=target)
    frame = AudioFrame.from_ndarray(np.ascontiguousarray(sound.T), format="fltp", layout=layout)
    frame.sample_rate = source
    made = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([each.to_ndarray() for each in made], axis=1).T


def plain(frame: AudioFrame) -> Sound:
    """The frame's samples (samples, channels), nothing but their format changed."""
    numbers: NDArray[Any] = frame.to_ndarray()
    whole = numbers.T if frame.format.is_planar else numbers.reshape(-1, frame.layout.nb_channels)
    return whole.astype(np.float32) * np.float32(1 / FULL_SCALE[frame.format.name])


def timed(packets: Iterable[Sounding], begin: Fraction, duration: Fraction) -> Iterator[Sounding]:
    """Packets of equal duration, to which no time is known but that of the first (seconds)."""
    for number, packet in enumerate(packets):
        if packet.size:
            packet.pts = packet.dts = round((begin + number * duration) / packet.time_base)
        yield packet


def seconds(frame: AudioFrame) -> Fraction | None:
    """When the frame begins, by its own timestamp."""
    return None if frame.pts is None or frame.time_base is None else frame.pts * frame.time_base


def require_mixable(frame: AudioFrame) -> None:
    """Raise Unsupported for a frame whose channels cannot be mixed: in no arrangement that FFmpeg has a name for."""
    silence = AudioFrame(frame.format.name, frame.layout.name, samples=1)
    silence.sample_rate = frame.sample_rate
    try:
        av.AudioResampler(format="fltp", layout=LAYOUTS[2]).resample(silence)
    except av.error.ArgumentError as error:
        raise Unsupported(
            f"The recording has {frame.layout.nb_channels} channels, and nothing in it tells which is which. Please "
            "mix it to stereo, or to a surround format such as 5.1."
        ) from error


def shortened(frame: AudioFrame, samples: int) -> AudioFrame | None:
    """The frame's first `samples` samples."""
    if samples >= frame.samples:
        return frame
    if samples <= 0:
        return None
    step = 1 if frame.format.is_planar else frame.layout.nb_channels
    part: NDArray[Any] = np.ascontiguousarray(frame.to_ndarray()[:, : samples * step])
    short = AudioFrame.from_ndarray(part, format=frame.format.name, layout=frame.layout.name)
    short.sample_rate, short.pts, short.time_base = frame.sample_rate, frame.pts, frame.time_base
    return short

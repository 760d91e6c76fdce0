"""Figures as people read them: times, dates and sizes. Templates use these as filters."""

from __future__ import annotations

import datetime
import re

from mediaserver.base.clock import now as clock_now

_CODINGS = {"aac": "AAC", "alac": "ALAC", "flac": "FLAC", "mp3": "MP3", "opus": "Opus", "vorbis": "Vorbis"}
_BYTES = ("bytes", "kB", "MB", "GB", "TB")


def clock(seconds: float | None) -> str:
    """Write a length as 3:07 or 1:02:45; a dash where it is not known."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def spoken(seconds: float) -> str:
    """Write a length as 41 min or 1 h 12 min."""
    minutes = max(1, round(seconds / 60))
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def period(seconds: float | None) -> str:
    """Write a length as an ISO 8601 duration, for `<time datetime>`."""
    return f"PT{round(seconds or 0)}S"


def day(date: str) -> str:
    """Write an ISO 8601 date of any precision: 2024, May 2024 or 1 May 2024; anything else as it is."""
    for form, shown in (("%Y-%m-%d", "{0.day} {0:%B %Y}"), ("%Y-%m", "{0:%B %Y}")):
        try:
            return shown.format(datetime.datetime.strptime(date[:10], form).replace(tzinfo=datetime.UTC))
        except ValueError:
            continue
    return date


def moment(milliseconds: int) -> str:
    """Write the day of a moment as 2024-05-01."""
    return datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.UTC).strftime("%Y-%m-%d")


def minute(milliseconds: int) -> str:
    """Write a moment to the minute, as 21 November 2026, 17:05 UTC."""
    return f"{datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.UTC):%-d %B %Y, %H:%M} UTC"


def field(milliseconds: int | None) -> str:
    """Write a moment as a form's field of date and time takes it, in UTC; nothing for none."""
    if milliseconds is None:
        return ""
    return f"{datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.UTC):%Y-%m-%dT%H:%M}"


def ago(milliseconds: int) -> str:
    """Write how long ago a moment was: just now, 5 min ago, 3 h ago, or the day."""
    seconds = (clock_now() - milliseconds) // 1000
    for limit, unit, name in ((90, 0, "just now"), (90 * 60, 60, "min"), (48 * 3600, 3600, "h")):
        if seconds < limit:
            return f"{round(seconds / unit)} {name} ago" if unit else name
    return moment(milliseconds)


def size(count: int) -> str:
    """Write a number of bytes as 640 kB or 2.1 GB, in powers of 1000."""
    value = float(count)
    for unit in _BYTES:
        if value < 1000 or unit == _BYTES[-1]:
            break
        value /= 1000
    return f"{value:.0f} {unit}" if value >= 10 or unit == "bytes" else f"{value:.1f} {unit}"


def kilohertz(rate: int) -> str:
    """Write a sampling rate as 44.1 kHz."""
    return f"{rate / 1000:g} kHz"


def coding(codec: str) -> str:
    """Write the name that FFmpeg has for a codec as it is written on a sleeve: Opus, or PCM, 16 bit."""
    plain = re.match(r"pcm_[a-z](\d+)", codec)
    return f"PCM, {plain[1]} bit" if plain else _CODINGS.get(codec, codec.upper())

"""The numbers in the heads of FLAC frames (RFC 9639, section 9).

An encoder counts from 0 whatever part of a track it was given. A frame is given its true number here without being
encoded, or even read, again.
"""

from __future__ import annotations

from functools import cache

HEAD = 4
"""Bytes before the number: sync code, block size, sample rate, channels, sample size."""
CRC8, CRC16 = 0x107, 0x18005
"""The polynomials of a head's checksum and of a whole frame's (sections 9.1.8 and 9.3)."""
MORE_SIZE = {6: 1, 7: 2}
MORE_RATE = {12: 1, 13: 2, 14: 2}
"""Bytes that follow the number where block size or sample rate are not among the common ones (9.1.6, 9.1.7)."""


def numbered(frame: bytes, number: int) -> bytes:
    """The same frame as the one of that number in its stream, counted from 0; both checksums are true again.

    A checksum is linear: of what changed only the head is read, and carried over the rest by arithmetic.
    """
    size, rate = frame[2] >> 4, frame[2] & 15
    rest = HEAD + len(coded(0)) if frame[HEAD] < 0x80 else HEAD + leading_ones(frame[HEAD])
    end = rest + MORE_SIZE.get(size, 0) + MORE_RATE.get(rate, 0)
    old = frame[: end + 1]
    head = frame[:HEAD] + coded(number) + frame[rest:end]
    new = head + bytes([remainder(head, CRC8, 8)])
    body = frame[end + 1 : -2]
    change = carried(remainder(old, CRC16, 16) ^ remainder(new, CRC16, 16), len(body))
    return new + body + (int.from_bytes(frame[-2:], "big") ^ change).to_bytes(2, "big")


def coded(number: int) -> bytes:
    """A number below 2³¹ as UTF-8 would code a character of that number (9.1.5)."""
    if number < 0x80:
        return bytes([number])
    tail: list[int] = []
    while number >= 0x40 >> len(tail):
        tail.append(0x80 | number & 0x3F)
        number >>= 6
    first = 0xFF00 >> len(tail) + 1 & 0xFF | number
    return bytes([first, *reversed(tail)])


def leading_ones(byte: int) -> int:
    """How many bits of a byte are set before the first that is not."""
    return 8 - (byte ^ 0xFF).bit_length()


def remainder(data: bytes, polynomial: int, bits: int) -> int:
    """The checksum of a few bytes: the remainder of their division, nothing being inverted."""
    return reduced(int.from_bytes(data, "big") << bits, polynomial)


def reduced(value: int, polynomial: int) -> int:
    """The remainder of a polynomial over two elements by another."""
    length = polynomial.bit_length()
    while value.bit_length() >= length:
        value ^= polynomial << value.bit_length() - length
    return value


def carried(checksum: int, count: int) -> int:
    """What a CRC-16 has become after `count` bytes of zero: its product with x to the power of 8 · count."""
    power = 0
    while count:
        if count & 1:
            checksum = product(checksum, squared(power))
        count >>= 1
        power += 1
    return checksum


@cache
def squared(times: int) -> int:
    """x⁸, squared so many times, by the polynomial of CRC-16."""
    return 1 << 8 if times == 0 else product(squared(times - 1), squared(times - 1))


def product(a: int, b: int) -> int:
    """Two remainders multiplied, by the polynomial of CRC-16."""
    result = 0
    while b:
        if b & 1:
            result ^= a
        a <<= 1
        b >>= 1
    return reduced(result, CRC16)

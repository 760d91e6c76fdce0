from __future__ import annotations

import pytest

from mediaserver.base import kinds


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("1234", 1234),
        ("512B", 512),
        ("500 MB", 500_000_000),
        ("500MB", 500_000_000),
        (" 1.5 GB ", 1_500_000_000),
        ("2GiB", 2 * 2**30),
        ("2gib", 2 * 2**30),
        ("2G", 2_000_000_000),
        ("2Gi", 2 * 2**30),
        ("1TiB", 2**40),
        ("64kib", 65536),
        ("0.1KB", 100),
        ("9007199254740993", 9007199254740993),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert kinds.parse_size(text) == size


def test_other_values() -> None:
    assert kinds.parse_address("https://music.example.org/") == "https://music.example.org"
    assert kinds.parse_address("") == ""
    assert [str(each) for each in kinds.parse_networks(" ::1 ,, 10.0.0.1/8 ")] == ["::1/128", "10.0.0.0/8"]
    assert kinds.parse_hosts("") == ()
    assert kinds.parse_hosts(" https://a.example.org/, http://[::1]:80 ,") == (
        "https://a.example.org",
        "http://[::1]:80",
    )
    assert kinds.parse_level("WARNING") == "warning"


def test_sizes_are_written_in_the_largest_unit_that_fits() -> None:
    assert [kinds.write_size(size) for size in (0, 1000, 1024, 2 * 2**30, 2**30 + 2**20, 2**50)] == [
        "0",
        "1000",
        '"1KiB"',
        '"2GiB"',
        '"1025MiB"',
        '"1024TiB"',
    ]

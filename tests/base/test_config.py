from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from mediaserver.base import kinds
from mediaserver.base.config import SETTINGS, Config, load
from mediaserver.base.errors import Unusable


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "settings.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_nothing_said_gives_the_defaults() -> None:
    loaded = load({}, {"PATH": "/bin"})
    assert loaded.config == Config()
    assert set(loaded.sources) == set(SETTINGS)
    assert set(loaded.sources.values()) == {"default"}


def test_default_file_environment_flag_each_overrules_the_one_before(write: Callable[[str], Path]) -> None:
    file = write('port = 1\nhost = "file"\nsite_name = "file"\n')
    environment = {"MEDIASERVER_PORT": "2", "MEDIASERVER_HOST": "environment"}
    loaded = load({"port": "3", "site_name": None}, environment, file)
    assert (loaded.config.port, loaded.config.host, loaded.config.site_name) == (3, "environment", "file")
    assert loaded.config.workers == Config().workers
    assert loaded.sources["port"] == "--port"
    assert loaded.sources["host"] == "MEDIASERVER_HOST"
    assert loaded.sources["site_name"] == str(file)
    assert loaded.sources["workers"] == "default"


def test_every_setting_can_be_named_in_each_place() -> None:
    for name, setting in SETTINGS.items():
        assert setting.flag == "--" + name.replace("_", "-")
        assert setting.variable == "MEDIASERVER_" + name.upper()
        assert setting.help
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(Config(), name, None)


def test_a_file_keeps_toml_types(write: Callable[[str], Path]) -> None:
    file = write('cache_size = 1000\nupload_limit = "2 MiB"\ntrusted_proxies = ["::1", "10.0.0.1"]\ndata = "/srv/m"\n')
    read = load({}, {}, file).config
    assert (read.cache_size, read.upload_limit, read.data) == (1000, 2 * 2**20, Path("/srv/m"))
    assert [str(network) for network in read.trusted_proxies] == ["::1/128", "10.0.0.1/32"]


def test_an_unknown_name_refuses_to_start(write: Callable[[str], Path]) -> None:
    with pytest.raises(Unusable, match="MEDIASERVER_PROT is not a setting"):
        load({}, {"MEDIASERVER_PROT": "1"})
    for text in ("prot = 1", "[server]\nport = 1", 'Port = "1"'):
        with pytest.raises(Unusable, match=r'"(prot|server|Port)" in .*settings\.toml is not a setting'):
            load({}, {}, write(text))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("port", "65536"),
        ("port", "-1"),
        ("port", "eighty"),
        ("port", "80.5"),
        ("port", ""),
        ("workers", "-2"),
        ("workers", "1e3"),
        ("workers", "257"),
        ("workers", "٣"),
        ("session_days", "soon"),
        ("session_days", "0"),
        ("session_days", "99999999999"),
        ("grace_days", "36501"),
        ("unfinished_days", "9" * 80),
        ("ticket_minutes", "0"),
        ("queue_limit", "0"),
        ("upload_limit", "0"),
        ("data", ""),
        ("host", ""),
        ("host", "a host"),
        ("host", "h\udcfcst"),
        ("site_name", "M\udcfcsik"),
        ("cache_size", "-1"),
        ("cache_size", ""),
        ("cache_size", "GB"),
        ("cache_size", "10 QB"),
        ("cache_size", "1,5 GB"),
        ("cache_size", "nan"),
        ("cache_size", "٣GB"),
        ("cache_size", "8388608TiB"),
        ("log_level", "loud"),
        ("public_url", "music.example.org"),
        ("public_url", "https://music.example.org/below"),
        ("public_url", "ftp://music.example.org"),
        ("public_url", "https://müsic.example.org"),
        ("delivery_hosts", "a.example.org"),
        ("delivery_hosts", "https://a.example.org/below"),
        ("delivery_hosts", "https://a.example.org,https://a.example.org/"),
        ("delivery_hosts", "https://a.example.org;"),
        ("delivery_hosts", "https://user@a.example.org"),
    ],
)
def test_a_bad_value_is_one_sentence_that_names_the_place(name: str, text: str) -> None:
    for problem in (
        pytest.raises(Unusable, match=f'MEDIASERVER_{name.upper()}: "{text}" does not fit {name}, which takes '),
    ):
        with problem as refused:
            load({}, {f"MEDIASERVER_{name.upper()}": text})
        assert "\n" not in str(refused.value)
    with pytest.raises(Unusable, match=SETTINGS[name].flag):
        load({name: text}, {})


@pytest.mark.parametrize(
    "text",
    [
        "port = ",
        "port = 1\nport = 2",
        "port = true",
        "port = [1, 2]",
        "port = 1.0",
        "data = 5",
        "site_name = true",
        'site_name = ["a", "b"]',
        'site_name = {a = "b"}',
        "site_name = 2026-01-01",
        'trusted_proxies = [["::1"]]',
        "delivery_hosts = 1",
    ],
)
def test_a_bad_file_is_one_sentence(write: Callable[[str], Path], text: str) -> None:
    with pytest.raises(Unusable, match=r"settings\.toml.*\.$"):
        load({}, {}, write(text))


def test_a_long_value_is_not_shown_whole() -> None:
    with pytest.raises(Unusable, match=rf'^--workers: "{"9" * 80}…" does not fit workers'):
        load({"workers": "9" * 5000}, {})


def test_a_mark_at_the_beginning_of_a_file_is_no_part_of_it(write: Callable[[str], Path]) -> None:
    assert load({}, {}, write("\ufeffport = 1\n")).config.port == 1


def test_what_is_written_is_read_again(write: Callable[[str], Path]) -> None:
    """Whatever the settings are, a file with all of them in TOML says the same."""
    odd = Config(
        data=Path('/srv/a "b"\\c'),
        site_words="# Two\nlines, with \x7f and ünïcödé\t",
        delivery_hosts=("https://a.example.org", "http://[::1]:80"),
        trusted_proxies=kinds.parse_networks("::1,10.0.0.0/8"),
        cache_size=3 * 2**40,
        upload_limit=2**30 + 1,
        log_level="debug",
    )
    for config in (Config(), odd):
        lines = [f"{name} = {setting.kind.write(getattr(config, name))}\n" for name, setting in SETTINGS.items()]
        assert load({}, {}, write("".join(lines))).config == config


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    latin = tmp_path / "latin.toml"
    latin.write_bytes('site_name = "Café"'.encode("latin-1"))
    for file in (tmp_path / "absent.toml", tmp_path, latin, Path("~nobody-of-that-name/settings.toml")):
        with pytest.raises(Unusable, match=str(file)):
            load({}, {}, file)

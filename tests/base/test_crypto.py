from __future__ import annotations

import hashlib
import hmac
import re
import stat
from base64 import urlsafe_b64decode
from pathlib import Path

import pytest

from mediaserver.base import crypto
from mediaserver.base.crypto import Signer
from mediaserver.base.errors import Unusable


def test_tokens_are_long_different_and_fit_into_an_address() -> None:
    made = {crypto.token() for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch(r"[\w-]{43}", token, re.ASCII) for token in made)


def test_a_fingerprint_is_sha256_and_takes_whatever_a_client_sends() -> None:
    assert crypto.fingerprint("abc") == hashlib.sha256(b"abc").hexdigest()
    for odd in ("", "\0", "é", "\udcff", "\ud800", "x" * 10_000):
        assert re.fullmatch("[0-9a-f]{64}", crypto.fingerprint(odd))


def test_a_signature_is_half_of_an_hmac_sha256() -> None:
    signature = Signer(b"k" * 32).sign("ticket", "text")
    digest = hmac.new(b"k" * 32, b"ticket\ntext", hashlib.sha256).digest()
    assert urlsafe_b64decode(signature + "==") == digest[:16]


def test_a_signature_is_good_for_its_text_its_purpose_and_its_key_alone() -> None:
    signer = Signer(b"k" * 32)
    signature = signer.sign("ticket", "text")
    assert signer.verify("ticket", "text", signature)
    assert not signer.verify("other", "text", signature)
    assert not signer.verify("ticket", "texu", signature)
    assert not signer.verify("ticket\ntext", "", signature)
    assert not Signer(b"l" * 32).verify("ticket", "text", signature)


@pytest.mark.parametrize("forged", ["", "A", "\0", "é" * 22, "\udcff" * 22, "\ud800", "A" * 22, "A" * 10_000])
def test_a_forged_signature_is_refused_whatever_it_is(forged: str) -> None:
    signer = Signer(b"k" * 32)
    assert not signer.verify("ticket", "text", forged)
    assert not signer.verify("ticket", forged, signer.sign("ticket", "text"))


def test_no_signature_holds_when_a_letter_of_it_is_changed() -> None:
    signer = Signer(b"k" * 32)
    signature = signer.sign("ticket", "text")
    for place, letter in enumerate(signature):
        changed = signature[:place] + ("A" if letter != "A" else "B") + signature[place + 1 :]
        assert not signer.verify("ticket", "text", changed)
        assert not signer.verify("ticket", "text", signature[:place])


def test_the_key_is_made_once_and_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    key = crypto.load_key(path)
    assert len(key) == 32
    assert key != crypto.load_key(tmp_path / "other.key")
    assert crypto.load_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"short", b"k" * 33])
def test_a_damaged_key_is_not_used(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret.key"
    path.write_bytes(content)
    with pytest.raises(Unusable, match=r"secret\.key"):
        crypto.load_key(path)
    assert path.read_bytes() == content


def test_derived_keys_are_the_same_ever_after_and_differ_by_everything() -> None:
    signer = Signer(b"k" * 32)
    keys = [
        signer.derive("segment key", "text"),
        signer.derive("segment key", "other"),
        signer.derive("ticket", "text"),
        Signer(b"j" * 32).derive("segment key", "text"),
    ]
    assert {len(key) for key in keys} == {16}
    assert len(set(keys)) == len(keys)
    assert Signer(b"k" * 32).derive("segment key", "text") == keys[0]


def test_encryption_is_that_of_the_standard() -> None:
    """The vectors of NIST SP 800-38A, F.2.1, whose four blocks are followed by one of padding here."""
    key = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
    vector = int("000102030405060708090a0b0c0d0e0f", 16)
    plain = bytes.fromhex(
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
        "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
    )
    secret = crypto.encrypt(key, vector, plain)
    assert secret[:64] == bytes.fromhex(
        "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"
        "73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7"
    )
    assert len(secret) == 80


@pytest.mark.parametrize("length", [0, 1, 15, 16, 17])
def test_what_is_encrypted_is_whole_blocks_and_always_padded(length: int) -> None:
    assert len(crypto.encrypt(b"k" * 16, 0, bytes(length))) == (length // 16 + 1) * 16

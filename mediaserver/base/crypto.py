"""Secrets: random tokens, their fingerprints for the database, signatures (HMAC-SHA-256, RFC 2104), and AES-128."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from mediaserver.base import files
from mediaserver.base.errors import Unusable

_KEY_BYTES = 32
_SIGNATURE_BYTES = 16  # RFC 2104, section 5: not less than half of the hash
_BLOCK = 16  # bytes of an AES block, and of a key of AES-128


def token() -> str:
    """Return 256 random bits as 43 URL-safe characters."""
    return secrets.token_urlsafe(32)


def fingerprint(secret: str) -> str:
    """Return what the database may keep of a random token: its SHA-256, as hexadecimal digits."""
    return hashlib.sha256(_bytes(secret)).hexdigest()


class Signer:
    """Signs short texts with one key; what it signed can be checked without a database."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def sign(self, purpose: str, text: str) -> str:
        """Return a URL-safe signature of `text`, good for `purpose` alone."""
        return base64.urlsafe_b64encode(self._digest(purpose, text)[:_SIGNATURE_BYTES]).rstrip(b"=").decode()

    def verify(self, purpose: str, text: str, signature: str) -> bool:
        """Tell in constant time whether `signature` is this key's for `text` and `purpose`."""
        return hmac.compare_digest(_bytes(self.sign(purpose, text)), _bytes(signature))

    def derive(self, purpose: str, text: str) -> bytes:
        """Return the 16 bytes of a key of its own for `text` and `purpose`, always the same ones."""
        return self._digest(purpose, text)[:_BLOCK]

    def _digest(self, purpose: str, text: str) -> bytes:
        return hmac.digest(self._key, _bytes(f"{purpose}\n{text}"), "sha256")


def encrypt(key: bytes, number: int, data: bytes) -> bytes:
    """Return `data` as AES-128 in CBC mode with PKCS7 padding (RFC 8216, section 4.3.2.4), `number` being its IV."""
    padder = PKCS7(8 * _BLOCK).padder()
    encryptor = Cipher(AES128(key), CBC(number.to_bytes(_BLOCK))).encryptor()
    return encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()


def load_key(path: Path) -> bytes:
    """Read the instance's secret key of 32 bytes, making it at the first start. Raises Unusable for a damaged one."""
    if not path.exists():
        files.write_once(path, secrets.token_bytes(_KEY_BYTES), mode=0o600)
    try:
        key = path.read_bytes()
    except OSError as error:
        raise Unusable(f"The key {path} cannot be read: {error.strerror}. Run as the owner of its folder.") from None
    if len(key) != _KEY_BYTES:
        raise Unusable(f"The key {path} is damaged. Restore it from a backup, or delete it: a new one is made then.")
    return key


def _bytes(text: str) -> bytes:
    # What a client sends may hold broken characters, which no strict encoding takes.
    return text.encode(errors="surrogatepass")

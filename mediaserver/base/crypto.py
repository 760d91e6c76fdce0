"""Secrets: random tokens, their fingerprints for the database, and signatures (HMAC-SHA-256, RFC 2104)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from pathlib import Path

from mediaserver.base import files

_SIGNATURE_BYTES = 16  # RFC 2104, section 5: not less than half of the hash


def token() -> str:
    """Return 256 random bits as 43 URL-safe characters."""
    return secrets.token_urlsafe(32)


def fingerprint(secret: str) -> str:
    """Return what the database may keep of a random token: its SHA-256, as hexadecimal digits."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Signer:
    """Signs short texts with one key; what it signed can be checked without a database."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def sign(self, purpose: str, text: str) -> str:
        """Return a URL-safe signature of `text`, good for `purpose` alone."""
        digest = hmac.digest(self._key, f"{purpose}\n{text}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest[:_SIGNATURE_BYTES]).rstrip(b"=").decode()

    def verify(self, purpose: str, text: str, signature: str) -> bool:
        """Tell in constant time whether `signature` is this key's for `text` and `purpose`."""
        return hmac.compare_digest(self.sign(purpose, text).encode(), signature.encode())


def load_key(path: Path) -> bytes:
    """Read the instance's secret key of 32 bytes, making it at the first start."""
    if not path.exists():
        files.write(path, secrets.token_bytes(32), mode=0o600)
    return path.read_bytes()

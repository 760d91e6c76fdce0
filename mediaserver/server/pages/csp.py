"""The Content-Security-Policy of pages (CSP level 3): everything from this server alone, no script or style in line.

Only sound may come from elsewhere: from the delivery hosts, where such are configured.
"""

from __future__ import annotations

from collections.abc import Sequence

_DIRECTIVES = (
    "default-src 'self'",
    "img-src 'self' data: blob:",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)


def policy(nonce: str, delivery_hosts: Sequence[str]) -> str:
    """Return the policy. Turbo adds one style element of its own: the nonce lets in that one and no other."""
    media = " ".join(("media-src 'self' blob:", *delivery_hosts))
    connect = " ".join(("connect-src 'self'", *delivery_hosts))
    return "; ".join((*_DIRECTIVES, media, connect, f"style-src 'self' 'nonce-{nonce}'"))

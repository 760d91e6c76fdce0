"""The Content-Security-Policy of pages (CSP level 3): everything from this server alone, no script or style in line."""

from __future__ import annotations

_DIRECTIVES = (
    "default-src 'self'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)


def policy(nonce: str) -> str:
    """Return the policy. Turbo adds one style element of its own: the nonce lets in that one and no other."""
    return "; ".join((*_DIRECTIVES, f"style-src 'self' 'nonce-{nonce}'"))

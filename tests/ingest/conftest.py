"""The same running server as the doors' tests have."""

from __future__ import annotations

from tests.server.conftest import site, wave

__all__ = ["site", "wave"]

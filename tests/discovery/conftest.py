"""The same running server as the doors' tests have."""

from __future__ import annotations

from tests.server.conftest import site

__all__ = ["site"]

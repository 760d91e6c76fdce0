"""Everything that can go wrong for a reason that a person can be told.

Features raise these; the doors alone turn them into status codes. A message says what happened and what to do.
"""

from __future__ import annotations

from typing import ClassVar


class Problem(Exception):
    """Base of all expected failures: `str(problem)` is one sentence for the person who asked.

    `code` is a stable word for programs; `title` names the class of failure for people.
    """

    code: ClassVar[str] = "problem"
    title: ClassVar[str] = "Something is wrong"

    @property
    def detail(self) -> str:
        """The sentence for the person who asked."""
        return str(self)


class Malformed(Problem):
    """The request cannot be read at all."""

    code = "malformed"
    title = "The request could not be read"


class NotSignedIn(Problem):
    """Nobody is signed in, and somebody has to be."""

    code = "not-signed-in"
    title = "Please sign in"


class Forbidden(Problem):
    """The asker is known, and may not."""

    code = "forbidden"
    title = "Not allowed"


class NotFound(Problem):
    """It does not exist, or the asker may not know that it does."""

    code = "not-found"
    title = "Not found"


class Gone(NotFound):
    """It was there, and is not any more."""

    code = "gone"
    title = "Not there any more"


class Conflict(Problem):
    """It collides with what is there already."""

    code = "conflict"
    title = "Already taken"


class TooLarge(Problem):
    """More bytes than this server takes."""

    code = "too-large"
    title = "Too large"


class Unsupported(Problem):
    """A format that is not taken."""

    code = "unsupported"
    title = "Format not taken"


class Invalid(Problem):
    """It was understood, and it is wrong."""

    code = "invalid"
    title = "That does not fit"


class Unusable(Problem):
    """The machine or its settings keep the program from starting or going on: a bad setting, a port in use."""

    code = "unusable"
    title = "The server cannot go on"


class Throttled(Problem):
    """The asker tries too often; `retry_after` is in seconds."""

    code = "throttled"
    title = "Too many attempts"

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class TooBusy(Problem):
    """The server cannot take this now; `retry_after` is in seconds."""

    code = "too-busy"
    title = "The server is busy"

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class StorageFull(TooBusy):
    """The disk is full: nothing more can be kept until somebody makes room."""

    code = "storage-full"
    title = "No room left"

    def __init__(self) -> None:
        super().__init__("The server's disk is full. Please tell whoever runs it, and try again later.", 300)

"""The command line, called within this process: for what needs no process of its own, which costs a second to start."""

from __future__ import annotations

import sys
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from io import StringIO
from subprocess import CompletedProcess
from unittest import mock

from mediaserver import cli
from tests import running


def call(*words: str, stdin: str = "", **variables: str) -> CompletedProcess[str]:
    """One command to its end, with exit code and all that it printed."""
    with ExitStack() as stack:
        stack.enter_context(mock.patch.dict("os.environ", running.environment(**variables), clear=True))
        stack.enter_context(mock.patch("mediaserver.base.log.setup"))  # the log belongs to the whole process
        stack.enter_context(mock.patch.object(sys, "stdin", StringIO(stdin)))
        out = stack.enter_context(redirect_stdout(StringIO()))
        err = stack.enter_context(redirect_stderr(StringIO()))
        try:
            code = cli.main(list(words))
        except SystemExit as ended:  # argparse's
            code = int(ended.code or 0)
    return CompletedProcess(words, code, out.getvalue(), err.getvalue())

"""The command line, called within this process: for what needs no process of its own, which costs a second to start."""

from __future__ import annotations

import logging
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from subprocess import CompletedProcess
from unittest import mock

from mediaserver import cli
from tests import running


def call(*words: str, stdin: str = "", **variables: str) -> CompletedProcess[str]:
    """One command to its end, with exit code and all that it printed."""
    out, err = StringIO(), StringIO()
    handlers, level = logging.root.handlers[:], logging.root.level
    surroundings = mock.patch.dict("os.environ", running.environment(**variables), clear=True)
    try:
        with surroundings, mock.patch.object(sys, "stdin", StringIO(stdin)), redirect_stdout(out), redirect_stderr(err):
            code = cli.main(list(words))
    except SystemExit as ended:  # argparse's
        code = int(ended.code or 0)
    finally:
        logging.root.handlers[:], logging.root.level = handlers, level
    return CompletedProcess(words, code, out.getvalue(), err.getvalue())

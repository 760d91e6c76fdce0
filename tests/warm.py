"""The program kept warm for commands that run to their end: it is imported once, and each command is a fork of that.

A command is a process of its own, with its own words, surroundings, input and output, as if it had been started from a
shell; only the second that it takes to import everything is not spent again. Servers are started in the ordinary way.

`python -m tests.warm` is told commands as lines of JSON on its standard input, and answers each with its exit code.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from mediaserver import cli

ROOT = Path(__file__).resolve().parent.parent
_started: list[subprocess.Popen[str]] = []


def run(words: list[str], stdin: str, surroundings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run one command of the program to its end."""
    with TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("in", "out", "err")]
        files[0].write_text(stdin, encoding="utf-8")
        process = _process()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps([words, surroundings, list(map(str, files))]) + "\n")
        process.stdin.flush()
        code = int(process.stdout.readline())
        out, err = (path.read_text(encoding="utf-8") for path in files[1:])
    return subprocess.CompletedProcess(words, code, out, err)


def close() -> None:
    """Let the warm program go."""
    while _started:
        _started.pop().communicate()


def _process() -> subprocess.Popen[str]:
    if not _started:
        command = [sys.executable, "-m", "tests.warm"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        _started.append(subprocess.Popen(command, **pipes, text=True, cwd=ROOT))
    return _started[0]


def main() -> None:
    orders, answers = os.fdopen(os.dup(0), encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    for order in orders:
        words, surroundings, files = json.loads(order)
        process = os.fork()
        if process == 0:
            _become(words, surroundings, files)
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        print(code, file=answers, flush=True)


def _become(words: list[str], surroundings: dict[str, str], files: list[str]) -> None:
    """Be the command, and end with it."""
    os.environ.clear()
    os.environ.update(surroundings)
    for number, (path, flags) in enumerate(zip(files, (os.O_RDONLY, *2 * [os.O_WRONLY | os.O_CREAT]), strict=True)):
        os.dup2(os.open(path, flags), number)
    code = 1
    try:
        code = cli.main(words)
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()

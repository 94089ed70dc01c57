"""Progress lines, child processes, and the error that ends a command."""

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

_QUICK = 0.5
_TAIL = 25


class DevError(Exception):
    """A failure with its remedy, shown without a traceback.

    :param details: output to show above it
    """

    def __init__(self, failed: str, remedy: str = "", details: str = ""):
        remedy = f"   do: {remedy}" if remedy else ""
        super().__init__("\n".join(filter(None, (details.rstrip(), f"error: {failed}", remedy))))
        self.details = details


def say(text: str) -> None:
    """Print one line to standard error: standard output is for results."""
    print(f"{text}\n", file=sys.stderr, end="", flush=True)


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Announce a step and print how long it took, unless it is quick.

    :param title: what is being done, without a full stop
    """
    started = time.monotonic()
    announcement = threading.Timer(_QUICK, say, [f"[      ] {title} ..."])
    announcement.daemon = True
    announcement.start()
    try:
        yield
    finally:
        announcement.cancel()
        if (seconds := time.monotonic() - started) >= _QUICK:
            say(f"[{seconds:5.1f}s] {title}")


def run(command: Sequence[str | Path], log: Path, *, remedy: str = "", stdin: str = "", **options: Any) -> None:
    """Run a command and append its output to a log.

    :param remedy: advice for the reader if the command fails, besides the log
    :param options: for :func:`subprocess.run`
    :raises DevError: with the end of the output, if the command fails
    """
    with log.open("ab+") as output:
        start = output.seek(0, 2)
        done = _call(command, input=stdin.encode(), stdout=output, stderr=subprocess.STDOUT, **options)
        output.seek(start)
        tail = output.read().decode(errors="replace").splitlines()[-_TAIL:]
    if done.returncode:
        _fail(command, done, remedy or f"read {log}", "\n".join(f"    {line}" for line in tail))


def output_of(command: Sequence[str | Path], **options: Any) -> str:
    """Return what a command prints.

    :param options: for :func:`subprocess.run`
    :raises DevError: with the error output, if the command fails
    """
    done = _call(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, **options)
    if done.returncode:
        _fail(command, done, "", done.stderr)
    return done.stdout


def git(folder: Path, *arguments: str) -> str:
    """Return what git prints about a folder: nothing if it is in no repository."""
    return _call(["git", "-C", folder, *arguments], capture_output=True, text=True).stdout.strip()


def _call(command: Sequence[str | Path], **options: Any) -> subprocess.CompletedProcess:
    try:
        return subprocess.run(list(map(str, command)), check=False, **options)
    except OSError as error:
        raise DevError(f"cannot start {command[0]}: {error.strerror}") from None


def _fail(command: Sequence[str | Path], done: subprocess.CompletedProcess, remedy: str, details: str) -> None:
    label = " ".join(str(word).rpartition("/")[2] for word in command[:4])
    raise DevError(f"{label} ended with status {done.returncode}", remedy, details)

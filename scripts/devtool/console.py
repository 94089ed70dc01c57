"""Progress lines, child processes and the one error that ends a command."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

_lock = threading.Lock()
_QUICK = 0.5
_TAIL = 25


class DevError(Exception):
    """What failed, and what the reader can do about it; shown without a traceback."""

    def __init__(self, failed: str, remedy: str = "", details: str = ""):
        super().__init__(failed)
        self.failed, self.remedy, self.details = failed, remedy, details

    def __str__(self) -> str:
        parts = [self.details.rstrip(), f"error: {self.failed}"]
        if self.remedy:
            parts.append(f"   do: {self.remedy}")
        return "\n".join(part for part in parts if part)


def say(text: str) -> None:
    """Print one line for the reader; standard output stays free for results."""
    with _lock:
        print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Announce a step and tell how long it took; quick steps stay quiet.

    :param str title: what is being done, without a full stop
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


def run(
    command: Sequence[str | Path],
    log: Path,
    *,
    remedy: str = "",
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
) -> None:
    """Run a command with its output appended to a log file.

    :param remedy: what the reader can do when it fails, besides reading the log
    :raises DevError: with the end of the output, when the command fails
    """
    argv = [str(part) for part in command]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        start = output.tell()
        try:
            status = subprocess.run(
                argv,
                cwd=cwd,
                env=env,
                input=None if stdin is None else stdin.encode(),
                stdin=subprocess.DEVNULL if stdin is None else None,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            ).returncode
        except OSError as error:
            raise DevError(f"cannot start {argv[0]}: {error.strerror}", remedy) from None
    if status:
        raise DevError(
            f"{_label(argv)} ended with status {status}",
            remedy or f"read {log}",
            _tail(log, start),
        )


def output_of(command: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """Return what a command prints.

    :raises DevError: with its error output, when the command fails
    """
    argv = [str(part) for part in command]
    try:
        done = subprocess.run(
            argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise DevError(f"cannot start {argv[0]}: {error.strerror}") from None
    if done.returncode:
        raise DevError(f"{_label(argv)} ended with status {done.returncode}", "", done.stderr)
    return done.stdout


def _label(argv: list[str]) -> str:
    """Name a command by its first words, without their folders."""
    return " ".join(word.rsplit("/", 1)[-1] for word in argv[:4])


def _tail(log: Path, start: int) -> str:
    """Return the last lines that a log got since a position."""
    with log.open("rb") as content:
        content.seek(start)
        lines = content.read().decode(errors="replace").splitlines()
    return "\n".join(f"    {line}" for line in lines[-_TAIL:])

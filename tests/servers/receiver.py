"""The receiver, as a separate process on loopback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from .base import Server, ServerError, accepts_connections, free_port, process_runs, wait_for

START_SECONDS, STOP_SECONDS = 60, 10
SOURCE = Path(__file__).resolve().parents[2] / "receiver"


class Receiver(Server):
    """One receiver that takes SMTP and LMTP.

    :param folder: private folder of this server; see the package about where it really lies
    :param str database: database of the Odoo servers
    :param urls: of the Odoo servers
    :param options: further options of the configuration file
    :param str configuration: the whole text of this file, instead of all options
    :param credentials: login and password of the user who delivers
    :param python: interpreter with the packages of the receiver, by default that of this process
    """

    def __init__(
        self,
        folder: str | os.PathLike,
        database: str = "",
        *urls: str,
        options: Mapping[str, object] | None = None,
        credentials: tuple[str, str] = ("admin", "admin"),
        python: str | os.PathLike = sys.executable,
        smtp_port: int = 0,
        configuration: str = "",
    ):
        super().__init__(folder)
        self.python = python
        self.configuration = configuration
        self.smtp_port, self.lmtp_port = smtp_port or free_port(), free_port()
        self.options = {
            "url": " ".join(urls),
            "database": database,
            "login": credentials[0],
            "password": credentials[1],
            "smtp": f"127.0.0.1:{self.smtp_port}",
            "lmtp": f"127.0.0.1:{self.lmtp_port}",
            "hostname": "receiver.example",
            "authentication": False,
            **(options or {}),
        }
        self.environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
        self.process: subprocess.Popen | None = None

    @property
    def log(self) -> str:
        """The log of the server since its first start."""
        path = self.folder / "receiver.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def start(self) -> None:
        """Start the server, and return when it accepts connections."""
        self.stop()
        command = self.get_command()
        with open(self.folder / "receiver.log", "ab") as log:
            streams = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
            self.process = subprocess.Popen(command, **streams, cwd=self.folder, env=self.environment)
        (self.folder / "receiver.pid").write_text(str(self.process.pid))
        wait_for(self._is_ready, START_SECONDS, f"the receiver; it logged {self.log[-2000:]}")

    def stop(self) -> None:
        """Stop the server, also one that an earlier process left running, and return when it has ended."""
        pid = self._get_pid()
        if not pid:
            return
        os.kill(pid, signal.SIGTERM)
        try:
            wait_for(lambda: not process_runs(pid), STOP_SECONDS, "the end of the receiver")
        except ServerError:
            os.kill(pid, signal.SIGKILL)
        if self.process:
            self.process.wait()
            self.process = None

    def kill(self) -> None:
        """Kill the server, like a crash; a paused one too."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def pause(self) -> None:
        """Keep the server from doing anything, while its connections stay open."""
        self.process.send_signal(signal.SIGSTOP)

    def get_command(self) -> list[str]:
        """Write the configuration, and return the command that reads it."""
        path = self.folder / "receiver.toml"
        path.touch(mode=0o600)
        options = "".join(f"{name} = {json.dumps(value)}\n" for name, value in self.options.items())
        path.write_text(self.configuration or options)
        return [str(self.python), "-m", "odoo_bcc_receiver", "--config", str(path)]

    def _get_pid(self) -> int | None:
        """Return the process of this folder; a stale file may name another process."""
        try:
            pid = int((self.folder / "receiver.pid").read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        return pid if str(self.folder).encode() in command and process_runs(pid) else None

    def _is_ready(self) -> bool:
        if self.process.poll() is not None:
            raise ServerError(f"the receiver ended; it logged {self.log[-2000:]}")
        configuration = (self.folder / "receiver.toml").read_text()
        used = [port for port in (self.smtp_port, self.lmtp_port) if f":{port}" in configuration]
        return all(map(accepts_connections, used))

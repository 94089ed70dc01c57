"""Real filters that check the sender of a mail: OpenDKIM, OpenDMARC and rspamd, with their own DNS.

They run as on a mail host, with the given lines of configuration, and listen on a Unix socket::

    zone = 'acme.example. 60 IN TXT "v=spf1 ip4:192.0.2.7 -all"'
    with OpenDkim(folder / "dkim", "Mode sv", zone) as dkim, Postfix(..., settings={"smtpd_milters": dkim.milter}):
        ...

Network and name server are those of ``sandbox.py``, which needs root, or ``sudo`` without a password.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

from .base import Server, ServerError, as_root, find_program, run, wait_for

START_SECONDS = 30
#: as sandbox.py has it
NAME_SERVER = "192.0.2.53"
SANDBOX = Path(__file__).with_name("sandbox.py")


class Milter(Server):
    """One filter.

    :param folder: private folder of this server; see the package about where it really lies
    :param str configuration: lines of its configuration file, besides those for paths
    :param str zone: records of its DNS
    """

    program = ""
    account = ""

    def __init__(self, folder: str | os.PathLike, configuration: str, zone: str):
        super().__init__(folder)
        self.configuration = configuration
        self.zone = zone
        #: folder that the filter may write to
        self.run_folder = self.folder / "run"
        self.socket = self.run_folder / "milter.sock"
        self.milter = f"unix:{self.socket}"
        self.process: subprocess.Popen | None = None

    @property
    def log(self) -> str:
        """What the filter printed."""
        path = self.folder / "printed.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def start(self) -> None:
        """Start the filter, and return when it accepts connections."""
        self.stop()
        if not find_program(self.program):
            raise ServerError(f"{self.program} is not installed")
        (self.folder / "zone").write_text(f"{self.zone}\n")
        (self.folder / "resolv.conf").write_text(f"nameserver {NAME_SERVER}\n")
        command = [find_program(self.program), *self._write_configuration()]
        self.run_folder.mkdir(exist_ok=True)
        run(as_root(["chown", self.account, str(self.run_folder)]))
        files = [self.folder / "zone", self.folder / "resolv.conf"]
        sandbox = ["unshare", "--net", "--mount", sys.executable, SANDBOX, *files]
        with open(self.folder / "printed.log", "ab") as log:
            self.process = subprocess.Popen(
                as_root([*sandbox, *command]), stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
            )
        wait_for(self._is_ready, START_SECONDS, f"{self.program}; it printed {self.log[-2000:]}")

    def stop(self) -> None:
        """Stop the filter, and return when it has ended."""
        if self.process:
            self.process.stdin.close()
            self.process.wait(START_SECONDS)
            self.process = None
        run(as_root(["rm", "-f", str(self.socket)]))

    def _is_ready(self) -> bool:
        if self.process.poll() is not None:
            raise ServerError(f"{self.program} ended; it printed {self.log[-2000:]}")
        return self.socket.exists() and bool(self.socket.stat().st_mode & stat.S_IWOTH)

    def _write_configuration(self) -> list[str]:
        """Write the configuration, and return the arguments of the program."""
        raise NotImplementedError


class OpenDkim(Milter):
    """Checks signatures."""

    program = account = "opendkim"
    arguments = ("-f", "-x")
    #: it looks into no resolv.conf
    own = f"Nameservers {NAME_SERVER}\n"

    def _write_configuration(self) -> list[str]:
        path = self.folder / f"{self.program}.conf"
        own = f"Socket local:{self.socket}\nUMask 000\nUserID {self.account}\nSyslog no\n{self.own}"
        path.write_text(f"{self.configuration}\n{own}")
        return [*self.arguments, str(path)]


class OpenDmarc(OpenDkim):
    """Checks SPF and, based on it and on signatures, DMARC."""

    program = account = "opendmarc"
    arguments = ("-f", "-c")
    own = ""


class Rspamd(Milter):
    """Checks SPF, DKIM and DMARC; the configuration is that of ``local.d/milter_headers.conf``."""

    program = "rspamd"
    account = "_rspamd"

    def _write_configuration(self) -> list[str]:
        local = self.folder / "local.d"
        local.mkdir(exist_ok=True)
        (local / "milter_headers.conf").write_text(self.configuration)
        (local / "worker-proxy.inc").write_text(
            f'bind_socket = "{self.socket} mode=0666";\nupstream "local" {{ default = yes; self_scan = yes; }}\n'
        )
        # loading the list of all top-level domains takes half a minute
        (self.folder / "domains").write_text("com\nexample\n")
        (local / "options.inc").write_text(
            f'dns {{ nameserver = ["{NAME_SERVER}"]; }}\nurl_tld = "{self.folder}/domains";\n'
        )
        folders = [f"--var={name}={self.run_folder}" for name in ("DBDIR", "RUNDIR", "LOGDIR")]
        return ["-f", "-u", self.account, "-g", self.account, f"--var=LOCAL_CONFDIR={self.folder}", *folders]

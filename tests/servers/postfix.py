"""A real Postfix that pipes mail to the delivery script or puts it into a mailbox."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from .base import (
    SYSTEM_PATH,
    Server,
    ServerError,
    accepts_connections,
    as_root,
    find_program,
    free_port,
    is_public,
    mail_account,
    process_runs,
    run,
    wait_for,
)
from .dovecot import Dovecot
from .mail import read_maildir

START_SECONDS = 120

#: the documented pattern of a dropbox address
DROPBOX = r"/^(.+\+)?bcc-[a-z2-7]{{20}}(\+[^@]*)?@{}$/"

#: name of the mailbox inside this Postfix; not reachable from outside
MAILBOX_DOMAIN = "mailbox.internal"

MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
inet_interfaces = loopback-only
inet_protocols = ipv4
myhostname = mx.example
myorigin = mx.example
mydestination = localhost
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
smtpd_client_connection_rate_limit = 0
disable_dns_lookups = yes
recipient_delimiter = +
message_size_limit = {size_limit}
mailbox_size_limit = 0
virtual_mailbox_limit = 0
biff = no

# mail to strangers stays here
default_transport = sink:
relay_transport = sink:
local_transport = local:
local_recipient_maps =
default_privs = {account}
alias_maps = texthash:{folder}/etc/aliases
alias_database =
transport_maps = regexp:{folder}/etc/dropboxes, texthash:{folder}/etc/transport
virtual_alias_maps = texthash:{folder}/etc/virtual
virtual_mailbox_domains =
virtual_mailbox_base = {mail_base}
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}

# one process for one recipient, or Delivered-To cannot be written
bccmailbox_destination_recipient_limit = 1
sink_destination_recipient_limit = 1

# tests do not wait for minutes
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
transport_retry_time = 1s
"""

MASTER_CF = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
local unix - n n - - local
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
bccmailbox unix - n n - - virtual
  -o virtual_mailbox_maps=texthash:{folder}/etc/mailboxes
sink unix - n n - - virtual
  -o virtual_mailbox_base={folder}
  -o virtual_mailbox_maps=static:sink/
"""

PIPE = """\
{name} unix - n n - {processes} pipe
  flags=DORhu user={account} null_sender=
  argv={mailgate} --recipient=${{original_recipient}} --recipient=${{recipient}} --sender=${{sender}}
"""


class Postfix(Server):
    """A mail server with the documented ways into Odoo, which sends nothing to the internet.

    :param folder: private folder of this server; see the package about where it really lies
    :param mailgate: the delivery script's command: interpreter, script, arguments. Files that the account
        that runs it cannot read are copied at each start
    :param pipe_domains: all their addresses are passed to the script, by a separate transport; a mapping gives each
        domain a command of its own
    :param int processes: of the script for each domain at the same time
    :param dropbox_routes: transport and next hop for the dropboxes of a domain, as in `lmtp:inet:127.0.0.1:24`
    :param alias_domains: all their addresses are passed to the script, by an alias, as documented by Odoo,
        without the arguments for sender and recipient
    :param mailbox_domains: have one mailbox, that of ``mailbox``, also with plus addresses
    :param catchall_domains: all their addresses are delivered to the mailbox
    :param mailbox: the server that owns the mailbox, or the path of a maildir
    :param int smtp_port: a free one when left out
    :param int size_limit: largest mail in bytes
    :param settings: further lines of ``main.cf``, which override those of this class
    """

    def __init__(
        self,
        folder: str | os.PathLike,
        mailgate: Sequence[str] = ("/bin/false",),
        pipe_domains: Iterable[str] | Mapping[str, Sequence[str]] = (),
        mailbox_domains: Iterable[str] = (),
        mailbox: Dovecot | str | os.PathLike | None = None,
        catchall_domains: Iterable[str] = (),
        alias_domains: Iterable[str] = (),
        dropbox_routes: Mapping[str, str] | None = None,
        smtp_port: int = 0,
        processes: int = os.cpu_count() or 2,
        size_limit: int = 50 * 1024 * 1024,
        settings: Mapping[str, str] | None = None,
    ):
        super().__init__(folder)
        self.mailgate = list(map(str, mailgate))
        is_mapping = isinstance(pipe_domains, Mapping)
        self.pipes = dict(pipe_domains) if is_mapping else dict.fromkeys(pipe_domains, self.mailgate)
        self.processes = processes
        self.alias_domains = list(alias_domains)
        self.dropbox_routes = dict(dropbox_routes or {})
        self.mailbox_domains = list(mailbox_domains)
        self.catchall_domains = list(catchall_domains)
        self.smtp_port = smtp_port or free_port()
        self.size_limit = size_limit
        self.settings = dict(settings or {})
        self.maildir = Path(getattr(mailbox, "maildir", mailbox) or self.folder / "mail" / "mailbox")
        self.sink = self.folder / "sink"
        self.account = mail_account()

    @property
    def log(self) -> str:
        """What the server logged."""
        path = self.folder / "postfix.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def start(self) -> None:
        """Start the server, and return when it accepts mail."""
        self.stop()
        if not find_program("postfix"):
            raise ServerError("Postfix is not installed")
        self._write_configuration()
        run(self._get_command("postfix", "start"))
        wait_for(
            lambda: accepts_connections(self.smtp_port),
            START_SECONDS,
            f"Postfix on {self.smtp_port}; it logged {self.log[-2000:]}",
        )

    def stop(self) -> None:
        """Stop the server, also one that an earlier process left running; queued mail stays queued."""
        pid = self._get_pid()
        if not pid:
            return
        # "postfix stop" does the same, and sleeps for a second
        run(as_root(["kill", str(pid)]))
        wait_for(lambda: not process_runs(pid), START_SECONDS, "the end of Postfix")

    def queue(self) -> list[str]:
        """Return the ids of the mails that wait for delivery."""
        lines = run(self._get_command("postqueue", "-j")).splitlines()
        return [json.loads(line)["queue_id"] for line in lines]

    def configure(self, command: str) -> None:
        """Run a command as in a manual, which changes the configuration, and reload it."""
        environment = [f"PATH={SYSTEM_PATH}", f"MAIL_CONFIG={self.folder / 'etc'}"]
        run(as_root(["env", *environment, "sh", "-ec", command]))
        run(self._get_command("postfix", "reload"))

    def flush(self) -> None:
        """Try to deliver all queued mail now."""
        run(self._get_command("postqueue", "-f"))

    def wait_until_empty(self, timeout: float = 30) -> None:
        """Wait until no mail is queued.

        :raises ServerError: after the timeout, with the end of the log
        """
        try:
            wait_for(lambda: not self.queue(), timeout, "an empty queue")
        except ServerError as error:
            raise ServerError(f"{error}; the log ends with {self.log[-2000:]}") from error

    def sent_out(self) -> list[bytes]:
        """Return all mail to other domains, which a real server would have sent."""
        return read_maildir(self.sink)

    def clear_sent_out(self) -> None:
        """Delete the mail to other domains."""
        for path in (path for name in ("new", "cur") for path in (self.sink / name).glob("*")):
            run(as_root(["rm", "-f", str(path)]))

    def _get_command(self, program: str, *arguments: str) -> list[str]:
        path = find_program(program)
        return as_root([path, "-c", str(self.folder / "etc"), *arguments])

    def _get_pid(self) -> int | None:
        """Return the master process of this folder; a stale file may name another process."""
        path = self.folder / "queue" / "pid" / "master.pid"
        try:
            pid = int(run(as_root(["cat", str(path)])))
            name = Path(f"/proc/{pid}/comm").read_text().strip()
        except (OSError, ValueError, ServerError):
            return None
        return pid if name == "master" and process_runs(pid) else None

    def _write_configuration(self) -> None:
        """Write all files of the configuration folder."""
        etc = self.folder / "etc"
        for folder in (etc, self.folder / "queue", self.folder / "data", self.folder / "gate"):
            folder.mkdir(exist_ok=True)
        for folder in (self.sink, self.maildir.parent, self.maildir):
            if not folder.exists():
                folder.mkdir(parents=True)
                os.chown(folder, self.account.pw_uid, self.account.pw_gid)
        # Postfix requires its own account as owner of this folder
        run(as_root(["chown", "postfix", str(self.folder / "data")]))
        for name, text in self._get_tables().items():
            (etc / name).write_text(text)
        values = {
            "folder": self.folder,
            "mail_base": self.maildir.parent,
            "account": self.account.pw_name,
            "uid": self.account.pw_uid,
            "gid": self.account.pw_gid,
            "port": self.smtp_port,
            "size_limit": self.size_limit,
            "processes": self.processes,
        }
        lines = MAIN_CF.format(**values).splitlines()
        kept = [line for line in lines if line.partition("=")[0].strip() not in self.settings]
        settings = [f"{name} = {value}" for name, value in self.settings.items()]
        services = [MASTER_CF.format(**values)]
        for number, command in enumerate(self.pipes.values()):
            name = f"bccpipe{number}"
            mailgate = " ".join(f"{{ {part} }}" if " " in part else part for part in self._stage(command))
            services.append(PIPE.format(**values, name=name, mailgate=mailgate))
            settings.append(f"{name}_destination_recipient_limit = 1")
        (etc / "main.cf").write_text("\n".join([*kept, *settings, ""]))
        (etc / "master.cf").write_text("".join(services))

    def _get_tables(self) -> dict[str, str]:
        """Return the lookup tables as texts by file name."""
        box = self.maildir.name
        mailboxes = [f"{box}@{domain}" for domain in (*self.mailbox_domains, MAILBOX_DOMAIN)]
        tables = {
            "dropboxes": {DROPBOX.format(re.escape(domain)): route for domain, route in self.dropbox_routes.items()},
            "transport": {
                **{domain: f"bccpipe{number}:" for number, domain in enumerate(self.pipes)},
                **dict.fromkeys((*self.mailbox_domains, MAILBOX_DOMAIN), "bccmailbox:"),
            },
            "virtual": {
                **{f"@{domain}": f"{box}@{MAILBOX_DOMAIN}" for domain in self.catchall_domains},
                **{f"@{domain}": "odoo_mailgate@localhost" for domain in self.alias_domains},
            },
            "mailboxes": dict.fromkeys(mailboxes, f"{box}/"),
            "aliases": {"odoo_mailgate": f'"|{" ".join(self._stage(self.mailgate))}"'},
        }
        return {name: "".join(f"{key} {value}\n" for key, value in table.items()) for name, table in tables.items()}

    def _stage(self, command: Sequence[str]) -> list[str]:
        """Return a command of the script, with copies of the files that its account cannot read."""
        if os.geteuid():  # the pipe runs as the current account
            return list(map(str, command))
        program, *arguments = map(str, command)
        if not is_readable_by_all(Path(program)):
            # an interpreter cannot be copied, but the script runs with any
            program = find_program(Path(program).name) or program
        if not is_readable_by_all(Path(program)):
            program = "/usr/bin/python3"
        return [program, *(self._stage_file(part) for part in arguments)]

    def _stage_file(self, argument: str) -> str:
        path = Path(argument)
        if not path.is_absolute() or not path.is_file() or is_readable_by_all(path):
            return argument
        copy = self.folder / "gate" / path.name
        shutil.copyfile(path, copy)
        copy.chmod(0o400)
        os.chown(copy, self.account.pw_uid, self.account.pw_gid)
        return str(copy)


def is_readable_by_all(path: Path) -> bool:
    """Return whether every account may read a file, or run it if it is a program."""
    path = path.absolute()
    real = path.resolve()
    ways = is_public(path.parent) and is_public(real.parent)
    return real.exists() and ways and bool(real.stat().st_mode & 0o004)

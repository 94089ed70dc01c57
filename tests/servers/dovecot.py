"""A real Dovecot with one mailbox, for IMAP and POP3."""

from __future__ import annotations

import contextlib
import grp
import imaplib
import os
import secrets
import signal
from functools import partial
from pathlib import Path

from .base import (
    Server,
    ServerError,
    accepts_connections,
    find_program,
    free_port,
    mail_account,
    process_runs,
    run,
    wait_for,
)

START_SECONDS = 120

CONFIGURATION = """\
protocols = imap pop3
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
default_internal_user = {internal_user}
default_internal_group = {internal_group}
default_login_user = {login_user}
mail_location = maildir:{maildir}
first_valid_uid = 1
first_valid_gid = 1
mail_fsync = never
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3_port}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class Dovecot(Server):
    """One mailbox behind IMAP and POP3 with a password, without TLS.

    :param folder: private folder of this server; see the package about where it really lies
    :param str user: login, and the local part of the mailbox's address
    :param int imap_port: a free one when left out
    :param int pop3_port: a free one when left out
    """

    def __init__(self, folder, user: str = "crm", imap_port: int = 0, pop3_port: int = 0):
        super().__init__(folder)
        self.user = user
        self.password = secrets.token_urlsafe(12)
        self.imap_port = imap_port or free_port()
        self.pop3_port = pop3_port or free_port()
        self.maildir = self.folder / "mail" / user
        self.account = mail_account()

    @property
    def log(self) -> str:
        """What the server logged."""
        path = self.folder / "dovecot.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def start(self) -> None:
        """Start the server, and return when both protocols respond."""
        self.stop()
        program = find_program("dovecot")
        if not program:
            raise ServerError("Dovecot is not installed")
        run([program, "-c", self._write_configuration()])
        for port in (self.imap_port, self.pop3_port):
            wait_for(partial(accepts_connections, port), START_SECONDS, f"Dovecot on {port}")

    def stop(self) -> None:
        """Stop the server, also one that an earlier process left running."""
        pid = self._get_pid()
        if not pid:
            return
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not process_runs(pid), START_SECONDS, "the end of Dovecot")

    def messages(self) -> list[bytes]:
        """Return the mails of the mailbox, read or not, the oldest first."""
        with self._open_mailbox() as imap:
            numbers = imap.search(None, "ALL")[1][0].split()
            return [imap.fetch(number, "(BODY.PEEK[])")[1][0][1] for number in numbers]

    def clear(self) -> None:
        """Delete all mails of the mailbox."""
        with self._open_mailbox() as imap:
            if imap.search(None, "ALL")[1][0]:
                imap.store("1:*", "+FLAGS", r"\Deleted")
            imap.expunge()

    @contextlib.contextmanager
    def _open_mailbox(self):
        with imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=30) as imap:
            imap.login(self.user, self.password)
            imap.select()
            yield imap

    def _get_pid(self) -> int | None:
        """Return the process of this folder; a stale file may name another process."""
        try:
            pid = int((self.folder / "run" / "master.pid").read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        ours = str(self.folder).encode() in command and process_runs(pid)
        return pid if ours else None

    def _write_configuration(self) -> Path:
        """Write the configuration and the password file, and return the configuration file."""
        for folder in (self.folder / "home", self.maildir.parent, self.maildir):
            folder.mkdir(exist_ok=True)
            os.chown(folder, self.account.pw_uid, self.account.pw_gid)
        users = self.folder / "users"
        users.write_text(f"{self.user}:{{PLAIN}}{self.password}\n")
        users.chmod(0o600)
        path = self.folder / "dovecot.conf"
        if os.geteuid() == 0:
            accounts = {
                "internal_user": "dovecot",
                "internal_group": "dovecot",
                "login_user": "dovenull",
            }
            # the authentication process has dropped root privileges when it reads the passwords
            os.chown(users, 0, grp.getgrnam("dovecot").gr_gid)
            users.chmod(0o640)
        else:
            name = self.account.pw_name
            group = grp.getgrgid(os.getgid()).gr_name
            accounts = {"internal_user": name, "internal_group": group, "login_user": name}
        path.write_text(
            CONFIGURATION.format(
                folder=self.folder,
                maildir=self.maildir,
                uid=self.account.pw_uid,
                gid=self.account.pw_gid,
                imap_port=self.imap_port,
                pop3_port=self.pop3_port,
                **accounts,
            )
        )
        return path

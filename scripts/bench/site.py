"""Odoo servers with mail servers in front of them, all on one database, and mail that is sent to them."""

from __future__ import annotations

import contextlib
import functools
import re
import smtplib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue

from odoo import sql_db

from .fill import connect
from .mails import Mail
from .mta import SENDERS, Odoo, Routes, ServerError
from .post import Post
from .session import Database, start

_SCRIPT = Path(__file__).parents[1] / "odoo_bcc_mailgate.py"
# As Odoo ships, but for the scheduled jobs, which are part of one measurement only.
_OPTIONS = {"max_cron_threads": 0, "log_level": "warn", "list_db": False}
_WAIT = 0.02


@functools.cache
def _find_python() -> str:
    """Return the interpreter that an installed script has; those of a version manager take longer to start."""
    found = "/usr/bin/python3"
    check = [found, "-I", "-c", "import sys; sys.exit(sys.version_info < (3, 10))"]
    is_new = Path(found).exists() and subprocess.run(check, check=False).returncode == 0
    return found if is_new else sys.executable


@dataclass
class Sent:
    """A mail on its way.

    :param bytes data: the mail as it goes over the wire (RFC 5321 section 4.5.2), made before the time counts
    :param float accepted: when the mail server took it
    :param float filed: when it stood in the chatter
    """

    mail: Mail
    recipient: str
    data: bytes = field(init=False, repr=False)
    accepted: float = 0
    filed: float = 0

    def __post_init__(self) -> None:
        lines = re.sub(rb"\r?\n", b"\r\n", self.mail.raw).removesuffix(b"\r\n")
        self.data = lines.replace(b"\r\n.", b"\r\n..") + b"\r\n.\r\n"

    @property
    def seconds(self) -> float:
        """Return how long the mail was on its way."""
        return self.filed - self.accepted


@dataclass
class Site:
    """A database with servers.

    :param dict context: what the part was told
    :param folder: for the files of the servers
    """

    context: dict
    folder: Path
    nodes: dict[str, Odoo] = field(default_factory=dict)

    def __post_init__(self) -> None:
        start(self.context["conf"])
        self.database = Database(self.context["databases"]["small"])
        self.post = Post(self.database)
        self.folder.mkdir(parents=True, exist_ok=True)

    @contextlib.contextmanager
    def node(self, name: str, **options: object) -> Iterator[Odoo]:
        """Run an Odoo server with sessions of its own and the file store of all."""
        data = self.folder / f"data-{name}"
        data.mkdir(exist_ok=True)
        store = Path(self.context["options"]["data_dir"]) / "filestore"
        if not (data / "filestore").is_symlink():
            (data / "filestore").symlink_to(store)
        settings = {**self.context["options"], **_OPTIONS, "data_dir": data, "logfile": self.folder / f"{name}.log"}
        settings |= options
        odoo = Odoo(self.folder / f"node-{name}", self.database.name, settings, self._get_command())
        with odoo:
            self.nodes[name] = odoo
            try:
                yield odoo
            finally:
                del self.nodes[name]

    def _get_command(self) -> list[str]:
        """Return how Odoo is called: by a script, since a server with workers calls itself once more."""
        path = self.folder / "odoo-bin"
        path.write_text("import odoo.cli\n\nodoo.cli.main()\n")
        return [sys.executable, str(path)]

    def gate(self, *servers: Odoo) -> list[str]:
        """Return the command that delivers a mail to any of some servers."""
        path = self.folder / f"gate-{'-'.join(str(odoo.port) for odoo in servers)}.conf"
        path.touch(mode=0o600)
        urls = " ".join(odoo.url for odoo in servers)
        path.write_text(f"[odoo]\nurl = {urls}\ndatabase = {self.database.name}\nlogin = admin\npassword = admin\n")
        return [_find_python(), str(_SCRIPT), "--config", str(path)]

    @contextlib.contextmanager
    def routes(self, gates: dict[str, Sequence[Odoo]], **options) -> Iterator[Routes]:
        """Run a Postfix with a domain for some servers each."""
        self.release()
        commands = {domain: self.gate(*servers) for domain, servers in gates.items()}
        with Routes(self.folder / "postfix", commands, **options) as postfix:
            try:
                yield postfix
            finally:
                (self.folder / "postfix.log").write_text(postfix.log)  # its folder goes with it

    def release(self) -> None:
        """Close the connections of this process to the database: it only watches from here on."""
        sql_db.close_all()

    def write(self, kinds: Sequence[str], count: int, domain: str) -> list[Sent]:
        """Write mails of all sellers to known and new customers, with their dropboxes in a domain."""
        sent = []
        for number in range(count):
            seller = self.post.next_seller()
            person = self.post.next_stranger() if number % 5 == 0 else self.post.next_contact()
            # the mail server writes the envelope
            mail = self.post.written_by(seller, kinds[number % len(kinds)], [person])
            sent.append(Sent(mail, f"{seller.dropbox.partition('@')[0]}@{domain}"))
        return sent

    def watch(self) -> Watcher:
        """Return what tells which mails stand in the chatter."""
        return Watcher(self.database.name)


class Watcher:
    """Looks again and again which mails are filed, in a thread of its own, until all are."""

    def __init__(self, database: str):
        self.database = database
        self.waiting: dict[str, Sent] = {}
        self.filed: list[Sent] = []
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_exc_info) -> None:
        self._ending.set()
        self._thread.join()

    def expect(self, sent: Iterable[Sent]) -> None:
        """Look for these mails, too."""
        with self._lock:
            self.waiting.update({each.mail.id: each for each in sent})

    def wait(self, timeout: float, is_enough: Callable[[], bool] | None = None) -> None:
        """Return when all mails are filed.

        :raises ServerError: when the time is over
        """
        deadline = time.monotonic() + timeout
        while not (is_enough() if is_enough else not self.waiting):
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise ServerError(f"{len(self.waiting)} mails are not filed after {timeout} seconds")
            time.sleep(_WAIT)

    def _run(self) -> None:
        query = """
            SELECT DISTINCT message_id FROM mail_message
             WHERE message_id = ANY(%s) AND message_type = 'email_outgoing'
        """
        with connect(self.database) as cursor:
            while not self._ending.is_set():
                with self._lock:
                    ids = list(self.waiting)
                if ids:
                    cursor.execute(query, [ids])
                    self._note([id_ for [id_] in cursor.fetchall()])
                time.sleep(_WAIT if len(ids) < 20 else 5 * _WAIT)  # to look for many is work

    def _note(self, ids: list[str]) -> None:
        now = time.monotonic()
        with self._lock:
            for id_ in ids:
                each = self.waiting.pop(id_)
                each.filed = now
                self.filed.append(each)


def submit(port: int, sent: Iterable[Sent], senders: int = SENDERS) -> None:
    """Hand mails to the mail server, by so many connections at once."""
    queue: Queue[Sent] = Queue()
    for each in sent:
        queue.put(each)
    errors: list[Exception] = []

    def run() -> None:
        try:
            with smtplib.SMTP("127.0.0.1", port, local_hostname="client.example", timeout=60) as smtp:
                while True:
                    submit_one(smtp, queue.get_nowait())
        except Empty:
            pass
        except Exception as error:  # noqa: BLE001 it is raised below
            errors.append(error)

    threads = [threading.Thread(target=run) for _sender in range(senders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def submit_one(smtp: smtplib.SMTP, sent: Sent, recipient: str = "") -> None:
    """Hand one mail to the mail server, with nobody but the dropbox in the envelope.

    Not by `sendmail`: to make ready what is sent would take the processor that is shared with what is measured.
    """
    smtp.ehlo_or_helo_if_needed()
    for expected, command in (
        (250, "MAIL FROM:<someone@seller.example> BODY=8BITMIME"),
        (250, f"RCPT TO:<{recipient or sent.recipient}>"),
        (354, "DATA"),
    ):
        _expect(expected, smtp.docmd(command))
    smtp.send(sent.data)
    _expect(250, smtp.getreply())
    sent.accepted = time.monotonic()


def _expect(code: int, reply: tuple[int, bytes]) -> None:
    if reply[0] != code:
        raise smtplib.SMTPResponseException(*reply)


def count_copies(database: str, sent: Iterable[Sent]) -> tuple[int, int]:
    """Return how many mails are lost, and how many are there twice: in the log, or on a record."""
    ids = [each.mail.id for each in sent]
    query = """
        SELECT count(*) FILTER (WHERE logged = 0 OR stored = 0), count(*) FILTER (WHERE logged > 1 OR stored > 1)
          FROM (
            SELECT (SELECT count(*) FROM crm_bcc_dropbox_email AS email
                     WHERE email.message_id = wanted.mail_id AND email.state = 'captured') AS logged,
                   (SELECT count(*) FROM mail_message AS message WHERE message.message_id = wanted.mail_id) AS stored
              FROM unnest(%s) AS wanted (mail_id)
          ) AS mail
    """
    with connect(database) as cursor:
        cursor.execute(query, [ids])
        [[lost, double]] = cursor.fetchall()
    return lost, double

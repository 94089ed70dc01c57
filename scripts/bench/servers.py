"""Odoo servers on one database with mail servers in front of them, and emails sent to them."""

import contextlib
import smtplib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from devtool.odoo import get_mailgate
from odoo import sql_db
from servers import Dovecot, Odoo, Postfix, Receiver, ServerError

__all__ = ["SENDERS", "Dovecot", "Odoo", "Postfix", "Receiver", "Sent", "ServerError", "Site", "submit"]

from .database import Database, Mail, start
from .mails import Post

SENDERS = 8
# As Odoo ships, except for the scheduled jobs, which belong to one measurement only.
_OPTIONS = {"max_cron_threads": 0, "log_level": "warn", "limit_time_real": 120, "limit_time_cpu": 60}


@dataclass
class Sent:
    """An email in transit: when the mail server accepted it, and when its message was committed."""

    mail: Mail
    recipient: str
    accepted: float = 0
    filed: float = 0


class Site:
    """A small database and the servers of one part."""

    def __init__(self, context: dict, name: str):
        start(context["conf"])
        self.context = context
        self.folder = Path(context["folder"]) / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.database = Database(context["databases"]["small"])
        self.post = Post(self.database)

    @contextlib.contextmanager
    def node(self, name: str, **options: object) -> Iterator[Odoo]:
        """Run an Odoo server with sessions of its own and the shared file store."""
        data = self.folder / f"data-{name}"
        data.mkdir(exist_ok=True)
        if not (data / "filestore").is_symlink():
            (data / "filestore").symlink_to(Path(self.context["options"]["data_dir"]) / "filestore")
        settings = {**self.context["options"], **_OPTIONS, "data_dir": data, "logfile": self.folder / f"{name}.log"}
        with Odoo(self.folder / f"node-{name}", self.database.name, {**settings, **options}) as odoo:
            yield odoo

    def gate(self, *servers: Odoo) -> list[str]:
        """Return the command that delivers an email to one of some servers."""
        path = self.folder / f"gate-{'-'.join(str(odoo.port) for odoo in servers)}.conf"
        return get_mailgate(path, self.database.name, *(odoo.url for odoo in servers))

    @contextlib.contextmanager
    def routes(self, gates: dict[str, Sequence[Odoo]], **options) -> Iterator[Postfix]:
        """Run a Postfix with a domain for each group of servers."""
        sql_db.close_all()  # from now on this process only sends and watches
        commands = {domain: self.gate(*servers) for domain, servers in gates.items()}
        with Postfix(self.folder / "postfix", pipe_domains=commands, processes=SENDERS, **options) as postfix:
            try:
                yield postfix
            finally:
                (self.folder / "postfix.log").write_text(postfix.log)  # Postfix removes its folder

    def write(self, kinds: Sequence[str], count: int, domain: str) -> list[Sent]:
        """Write emails of all sellers to known and new customers, to dropboxes of a domain."""
        sent = []
        for number in range(count):
            seller = next(self.post.sellers)
            person = self.post.next_stranger() if number % 5 == 0 else next(self.post.contacts)
            mail = self.post.write(kinds[number % len(kinds)], (seller.name, seller.email), [person])
            sent.append(Sent(mail, f"{seller.dropbox.partition('@')[0]}@{domain}"))
        return sent

    def wait(self, sent: Sequence[Sent], timeout: float, count: int = 0) -> None:
        """Wait until emails are logged, by default all of them, and record the time of each."""
        deadline = time.monotonic() + timeout
        while (missing := (count or len(sent)) - self.note_filed(sent)) > 0:
            if time.monotonic() > deadline:
                raise ServerError(f"{missing} emails are not filed after {timeout} seconds")
            time.sleep(0.1)

    def note_filed(self, sent: Sequence[Sent]) -> int:
        """Record when each email was logged, by the clock of :func:`time.time`, and return their number."""
        query = """
            SELECT message_id, extract(epoch FROM min(pg_xact_commit_timestamp(xmin)))::float
              FROM mail_message WHERE message_id = ANY(%s) AND message_type = 'email_outgoing' GROUP BY message_id
        """
        filed = dict(self.database.query(query, [each.mail.id for each in sent]))
        for each in sent:
            each.filed = filed.get(each.mail.id, 0)
        return len(filed)

    def count_copies(self, sent: Sequence[Sent]) -> dict[str, int]:
        """Return how many emails are lost, and how many are double, in the log or on a record."""
        query = """
            SELECT count(*) FILTER (WHERE logged = 0 OR stored = 0),
                   count(*) FILTER (WHERE logged > 1 OR stored > places)
              FROM (
                SELECT (SELECT count(*) FROM crm_bcc_dropbox_email AS email
                         WHERE email.message_id = wanted.mail_id AND email.state = 'captured') AS logged,
                       stored, places
                  FROM unnest(%s) AS wanted (mail_id), LATERAL (
                       SELECT count(*) AS stored, count(DISTINCT (model, res_id)) AS places
                         FROM mail_message WHERE message_id = wanted.mail_id) AS message
              ) AS mail
        """
        [[lost, double]] = self.database.query(query, [each.mail.id for each in sent])
        return {"lost": lost, "double": double}


def submit(port: int, sent: Iterable[Sent], senders: int = SENDERS, pause: Callable[[], None] = lambda: None) -> None:
    """Hand emails to the mail server, by several connections, each with its dropbox as the only envelope recipient.

    :param pause: called before each email
    """
    queue = iter(list(sent))

    def run(_sender: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, local_hostname="client.example", timeout=60) as smtp:
            for each in queue:
                pause()
                smtp.sendmail("someone@seller.example", [each.recipient], each.mail.raw, ["BODY=8BITMIME"])
                each.accepted = time.time()

    with ThreadPoolExecutor(senders) as pool:
        list(pool.map(run, range(senders)))

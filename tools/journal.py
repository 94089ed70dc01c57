"""What is stored about the mails of an incoming mail server between two runs."""

import logging
from contextlib import contextmanager
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields
from odoo.tools import SQL

from .address import clean
from .date import is_plausible
from .reasons import prepare_reasons

_logger = logging.getLogger(__name__)

PAUSES = [timedelta(minutes=minutes) for minutes in (0, 1, 5, 30, 120)] + [timedelta(days=1)]
"""Pauses after the first, second… failed try; the last one is for all further ones."""

MAX_TEXT = 300
"""Characters of an error or a sender."""

NOT_COMMITTED = "not committed"


class Journal:
    """Remembers the mails of one incoming mail server between two runs, for :class:`Mailbox`.

    Each method uses a transaction of its own, because that of the caller may be rolled back, or last as long as the
    connection.

    :param registry: of the database
    :param int server_id: of the incoming mail server
    :param bool everything: also fetch mails that wait for a retry or were given up
    """

    def __init__(self, registry, server_id, everything=False):
        self._registry = registry
        self._server_id = server_id
        self._everything = everything

    def choose(self, keys, max_size):
        """Return which unread mails to fetch, and delete the rows of mails that are no longer unread.

        :param list keys: of the unread mails
        :param int max_size: bytes
        :return: keys of the mails to fetch now, in the same order, but with those that a user retries at the end;
            and keys of those that only need to be marked
        """
        with self._open() as polls:
            known = {poll.key: poll for poll in polls.search([("server_id", "=", self._server_id)])}
            polls.union(*(known[key] for key in known.keys() - set(keys))).unlink()
            due = [key for key in keys if key not in known or known[key]._is_due(max_size, self._everything)]
            if self._everything:  # a run may not reach all of them
                due.sort(key=lambda key: known[key].tries if key in known else 0)
            return due, [key for key in keys if key in known and known[key].state == "stored"]

    def begin(self, key, settled):
        """Count a try of a mail before it starts.

        :param list settled: keys of mails that were marked since the last call
        """
        # SQL: with two processes at the same mail, the ORM would fail
        query = SQL(
            """
            INSERT INTO crm_bcc_dropbox_poll AS poll (
                server_id, key, state, tries, next_try, create_uid, write_uid, create_date, write_date
            )
            VALUES (%(server)s, %(key)s, 'begun', 1, %(now)s, %(uid)s, %(uid)s, %(now)s, %(now)s)
                ON CONFLICT (server_id, key) DO UPDATE SET
                   state = 'begun', tries = poll.tries + 1, reason = NULL, write_date = %(now)s,
                   next_try = %(now)s + (%(pauses)s::interval[])[LEAST(poll.tries + 1, %(last)s)]
            """,
            server=self._server_id, key=key, now=fields.Datetime.now(), uid=SUPERUSER_ID,
            pauses=PAUSES, last=len(PAUSES),
        )  # fmt: skip
        with self._open() as polls:
            self._settle(polls, settled)
            polls.env.cr.execute(query)

    def fail(self, key, error):
        """Store why a mail could not be received.

        :param error: raised by the gateway; None if its transaction could not be committed
        """
        kind = type(error).__name__ if error else NOT_COMMITTED
        text = f"{kind}: {error}" if error else kind
        with self._open() as polls:
            poll = self._find(polls, [key])
            poll.write({"state": "failed", "reason": clean(text.partition("\n")[0])[:MAX_TEXT]})
            _logger.warning(
                "A mail on incoming mail server %s could not be received at try %s and stays there: %s",
                self._server_id, poll.tries, kind,
            )  # fmt: skip

    def set_aside(self, key, unclaimed):
        """Store that a mail belongs to no user: it is fetched again only if a user asks for it.

        The row has no subject, because managers who have nothing to do with the mail see the row.

        :param UnclaimedError unclaimed: the mail and the reason
        """
        mail, now = unclaimed.raw_mail, fields.Datetime.now()
        values = {
            "date": mail.date if mail.date and is_plausible(mail.date, now) else now,
            "email_from": mail.sender[:MAX_TEXT],
            "reasons": prepare_reasons([unclaimed.reason])["reasons"],
        }
        with self._open() as polls:
            self._find(polls, [key]).write({**values, "state": "unclaimed", "reason": False})

    def leave(self, sizes):
        """Store which mails are too large.

        :param dict sizes: bytes by key
        """
        with self._open() as polls:
            known = self._find(polls, list(sizes))
            known.state = "too_large"
            missing = [key for key in sizes if key not in set(known.mapped("key"))]
            new = {"server_id": self._server_id, "state": "too_large"}
            polls.create([{**new, "key": key, "size": -(-sizes[key] // 1024)} for key in missing])
            if missing:
                _logger.warning(
                    "Incoming mail server %s has %s mails that are too large.", self._server_id, len(missing)
                )

    def settle(self, keys):
        """Remember mails as stored, because the mail server may lose their marks."""
        if keys:
            with self._open() as polls:
                self._settle(polls, keys)

    def forget(self, keys):
        """Delete the rows of mails that are marked for good."""
        if keys:
            with self._open() as polls:
                self._find(polls, keys).unlink()

    def _settle(self, polls, keys):
        if keys:
            self._find(polls, keys).write({"state": "stored", "reason": False})

    def _find(self, polls, keys):
        return polls.search([("server_id", "=", self._server_id), ("key", "in", keys)])

    @contextmanager
    def _open(self):
        # inserting rows that refer to the mail server works even while the caller has locked its row
        with self._registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})["crm.bcc.dropbox.poll"]

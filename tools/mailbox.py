"""Reading mailboxes over IMAP (RFC 3501) and POP (RFC 1939) without losing a mail."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from imaplib import IMAP4
from poplib import error_proto

from .by_sender import UnclaimedError
from .deliveries import NO_ENVELOPE, Envelope

_logger = logging.getLogger(__name__)

WINDOW = 200
"""Mails per run; more than Odoo fetches in one."""

SEARCH_STEP = 50_000
"""Mails per search: `imaplib` rejects answers of more than a million bytes."""

_UID = re.compile(rb"\bUID (\d+)", re.I)
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)", re.I)


class UnavailableError(Exception):
    """The mail server responds, but does not return the mail."""


def is_no_route(error: BaseException | None) -> bool:
    """Return whether an error says that Odoo found no recipient for a mail."""
    return isinstance(error, ValueError) and str(error).startswith("No possible route")


class FetchedMail(bytes):
    """The bytes of a fetched mail, with whether the transaction of the gateway that received it was committed.

    :param Envelope envelope: what is known about the mail from outside it
    :param UnclaimedError unclaimed: why it belongs to no user and is left in the mailbox
    """

    envelope: Envelope = NO_ENVELOPE
    unclaimed: UnclaimedError | None = None
    is_watched = False
    is_stored = False
    error: Exception | None = None

    @contextmanager
    def watch(self, cr):
        """Record whether the gateway raises, and whether its transaction is committed.

        A mail that belongs to no user is no failure: that error is not raised.

        :param cr: the cursor of the transaction
        """
        self.is_watched = True
        try:
            yield
        except UnclaimedError as error:
            self.unclaimed = error
            return
        except Exception as error:
            self.error = error
            raise
        cr.postcommit.add(self._set_stored)

    def _set_stored(self):
        self.is_stored = True

    @property
    def is_done(self) -> bool:
        """Whether to mark it on the mail server: stored, without any recipient, or not received by this gateway."""
        return self.is_stored or is_no_route(self.error) or not self.is_watched


class Mailbox:
    """A connection to a mailbox, with the methods that Odoo calls on a connection.

    A mail is marked on the mail server only after its transaction was committed, or if Odoo found no recipient for it.
    The journal records each try before the mail is fetched, so that the next run knows which mail broke this run, and
    skips that mail for a while.

    :param connection: logged in; attributes that are not defined here are delegated to it
    :param journal: remembers mails between runs by key: `choose`, `begin`, `fail`, `leave`, `set_aside`, `settle` and
        `forget`
    :param int max_size: larger mails are not fetched, bytes
    :param Envelope envelope: of all mails
    """

    MARKS_AT_END = False
    """Whether marks take effect only when the connection is closed properly."""

    def __init__(self, connection, journal, max_size: int, envelope: Envelope = NO_ENVELOPE):
        self._connection = connection
        self._journal = journal
        self._max_size = max_size
        self._envelope = envelope
        self._numbers: dict[str, str] = {}  # how the mail server identifies a mail in this connection, by key
        self._due: list[str] = []
        self._settled: list[str] = []  # marked, but not yet in the journal
        self._marked: list[str] = []
        self._is_broken = False
        self._mail = FetchedMail()

    def __getattr__(self, name):
        return getattr(self._connection, name)

    # ------------------------------------------------------------
    # CALLED BY ODOO
    # ------------------------------------------------------------

    def check_unread_messages(self) -> int:
        """Find new mails, except those that wait for a retry, and return how many to fetch now."""
        self._numbers = self._find_unread()
        due, stored = self._journal.choose(list(self._numbers), self._max_size)
        for key in stored:  # an earlier run could not mark them
            self._settle(key)
        sizes = self._get_sizes(due[:WINDOW])
        too_large = {key: size for key, size in sizes.items() if size > self._max_size}
        if too_large:
            self._journal.leave(too_large)
        self._due = [key for key in sizes if key not in too_large]
        return len(self._due)

    def retrieve_unread_messages(self) -> Iterator[tuple[str, FetchedMail]]:
        """Yield the mails one by one; each try is committed to the journal before the mail is fetched."""
        for key in self._due:
            self._journal.begin(key, self._settled)
            self._settled = []
            try:
                raw = self._fetch(self._numbers[key])
            except UnavailableError as error:
                self._journal.fail(key, error)
                continue
            except Exception as error:
                self._is_broken = True  # the state of the protocol is unknown
                self._journal.fail(key, error)
                raise
            self._mail = FetchedMail(raw)
            self._mail.envelope = self._envelope
            yield key, self._mail

    def handled_message(self, key: str) -> None:
        """Mark a mail on the mail server if it is done; otherwise leave it there, for another try or for good."""
        if self._mail.unclaimed:
            self._journal.set_aside(key, self._mail.unclaimed)
        elif not self._mail.is_done:
            self._journal.fail(key, self._mail.error)
        else:
            self._settle(key)

    def _settle(self, key: str) -> None:
        """Mark a mail on the mail server."""
        try:
            is_marked = self._mark(self._numbers[key])
        except Exception:
            self._is_broken = True
            self._journal.settle([key])
            raise
        if is_marked:
            self._marked.append(key)
        else:
            _logger.warning("The mail server does not mark a mail that is stored.")
        self._settled.append(key)

    def disconnect(self) -> None:
        """Close the connection, whatever state it is in.

        Never raises: that would end Odoo's scheduled action before the other mail servers were polled.
        """
        is_over = False
        try:
            if not self._is_broken:
                self._quit()
                is_over = True
        except Exception as error:  # noqa: BLE001 the protocols can raise many things
            _logger.info("The connection to the mailbox ended with %s.", type(error).__name__)
        if not is_over:
            self._hang_up()
        try:
            self._journal.settle(self._settled)
            if is_over or not self.MARKS_AT_END:
                self._journal.forget(self._marked)
        except Exception as error:  # noqa: BLE001 the next run finds these mails again
            _logger.warning("The journal of fetched mails could not be updated: %s", type(error).__name__)

    def _hang_up(self) -> None:
        try:
            self._close()
        except Exception as error:  # noqa: BLE001 it is lost anyway
            _logger.debug("The connection could not be closed: %s", type(error).__name__)

    # ------------------------------------------------------------
    # PROTOCOL
    # ------------------------------------------------------------

    def _find_unread(self) -> dict[str, str]:
        """Return the number of each unread mail by its key, which is the same in all connections, the oldest first."""
        raise NotImplementedError

    def _get_sizes(self, keys: list[str]) -> dict[str, int]:
        """Return the sizes of mails in bytes, in the same order."""
        raise NotImplementedError

    def _fetch(self, number: str) -> bytes:
        """Return a mail, without changing it on the mail server.

        :raises UnavailableError: if the mail server responds without the mail
        """
        raise NotImplementedError

    def _mark(self, number: str) -> bool:
        """Mark a mail as received on the mail server, and return whether it did so."""
        raise NotImplementedError

    def _quit(self) -> None:
        raise NotImplementedError

    def _close(self) -> None:
        raise NotImplementedError


class ImapMailbox(Mailbox):
    """A mailbox whose unread mails are fetched and then marked as read."""

    def _find_unread(self):
        # the server may send each response several times: the last one counts
        status, counts = self._connection.select()
        if status != "OK":
            raise IMAP4.error("The mail server does not open the mailbox.")
        _name, validities = self._connection.response("UIDVALIDITY")
        epoch = (validities[-1] or b"0").decode()
        count, uids = int(counts[-1] or 0), []
        for first in range(1, count + 1, SEARCH_STEP):
            step = f"{first}:{first + SEARCH_STEP - 1}" if count - first >= SEARCH_STEP else f"{first}:*"
            status, results = self._connection.uid("SEARCH", step, "UNSEEN")
            if status != "OK":
                raise IMAP4.error("The mail server does not search the mailbox.")
            uids += b" ".join(filter(None, results)).decode().split()
        return {f"{epoch}:{uid}": uid for uid in sorted(set(uids), key=int)}

    def _get_sizes(self, keys):
        if not keys:
            return {}
        by_uid = {self._numbers[key]: key for key in keys}
        _status, answers = self._connection.uid("FETCH", ",".join(by_uid), "(RFC822.SIZE)")
        sizes = {}
        for answer in answers:
            if isinstance(answer, bytes) and (uid := _UID.search(answer)) and (size := _SIZE.search(answer)):
                sizes[uid[1].decode()] = int(size[1])
        return {key: sizes.get(uid, 0) for uid, key in by_uid.items()}  # a deleted mail is noticed when it is fetched

    def _fetch(self, number):
        status, answers = self._connection.uid("FETCH", number, "(BODY.PEEK[])")
        literals = [answer[1] for answer in answers if isinstance(answer, tuple)]
        if status != "OK" or not literals:
            raise UnavailableError("The mail server does not hand over the mail.")
        return literals[0]

    def _mark(self, number):
        status, _answers = self._connection.uid("STORE", number, "+FLAGS.SILENT", r"(\Seen)")
        return status == "OK"

    def _quit(self):
        # not CLOSE, which would remove mails that another program has marked as deleted
        self._connection.logout()

    def _close(self):
        self._connection.shutdown()


class PopMailbox(Mailbox):
    """A mailbox whose mails are fetched and then deleted."""

    MARKS_AT_END = True

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self._sizes: dict[str, int] = {}

    def _find_unread(self):
        _answer, lines, _octets = self._connection.list()
        self._sizes = {number: int(size) for number, size, *_more in (line.decode().split() for line in lines)}
        names = self._get_names()
        return {names[number]: number for number in self._sizes if number in names}

    def _get_names(self) -> dict[str, str]:
        """Return the key of each mail, which is the same in all connections, by number."""
        try:
            _answer, lines, _octets = self._connection.uidl()
        except error_proto as error:
            if not isinstance(error.args[0], bytes):  # not a response of the mail server
                raise
            # the server has no UIDL
            return {number: digest for number in self._sizes if (digest := self._get_digest(number))}
        pairs = (line.decode("latin-1").split(maxsplit=1) for line in lines)
        return dict(pair for pair in pairs if len(pair) == 2)

    def _get_digest(self, number: str) -> str:
        """Return a digest of a mail's header, or of the whole mail if there is no TOP; empty if there is neither."""
        is_small = self._sizes[number] <= self._max_size
        for command in [f"TOP {number} 0", f"RETR {number}"][: 1 + is_small]:
            with suppress(UnavailableError):
                return sha256(self._read_lines(command)).hexdigest()
        _logger.info("The mail server returns neither the header of a mail nor the whole mail.")
        return ""

    def _get_sizes(self, keys):
        return {key: self._sizes[self._numbers[key]] for key in keys}

    def _fetch(self, number):
        return self._read_lines(f"RETR {number}")

    def _read_lines(self, command: str) -> bytes:
        """Send a command and return its answer with lines of any length; `poplib` fails at 64 kB.

        :raises UnavailableError: if the mail server refuses
        :raises ConnectionError: if the answer is cut off or larger than announced
        """
        try:
            self._connection._shortcmd(command)
        except error_proto as error:
            if isinstance(error.args[0], bytes):
                raise UnavailableError(error.args[0].decode("latin-1")) from None
            raise
        raw = bytearray()
        while (line := self._read_line(self._max_size + 4 - len(raw))) != b".":
            raw += line[1:] if line.startswith(b"..") else line
            raw += b"\n"
        return bytes(raw[:-1])

    def _read_line(self, limit: int) -> bytes:
        line = self._connection.file.readline(max(limit, 1))
        if not line.endswith(b"\n"):
            raise ConnectionError("The mail ends in the middle, or is larger than the mail server announced.")
        return line.removesuffix(b"\n").removesuffix(b"\r")

    def _mark(self, number):
        try:
            self._connection.dele(number)
        except error_proto as error:
            if isinstance(error.args[0], bytes):
                return False
            raise
        return True

    def _quit(self):
        self._connection.quit()

    def _close(self):
        self._connection.close()

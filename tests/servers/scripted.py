"""Mail servers that speak enough IMAP or POP for a poll, and fail at a chosen step."""

from __future__ import annotations

import re
import socketserver
import threading
from dataclasses import dataclass, field

CRLF = b"\r\n"

#: points where the connection can end, and responses that a server can give instead
FAULTS = ("unheard", "unanswered", "half", "answered", "refused", "stalled")


@dataclass
class Fault:
    """A fault that happens once.

    :param int step: zero-based number of the command, including the greeting
    :param str kind: one of :data:`FAULTS`: the command is not executed; executed, but not answered; answered by half;
        answered, and then the connection ends; rejected; answered by half, and then the server hangs
    """

    step: int
    kind: str


class _BrokenOffError(Exception):
    """Ends the connection."""


@dataclass
class ScriptedMailbox:
    """The content of a mailbox, its next fault, and the commands it received.

    :param mails: content by UID
    :param seen: UIDs that were marked as read
    :param fault: the next fault
    :param commands: all commands so far
    :param has_uidl: whether POP has this optional command
    :param announced: sizes other than those of the mails, by UID
    :param without_top: UIDs whose header POP does not return
    :param without_retr: UIDs whose content POP does not return
    :param repeats: whether IMAP returns information in several responses, as RFC 3501 allows
    """

    mails: dict[int, bytes] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    fault: Fault | None = None
    commands: list[str] = field(default_factory=list)
    has_uidl: bool = True
    announced: dict[int, int] = field(default_factory=dict)
    without_top: set[int] = field(default_factory=set)
    without_retr: set[int] = field(default_factory=set)
    repeats: bool = False

    def add(self, raw: bytes) -> int:
        """Add a mail, and return its UID."""
        uid = max(self.mails, default=100) + 1
        self.mails[uid] = raw.replace(CRLF, b"\n").replace(b"\n", CRLF)
        return uid

    def get_size(self, uid: int) -> int:
        """Return the size of a mail as announced by the server."""
        return self.announced.get(uid, len(self.mails[uid]))

    def get_new(self) -> list[int]:
        """Return the UIDs that were neither marked as read nor deleted."""
        return sorted(self.mails.keys() - self.seen)


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        self.box: ScriptedMailbox = self.server.box
        self.step = 0
        self.is_over = False
        self.deleted = set()
        self.uids = dict(enumerate(sorted(self.box.mails), 1))
        try:
            self._answer("", lambda: self.GREETING)
            while not self.is_over and (line := self.rfile.readline()):
                command = line.decode().strip()
                self.box.commands.append(command)
                self._answer(command, lambda command=command: self._execute(command))
        except (_BrokenOffError, OSError):
            return

    def _answer(self, command: str, execute) -> None:
        """Execute a command and respond, unless a fault is due."""
        fault = self.box.fault
        kind = fault.kind if fault and fault.step == self.step else ""
        self.step += 1
        if kind:
            self.box.fault = None
        if kind == "unheard":
            raise _BrokenOffError
        answer = self._refuse(command) if kind == "refused" else execute()
        if kind == "unanswered":
            raise _BrokenOffError
        if kind in ("half", "stalled"):
            answer = answer[: len(answer) // 2]
        self.wfile.write(answer)
        if kind == "stalled":
            self.rfile.read()  # until the client gives up
        if kind in ("half", "answered", "stalled"):
            raise _BrokenOffError


class _ImapHandler(_Handler):
    GREETING = b"* OK [CAPABILITY IMAP4rev1] ready\r\n"

    def _refuse(self, command):
        return f"{command.partition(' ')[0] or '*'} NO refused\r\n".encode()

    def _execute(self, command):
        tag, _space, rest = command.partition(" ")
        name = re.sub(r"^UID ", "UID_", rest.upper()).partition(" ")[0]
        body = getattr(self, f"_do_{name.lower()}")(rest)
        return body + f"{tag} OK done\r\n".encode()

    def _do_capability(self, _command):
        return b"* CAPABILITY IMAP4rev1\r\n"

    def _do_login(self, _command):
        return b""

    def _do_authenticate(self, _command):
        self.wfile.write(b"+ \r\n")
        self.rfile.readline()
        return b""

    def _do_select(self, _command):
        answer = f"* {len(self.box.mails)} EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n".encode()
        return b"* 0 EXISTS\r\n* OK [UIDVALIDITY 6] ok\r\n" + answer if self.box.repeats else answer

    def _do_uid_search(self, _command):
        separator = "\r\n* SEARCH " if self.box.repeats else " "
        return f"* SEARCH {separator.join(map(str, self.box.get_new()))}\r\n".encode()

    def _do_uid_fetch(self, command):
        _uid, _fetch, uids, items = command.split(" ", 3)
        answers = []
        for uid in map(int, uids.split(",")):
            if uid not in self.box.mails:
                continue
            raw = self.box.mails[uid]
            if "RFC822.SIZE" in items:
                answers.append(f"* 1 FETCH (RFC822.SIZE {self.box.get_size(uid)} UID {uid})\r\n".encode())
            else:
                if "PEEK" not in items:
                    self.box.seen.add(uid)
                head = f"* 1 FETCH (UID {uid} BODY[] {{{len(raw)}}}\r\n".encode()
                answers.append(head + raw + b" FLAGS ())\r\n")
        return b"".join(answers)

    def _do_uid_store(self, command):
        self.box.seen.add(int(command.split()[2]))
        return b""

    def _do_logout(self, _command):
        self.is_over = True
        return b"* BYE\r\n"


class _PopHandler(_Handler):
    GREETING = b"+OK ready\r\n"

    def _refuse(self, _command):
        return b"-ERR refused\r\n"

    def _execute(self, command):
        name, *arguments = command.split()
        return getattr(self, f"_do_{name.lower()}")(*arguments)

    def _get_lines(self, lines):
        stuffed = [b"." + line if line.startswith(b".") else line for line in lines]
        return CRLF.join([b"+OK", *stuffed, b".", b""])

    def _do_user(self, _name):
        return b"+OK\r\n"

    _do_pass = _do_user

    def _do_list(self):
        sizes = [f"{number} {self.box.get_size(uid)}".encode() for number, uid in self.uids.items()]
        return self._get_lines(sizes)

    def _do_uidl(self):
        if not self.box.has_uidl:
            return b"-ERR unknown\r\n"
        return self._get_lines([f"{number} name-{uid}".encode() for number, uid in self.uids.items()])

    def _do_top(self, number, _lines):
        if self.uids[int(number)] in self.box.without_top:
            return self._refuse("TOP")
        head = self.box.mails[self.uids[int(number)]].partition(CRLF * 2)[0]
        return self._get_lines(head.split(CRLF))

    def _do_retr(self, number):
        if self.uids[int(number)] in self.box.without_retr:
            return self._refuse("RETR")
        return self._get_lines(self.box.mails[self.uids[int(number)]].removesuffix(CRLF).split(CRLF))

    def _do_dele(self, number):
        self.deleted.add(int(number))
        return b"+OK\r\n"

    def _do_quit(self):
        self.is_over = True
        for number in self.deleted:
            del self.box.mails[self.uids[number]]
        return b"+OK\r\n"


class ScriptedServer(socketserver.ThreadingTCPServer):
    """A server on a free port of the loopback address; also a context manager.

    :param str kind: `imap` or `pop`
    :param ScriptedMailbox box: the mailbox to serve
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, kind: str, box: ScriptedMailbox):
        super().__init__(("127.0.0.1", 0), _ImapHandler if kind == "imap" else _PopHandler)
        self.box = box
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def __exit__(self, *exc_info):
        self.shutdown()
        return super().__exit__(*exc_info)

"""A fake Odoo, and the receiver as a process of its own."""

import base64
import contextlib
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from .nameserver import Dns

RECEIVER = Path(__file__).parents[1]
TOKEN = "a" * 20
DROPBOX = f"bcc-{TOKEN}@crm.example.com"
SECONDS = 30
"""Until something that should happen has failed to."""

MAIL = b"From: Sam <sam@acme.example>\r\nTo: new@customer.example\r\nMessage-ID: <1@laptop.example>\r\n\r\nHello\r\n"


class FakeOdoo(ThreadingHTTPServer):
    """Answers as the addon does.

    :ivar dict answers: status and body per page, instead of the usual ones
    :ivar list mails: the envelope and the content of each mail
    :ivar list requests: page, headers and envelope of each request
    """

    daemon_threads = True
    request_queue_size = 100

    def __init__(self, port=0):
        super().__init__(("127.0.0.1", port), _Handler)
        self.open = set()
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.may_answer = threading.Event()
        self.arrived = threading.Condition()
        self.reset()

    def reset(self):
        """Forget what was, and answer as usual."""
        self.answers, self.mails, self.requests, self.unknown = {}, [], [], set()
        self.keeps = True
        self.may_answer.set()

    def wait_for(self, condition):
        """Wait until requests have made something true."""
        with self.arrived:
            assert self.arrived.wait_for(condition, SECONDS)

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self.shutdown()
        self.server_close()

    def close_connections(self):
        """Close those that clients keep open."""
        for connection in list(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request, client_address):
        """Clients that leave are nothing special."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # the answer in one piece

    def setup(self):
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.server.open.add(self.connection)

    def finish(self):
        self.server.open.discard(self.connection)
        super().finish()

    def do_POST(self):
        page, odoo = self.path.rpartition("/")[2], self.server
        content = self.rfile.read(int(self.headers["Content-Length"]))
        envelope = base64.b64decode(self.headers["X-BCC-Dropbox-Envelope"], validate=True).decode().split("\n")
        with odoo.arrived:
            odoo.requests.append((self.path, dict(self.headers), envelope))
            odoo.arrived.notify_all()
        odoo.may_answer.wait(SECONDS)
        default = (200, "taken" if page == "mail" else "known")
        if odoo.unknown.intersection(envelope):
            default = (422, "unknown recipient")
        answer = odoo.answers.get(page, default)
        if isinstance(answer, bytes):
            self.wfile.write(answer)
            self.close_connection = True
            return
        status, body = answer
        if page == "mail" and status == 200:
            with odoo.arrived:
                odoo.mails.append((envelope, content if odoo.keeps else len(content)))
                odoo.arrived.notify_all()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_arguments):
        pass


class Receiver:
    """The receiver as a process."""

    def __init__(self, folder, odoo, **options):
        self.config = folder / "receiver.toml"
        values = {
            "url": odoo.url, "database": "production", "login": "mailgate", "password": "s3cret",
            "smtp": "127.0.0.1:0", "lmtp": "127.0.0.1:0", "hostname": "mx.example.com", "authentication": False,
            "known_seconds": 0,
        }  # fmt: skip
        values.update(options)
        self.config.write_text(
            "".join(f"{name} = {_to_toml(value)}\n" for name, value in values.items() if value != "")
        )
        self.config.chmod(0o600)
        self.lines, self._written, self.is_ended = [], threading.Condition(), False
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # for 1,000 connections on both sides
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ODOO_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "odoo_bcc_receiver", "--config", self.config],
            cwd=RECEIVER, stderr=subprocess.PIPE, text=True, env={**environment, "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
        threading.Thread(target=self._read, daemon=True).start()
        self.wait_for_line("is ready")
        self.smtp, self.lmtp = (self._find_port(name) for name in ("SMTP", "LMTP"))

    def _read(self):
        for line in self.process.stderr:
            with self._written:
                self.lines.append(line.rstrip())
                self._written.notify_all()
        with self._written:
            self.is_ended = True
            self._written.notify_all()

    def _find_port(self, protocol):
        found = re.search(rf"listening for {protocol} on \S+:(\d+)$", self.log, re.MULTILINE)
        return found and int(found[1])

    @property
    def log(self):
        return "\n".join(self.lines)

    def wait_for(self, condition):
        """Wait until the log has made something true."""
        with self._written:
            self._written.wait_for(lambda: condition() or self.is_ended, SECONDS)
            assert condition(), self.log

    def wait_for_line(self, pattern):
        """Return the first line of the log with a pattern."""
        self.wait_for(lambda: re.search(pattern, self.log))
        return next(line for line in self.lines if re.search(pattern, line))

    @property
    def memory(self):
        """Bytes that the process took up at most."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024

    @property
    def seconds(self):
        """Processor time that the process has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self, number=signal.SIGTERM):
        """End the process, and return its exit status."""
        self.process.send_signal(number)
        return self.process.wait(SECONDS)


def _to_toml(value):
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_to_toml, value))}]"
    return str(value).lower() if isinstance(value, (bool, int, float)) else f'"{value}"'


class Client:
    """Speaks SMTP or LMTP line by line, also such as no program should."""

    def __init__(self, port, host="127.0.0.1", source=None):
        if isinstance(port, Path):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(str(port))
        else:
            self.socket = socket.create_connection((host, port), SECONDS, source_address=source and (source, 0))
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()

    def close(self):
        self.file.close()
        self.socket.close()

    def read(self):
        """Return one answer, or an empty text if the connection is closed."""
        lines = []
        with contextlib.suppress(ConnectionError):
            while line := self.file.readline().decode():
                lines.append(line.rstrip())
                if line[3:4] != "-":
                    break
        return "\n".join(lines)

    def send(self, data):
        """Send bytes as they are, if the other side still listens."""
        with contextlib.suppress(ConnectionError):
            self.socket.sendall(data)

    def ask(self, command):
        """Send a command, and return the answer."""
        self.send((command if isinstance(command, bytes) else command.encode()) + b"\r\n")
        return self.read()

    def greet(self, hello="EHLO"):
        assert self.read().startswith("220")
        return self.ask(f"{hello} client.example")

    def begin(self, *recipients, hello="EHLO", sender="sam@acme.example"):
        """Go on until the mail may be sent."""
        self.greet(hello)
        assert self.ask(f"MAIL FROM:<{sender}>").startswith("250")
        for recipient in recipients or [DROPBOX]:
            assert self.ask(f"RCPT TO:<{recipient}>").startswith("250")
        assert self.ask("DATA").startswith("354")

    def deliver(self, mail, *recipients, **options):
        """Send a mail, and return the answer."""
        self.begin(*recipients, **options)
        self.send(mail + b".\r\n")
        return self.read()


@pytest.fixture(scope="session")
def shared_odoo():
    with FakeOdoo() as server:
        yield server


@pytest.fixture
def odoo(shared_odoo):
    """A fake Odoo that knows all dropboxes."""
    shared_odoo.reset()
    yield shared_odoo
    shared_odoo.reset()


@pytest.fixture(scope="session")
def receivers(shared_odoo, tmp_path_factory):
    """Return the running receiver with some options."""
    running = {}

    def get(**options):
        key = repr(sorted(options.items()))
        if key not in running or running[key].process.poll() is not None:
            running[key] = Receiver(tmp_path_factory.mktemp("receiver"), shared_odoo, **options)
        return running[key]

    yield get
    for receiver in running.values():
        receiver.process.kill()
        receiver.process.wait()


@pytest.fixture
def start(receivers, odoo):
    """Return a function that returns a running receiver with some options."""
    return receivers


@pytest.fixture
def receiver(start):
    return start()


@pytest.fixture(scope="session")
def nameserver():
    server = Dns()
    server.start()
    return server


@pytest.fixture
def border(start, nameserver):
    """Return a receiver that checks senders."""
    return start(authentication=True, nameservers=[nameserver.address])

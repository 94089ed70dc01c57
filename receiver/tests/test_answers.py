"""What becomes of a mail when Odoo answers in any way, or not at all."""

import contextlib
import socket

import pytest

from .conftest import DROPBOX, MAIL, Client, FakeOdoo

CUT = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ntak"

ANSWERS = [
    ((200, "taken"), "250", "taken"),
    ((422, "unknown recipient"), "550", "no such recipient"),
    ((413, "too large"), "552", "HTTP status 413"),
    ((200, ""), "451", "HTTP status 200"),
    ((200, "known"), "451", "HTTP status 200"),
    ((200, "taken\n"), "451", "HTTP status 200"),
    ((200, "<html>taken</html>"), "451", "HTTP status 200"),
    ((201, "taken"), "451", "HTTP status 201"),
    ((204, ""), "451", "HTTP status 204"),
    ((302, ""), "451", "a redirection"),
    ((308, ""), "451", "a redirection"),
    ((400, "not all of the mail"), "451", "HTTP status 400"),
    ((401, "wrong login or password"), "451", "wrong login or password"),
    ((403, "access error"), "451", "HTTP status 403"),
    ((404, "taken"), "451", "is the addon installed"),
    ((411, "no length"), "451", "HTTP status 411"),
    ((422, "unknown"), "451", "HTTP status 422"),
    ((429, ""), "451", "HTTP status 429"),
    ((500, "taken"), "451", "HTTP status 500"),
    ((502, "Bad Gateway"), "451", "HTTP status 502"),
    ((503, "OperationalError"), "451", "HTTP status 503: OperationalError"),
    ((503, "secret: bcc-x"), "451", "HTTP status 503"),
    ((504, ""), "451", "HTTP status 504"),
    (CUT, "451", "no answer from Odoo: RemoteProtocolError"),
    (b"", "451", "no answer from Odoo: RemoteProtocolError"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ntaken", "451", "RemoteProtocolError"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ntaken\r\n", "451", "RemoteProtocolError"),
    (b"SSH-2.0-x\r\n", "451", "RemoteProtocolError"),
]


@pytest.mark.parametrize(("answer", "status", "logged"), ANSWERS)
def test_mail(receiver, odoo, answer, status, logged):
    odoo.answers["mail"] = answer
    for port, hello in ((receiver.smtp, "EHLO"), (receiver.lmtp, "LHLO")):
        before = len(receiver.lines)
        with Client(port) as client:
            assert client.deliver(MAIL, hello=hello).startswith(status)
            assert client.ask("NOOP") == "250 OK"
        receiver.wait_for(lambda before=before: len(receiver.lines) > before)
        assert logged in receiver.lines[-1]
        assert "secret" not in receiver.lines[-1]


@pytest.mark.parametrize(("answer", "status"), [(answer, status) for answer, status, _logged in ANSWERS])
def test_recipient(receiver, odoo, answer, status):
    if status == "250":
        answer = (200, "known")
    odoo.answers["recipients"] = (200, "taken") if answer == (200, "known") and status != "250" else answer
    with Client(receiver.smtp) as client:
        client.greet()
        client.ask("MAIL FROM:<>")
        assert client.ask(f"RCPT TO:<{DROPBOX}>").startswith({"552": "451"}.get(status, status))
        assert client.ask("DATA").startswith("354" if status == "250" else "503")


def test_down(start, odoo):
    """Nothing listens; the next mail arrives when Odoo is back."""
    with socket.create_server(("127.0.0.1", 0)) as nothing:
        port = nothing.getsockname()[1]
    receiver = start(url=f"http://127.0.0.1:{port}")
    with Client(receiver.smtp) as client:
        client.greet()
        client.ask("MAIL FROM:<>")
        assert client.ask(f"RCPT TO:<{DROPBOX}>").startswith("451")
        receiver.wait_for_line("no answer from Odoo: ConnectError")
        with FakeOdoo(port) as back:
            assert client.ask(f"RCPT TO:<{DROPBOX}>").startswith("250")
            client.ask("DATA")
            client.send(MAIL + b".\r\n")
            assert client.read().startswith("250 2.0.0")
            assert len(back.mails) == 1


@pytest.mark.parametrize("is_reached", [True, False])
def test_memory(start, odoo, is_reached):
    """Mails do not stay in memory after requests that fail, or after those that another server of Odoo answered."""
    odoo.keeps = False
    with socket.create_server(("127.0.0.1", 0)) as nothing:
        port = nothing.getsockname()[1]
    receiver = start(url=odoo.url if is_reached else f"http://127.0.0.1:{port} {odoo.url}", stop_seconds=20)
    if is_reached:
        odoo.answers["mail"] = b""
    for _number in range(15):
        with Client(receiver.lmtp) as client:
            reply = client.deliver(MAIL + (b"x" * 76 + b"\r\n") * 260_000, hello="LHLO")
            assert reply.startswith("451" if is_reached else "250")
    assert receiver.memory < 120 * 1024**2


def test_slow(start, odoo):
    receiver = start(timeout=1)
    with Client(receiver.smtp) as client:
        client.begin()
        odoo.may_answer.clear()
        client.send(MAIL + b".\r\n")
        assert client.read().startswith("451")
        odoo.may_answer.set()
        receiver.wait_for_line("TimeoutError")


def test_kept_connection(receiver, odoo):
    """That Odoo has closed a connection in the meantime is no reason to defer a mail."""
    for _number in range(3):
        with Client(receiver.smtp) as client:
            assert client.deliver(MAIL).startswith("250")
            odoo.close_connections()


def test_several_servers(start, odoo):
    with socket.create_server(("127.0.0.1", 0)) as nothing:
        port = nothing.getsockname()[1]
    receiver = start(url=f"http://127.0.0.1:{port} {odoo.url}/")
    for _number in range(5):
        with Client(receiver.smtp) as client:
            assert client.deliver(MAIL).startswith("250")


def test_client_leaves(receiver, odoo):
    """While Odoo has the mail: it is stored, and comes again, which does no harm."""
    client = Client(receiver.smtp)
    client.begin()
    odoo.may_answer.clear()
    client.send(MAIL + b".\r\n")
    odoo.wait_for(lambda: len(odoo.requests) == 2)
    client.close()
    receiver.wait_for(lambda: receiver.lines[-1].endswith("left before the answer"))
    odoo.may_answer.set()
    with Client(receiver.smtp) as client:
        assert client.deliver(MAIL).startswith("250")


def ask_for_many(receiver, letter):
    """Return clients that ask for a recipient each, all at once, and have no answer yet."""
    clients = [Client(receiver.lmtp) for _number in range(60)]
    for client in clients:
        client.greet("LHLO")
        client.ask("MAIL FROM:<>")
    for client in clients:
        client.send(f"RCPT TO:<bcc-{letter * 20}@crm.example.com>\r\n".encode())
    return clients


def test_odoo_hangs_and_recovers(start, odoo):
    """Requests that end at the same moment take no connections to Odoo with them."""
    receiver = start(timeout=1)
    for letter in "abcdef":
        odoo.may_answer.clear()
        for client in ask_for_many(receiver, letter):
            assert client.read().startswith("451")
            client.close()
        odoo.may_answer.set()
        with Client(receiver.lmtp) as client:
            assert client.deliver(MAIL, hello="LHLO").startswith("250")


@pytest.mark.parametrize("has_request", [True, False])
def test_many_clients_leave(start, odoo, has_request):
    """While Odoo is asked, before or after it has the requests."""
    receiver = start(timeout=10, stop_seconds=40 + has_request)
    for letter in "abcdefghijklmnopqrst":
        odoo.reset()
        odoo.may_answer.clear()
        clients = ask_for_many(receiver, letter)
        if has_request:
            odoo.wait_for(lambda: len(odoo.requests) == 16)
        for client in clients:
            client.close()
        odoo.may_answer.set()
        with Client(receiver.lmtp) as client:
            assert client.deliver(MAIL, hello="LHLO").startswith("250")


def test_silent_server(start, odoo):
    """A server that does not answer the connection leaves time for the others."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, contextlib.ExitStack() as stack:
        for _number in range(2):  # no further connection is accepted
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(full.getsockname())
        receiver = start(url=f"http://127.0.0.1:{full.getsockname()[1]} {odoo.url}", timeout=4)
        with Client(receiver.smtp) as client:
            assert client.deliver(MAIL).startswith("250")

"""How much at once, how long, how large; and mail that other servers would take for several (SMTP smuggling)."""

import argparse
import asyncio
import contextlib
import gc
import re
import threading
import weakref
from unittest.mock import Mock

import pytest
from odoo_bcc_receiver.incoming import IncomingMail, Memory
from odoo_bcc_receiver.server import Connection

from .conftest import DROPBOX, MAIL, Client

MB = 1024**2
LINE = b"x" * 76 + b"\r\n"

SMUGGLED = [
    b"\n.\n",
    b"\n.\r\n",
    b"\r.\r",
    b"\r.\r\n",
    b"\r\n.\n",
    b"\r\n.\r",
    b"\n\n.\r\n",
    b"\r\r\n.\r\n",
    b"\r\n\r.\r\n",
    b"\r\n.\r\r\n",
    b"\r\n\x00.\r\n\n",
    b"x\ny",
    b"x\ry",
    b"\n",
    b"\r\r",
]
EVIL = f"MAIL FROM:<eve@evil.example>\r\nRCPT TO:<{DROPBOX}>\r\nDATA\r\nFrom: boss@acme.example\r\n\r\nforged\r\n.\r\n"


@contextlib.contextmanager
def dribble(client, piece):
    """Send a piece five times a second."""
    stop = threading.Event()

    def send():
        while not stop.wait(0.2):
            client.send(piece)

    thread = threading.Thread(target=send)
    thread.start()
    yield
    stop.set()
    thread.join()


@pytest.mark.parametrize("end", SMUGGLED)
@pytest.mark.parametrize("pause", [False, True])
def test_smuggling(receiver, odoo, end, pause):
    """It is refused as a whole, whatever the pieces, and nothing in it is taken for a command."""
    with Client(receiver.smtp) as client:
        client.begin()
        data = MAIL + b"x" + end + EVIL.encode()
        for piece in re.findall(rb"(?s).", data) if pause else [data]:
            client.send(piece)
        assert client.read().startswith("554 5.5.2")
        assert not client.read()
    assert not odoo.mails


def test_smuggling_behind_the_end(receiver, odoo):
    for port, hello in ((receiver.smtp, "EHLO"), (receiver.lmtp, "LHLO")):
        with Client(port) as client:
            client.begin(hello=hello)
            client.send(MAIL + b".\r\n" + EVIL.encode())
            assert client.read().startswith("554 5.5.2")
            assert not client.read()
    assert not odoo.mails


def test_own_server(receiver, odoo):
    """What comes by LMTP from a server of one's own is not refused, but ends as it should."""
    mail = MAIL + b"x\n.\ny\r.\rz\n.\r\n\r\n..\n\r\n"
    with Client(receiver.lmtp) as client:
        assert client.deliver(mail, hello="LHLO").startswith("250")
    assert odoo.mails[0][1].endswith(MAIL + b"x\n.\ny\r.\rz\n.\r\n\r\n.\n\r\n")


@pytest.mark.parametrize(
    "data",
    [b"EHLO x\nMAIL FROM:<>\n", b"EHLO x\r\nMAIL FROM:<>\r\n", b"EHLO x\n", b"EHLO x\rMAIL FROM:<>\r\n", b"NOOP\0\r\n",
     b"\r\n", b"x" * 3000, b"NOOP " + b"x" * 3000 + b"\r\n", b"EHLO x\r\n\r\n", b"STARTTLS\r\nEHLO x\r\n"],
)  # fmt: skip
def test_pipelining(receiver, data):
    """It is not offered: commands come one by one."""
    with Client(receiver.smtp) as client:
        client.read()
        client.send(data)
        assert client.read().startswith("554 5.5.")
        assert not client.read()


def test_pipelining_before_an_answer(receiver, odoo):
    with Client(receiver.smtp) as client:
        client.greet()
        client.ask("MAIL FROM:<>")
        odoo.may_answer.clear()
        client.send(f"RCPT TO:<{DROPBOX}>\r\n".encode())
        odoo.wait_for(lambda: odoo.requests)
        client.send(b"DATA\r\n")
        assert client.read().startswith("554 5.5.0")
        assert not client.read()


def test_size(start, odoo):
    receiver = start(max_size=100_000)
    with Client(receiver.smtp) as client:
        assert "250-SIZE 100000" in client.greet()
        assert client.ask("MAIL FROM:<> SIZE=100001").startswith("552")
        assert client.ask("MAIL FROM:<> SIZE=10").startswith("250")  # a lie
        client.ask(f"RCPT TO:<{DROPBOX}>")
        client.ask("DATA")
        client.send(MAIL + LINE * 2000 + b".\r\n")
        assert client.read().startswith("552 5.3.4")
        assert client.ask("MAIL FROM:<>").startswith("250")
        client.ask(f"RCPT TO:<{DROPBOX}>")
        client.ask("DATA")
        client.send(MAIL + LINE * 1280 + b".\r\n")
        assert client.read().startswith("250")
    assert len(odoo.mails) == 1


@pytest.mark.parametrize("announced", [True, False])
def test_size_without_dots(start, odoo, announced):
    """The dots that SMTP adds to lines do not count (RFC 1870 section 6)."""
    receiver, size = start(max_size=1_000_000), 1_000_000 * announced
    for excess, status in ((0, "250"), (10, "552")):
        mail = MAIL + b".\r\n" * 320_000
        mail += b"x" * (1_000_000 + excess - len(mail) - 2) + b"\r\n"
        with Client(receiver.smtp) as client:
            client.greet()
            client.ask(f"MAIL FROM:<> SIZE={size}")
            client.ask(f"RCPT TO:<{DROPBOX}>")
            client.ask("DATA")
            client.send(mail.replace(b"\n.", b"\n..") + b".\r\n")
            assert client.read().startswith(status)
    assert [len(content) for _envelope, content in odoo.mails] == [1_000_000 + len(b"Return-Path: <>\r\n")]


def test_lines(receiver, odoo):
    text = b"x" * 65_000 + b"\r\n"
    for mail, status in (
        (MAIL + text * 3, "250"),
        (MAIL + LINE + text[:-2] + text, "554 5.6.0 A line"),
        (b"Subject: " + text[:-2] + text + b"\r\n", "554 5.6.0 A line"),
        (b"X: y\r\n" * 170_000 + b"\r\nx\r\n", "250"),
        (b"X: y\r\n" * 180_000 + b"\r\nx\r\n", "554 5.6.0 The header"),
        (b"X: y\r\n" * 180_000, "554 5.6.0 The header"),
        (b"X: y\r\n", "250"),
        (b"", "250"),
    ):
        with Client(receiver.smtp) as client:
            assert client.deliver(mail).startswith(status), (mail[:20], status)
            assert client.ask("NOOP").startswith("250")


def test_connections(start, odoo):
    receiver = start(connections=10, connections_per_network=4)
    clients = [Client(receiver.smtp, source=f"127.0.{number // 4}.1") for number in range(8)]
    clients += [Client(receiver.lmtp) for _number in range(2)]
    assert all(client.read().startswith("220") for client in clients)
    for port in (receiver.smtp, receiver.lmtp):
        with Client(port, source="127.0.9.1") as client:
            assert client.read().startswith("421 4.7.0")
            assert not client.read()
    clients.pop().close()
    with Client(receiver.smtp, source="127.0.0.9") as client:  # the same network
        assert client.read().startswith("421 4.7.0")
    receiver_is_free = threading.Event()
    for _try in range(100):
        with Client(receiver.smtp, source="127.0.9.1") as client:
            if client.read().startswith("220"):
                receiver_is_free.set()
                break
    assert receiver_is_free.is_set()
    for client in clients:
        client.close()


def test_slow_command(start):
    """A sender of one byte at a time, and one that says nothing."""
    receiver = start(command_seconds=1)
    for port in (receiver.smtp, receiver.lmtp):
        for piece in (b"N", b""):
            with Client(port) as client, dribble(client, piece):
                assert client.read().startswith("220")
                assert client.read().startswith("421 4.4.2")
                assert not client.read()


def test_slow_mail(start, odoo):
    receiver = start(mail_seconds=1)
    with Client(receiver.smtp) as client:
        client.begin()
        with dribble(client, b"x"):
            assert client.read().startswith("421 4.4.2")
    receiver.wait_for_line("not received whole")
    assert not odoo.mails


def test_client_that_does_not_read(start, odoo):
    """It is left, like one that does not write."""
    receiver = start(command_seconds=2)
    client = Client(receiver.smtp)
    client.read()
    assert client.ask("EHLO x")
    for _number in range(200):
        client.send(b"NOOP\r\n")
    with client:
        while line := client.read():
            assert line[:3] in ("250", "421", "554")


def test_chatter(receiver):
    """A client that sends only commands is left."""
    with Client(receiver.smtp) as client:
        client.greet()
        for _number in range(199):
            assert client.ask("NOOP").startswith("250")
        assert client.ask("NOOP").startswith("421")
        assert not client.read()
    with Client(receiver.lmtp) as client:  # a server of one's own asks for as many recipients as it has
        client.greet("LHLO")
        client.ask("MAIL FROM:<>")
        for _number in range(300):
            assert client.ask("RCPT TO:<x@crm.example.com>").startswith("550")


def test_idle_connections(start, odoo):
    """1,000 of them take little, and mail keeps flowing."""
    receiver = start(connections=1100, connections_per_network=1100)
    with Client(receiver.smtp) as client:
        client.deliver(MAIL)
    clients = [Client(receiver.smtp) for _number in range(1000)]
    for client in clients:
        client.greet()
    assert receiver.memory < 150 * MB
    with Client(receiver.smtp) as client:
        assert client.deliver(MAIL).startswith("250")
    for client in clients:
        client.close()


@pytest.mark.parametrize("announced", [True, False])
def test_large_mails(start, odoo, announced):
    """50 of 25 MB at once wait for each other, and other mail keeps flowing."""
    odoo.keeps = False
    receiver = start(connections_per_network=100, memory_seconds=300, stop_seconds=50 + announced)
    mail, replies = MAIL + LINE * (25 * MB // len(LINE)) + b".\r\n", []

    def send():
        with Client(receiver.smtp) as client:
            client.socket.settimeout(300)
            client.greet()
            client.ask(f"MAIL FROM:<>{f' SIZE={len(mail)}' * announced}")
            client.ask(f"RCPT TO:<{DROPBOX}>")
            client.ask("DATA")
            client.send(mail)
            replies.append(client.read()[:3])

    threads = [threading.Thread(target=send) for _number in range(50)]
    for thread in threads:
        thread.start()
    count = 0
    while any(thread.is_alive() for thread in threads):
        with Client(receiver.smtp) as client:
            assert client.deliver(MAIL).startswith("250")
        count += 1
    for thread in threads:
        thread.join()
    assert replies == ["250"] * 50
    assert count > 5
    assert receiver.memory < 300 * MB


def test_no_memory_in_time(start, odoo):
    """A large mail that waits too long is for later; small ones do not wait."""
    receiver = start(memory=2 * MB, memory_seconds=1)
    with Client(receiver.smtp) as first, Client(receiver.smtp) as second:
        first.begin()
        first.send(MAIL + LINE * 5000)  # and not its end
        second.begin()
        second.send(MAIL + LINE * 5000 + b".\r\n")
        assert second.read().startswith("451 4.3.1")
        with Client(receiver.smtp) as client:
            assert client.deliver(MAIL).startswith("250")
        first.send(b".\r\n")
        assert first.read().startswith("250")
        second.ask("MAIL FROM:<>")
        second.ask(f"RCPT TO:<{DROPBOX}>")
        second.ask("DATA")
        second.send(MAIL + LINE * 5000 + b".\r\n")
        assert second.read().startswith("250")


def test_blocked_answer():
    """A mail that needs memory waits for it, even while the client does not read the answers before."""
    settings = argparse.Namespace(max_size=10 * MB, hostname="")
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        connection = Connection(argparse.Namespace(settings=settings))
        connection.mail, connection.transport = IncomingMail(settings.max_size, is_strict=True), Mock()
        connection.transport.is_closing.return_value = False
        connection.data_received(LINE * 100)
        connection.transport.pause_reading.assert_not_called()
        connection.data_received(LINE * 2_000)
        connection.transport.pause_reading.assert_called_once_with()
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def test_garbage():
    """What is in cycles goes before a large mail gets memory; how much that is depends on the version of Python."""
    thing = argparse.Namespace()
    thing.itself, gone = thing, weakref.ref(thing)
    del thing
    gc.disable()
    try:
        asyncio.run(Memory(10).reserve(argparse.Namespace(reserved=0), 5))
        assert gone() is None
    finally:
        gc.enable()

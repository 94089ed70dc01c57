"""Nothing is lost when the receiver ends, in whichever way."""

import signal

from .conftest import DROPBOX, MAIL, Client


def test_terminated(start, odoo):
    """Mails in hand are finished, idle clients are left, and nobody new is let in."""
    receiver = start(stop_seconds=30)
    idle, busy, asking = Client(receiver.smtp), Client(receiver.smtp), Client(receiver.lmtp)
    idle.greet()
    asking.begin(hello="LHLO")
    odoo.may_answer.clear()
    asking.send(MAIL + b".\r\n")
    odoo.wait_for(lambda: len(odoo.requests) == 2)
    odoo.may_answer.set()
    assert asking.read().startswith("250")
    busy.begin()
    busy.send(MAIL)
    receiver.process.send_signal(signal.SIGTERM)
    assert idle.read().startswith("421 4.3.2")
    assert not idle.read()
    assert asking.read().startswith("421 4.3.2")
    try:
        with Client(receiver.smtp) as late:
            assert not late.read()
    except ConnectionRefusedError:
        pass
    busy.send(b"more\r\n.\r\n")
    assert busy.read().startswith("250 2.0.0")
    assert busy.read().startswith("421 4.3.2")
    assert receiver.process.wait(30) == 0
    assert len(odoo.mails) == 2


def test_terminated_at_last(start, odoo):
    """A client that never ends its mail does not hold it up."""
    receiver = start(stop_seconds=1)
    with Client(receiver.smtp) as client:
        client.begin()
        assert receiver.stop() == 0
        assert not client.read()
    assert not odoo.mails


def test_terminated_while_odoo_answers(start, odoo):
    receiver = start(stop_seconds=29)
    with Client(receiver.smtp) as client:
        client.begin()
        odoo.may_answer.clear()
        client.send(MAIL + b".\r\n")
        odoo.wait_for(lambda: len(odoo.requests) == 2)
        receiver.process.send_signal(signal.SIGTERM)
        odoo.may_answer.set()
        assert client.read().startswith("250 2.0.0")
    assert receiver.process.wait(30) == 0


def test_killed(start, odoo):
    """In the middle of DATA, and while Odoo has the mail: there is no 250, so the client keeps the mail."""
    for end in (b"", b".\r\n"):
        odoo.reset()
        receiver = start(stop_seconds=28)
        with Client(receiver.smtp) as client:
            client.begin()
            odoo.may_answer.clear()
            client.send(MAIL + end)
            if end:
                odoo.wait_for(lambda: len(odoo.requests) == 2)
            receiver.stop(signal.SIGKILL)
            assert not client.read()
    with Client(start(stop_seconds=28).smtp) as client:
        odoo.may_answer.set()
        assert client.deliver(MAIL).startswith("250")


def test_socket(start, odoo, tmp_path):
    """LMTP on a unix socket, also after a crash that left the file."""
    path = tmp_path / "lmtp"
    for _number in range(2):
        receiver = start(lmtp=str(path))
        with Client(path) as client:
            assert client.deliver(MAIL, DROPBOX, hello="LHLO").startswith("250")
        receiver.stop(signal.SIGKILL)
    assert len(odoo.mails) == 2

"""STARTTLS, and a certificate that is renewed."""

import datetime
import os
import smtplib
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from .conftest import DROPBOX, MAIL, Client

HOST = "mx.example.com"
CONTEXT = ssl.create_default_context()
CONTEXT.check_hostname, CONTEXT.verify_mode = False, ssl.CERT_NONE


def write_certificate(folder, number):
    """Write a certificate with a serial number and its key, as an ACME client does, by replacing the files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(number).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for path, content in (
        (folder / "key.pem", private),
        (folder / "cert.pem", certificate.public_bytes(serialization.Encoding.PEM)),
    ):
        path.with_suffix(".new").write_bytes(content)
        os.utime(path.with_suffix(".new"), (number, number))
        path.with_suffix(".new").replace(path)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificate")
    write_certificate(folder, 1)
    return folder


@pytest.fixture
def receiver(start, folder):
    return start(certificate=str(folder / "cert.pem"), key=str(folder / "key.pem"))


def start_tls(client):
    """Go on with TLS, and return the serial number of the certificate."""
    assert client.ask("STARTTLS").startswith("220")
    client.socket = CONTEXT.wrap_socket(client.socket, server_hostname=HOST)
    client.file = client.socket.makefile("rb")
    return x509.load_der_x509_certificate(client.socket.getpeercert(binary_form=True)).serial_number


def test_mail(receiver, odoo):
    with Client(receiver.smtp) as client:
        assert "STARTTLS" in client.greet()
        start_tls(client)
        assert client.ask("MAIL FROM:<>").startswith("503")  # all is forgotten
        offered = client.ask("EHLO client.example")
        assert "STARTTLS" not in offered
        assert "AUTH" not in offered
        assert client.ask("AUTH PLAIN AGEAYg==").startswith("502")
        assert client.ask("STARTTLS").startswith(("454", "503"))
        client.ask("MAIL FROM:<>")
        client.ask(f"RCPT TO:<{DROPBOX}>")
        client.ask("DATA")
        client.send(MAIL + b"x" * 60_000 + b"\r\n" + b".\r\n")
        assert client.read().startswith("250 2.0.0")
    assert len(odoo.mails) == 1


def test_large_mail(receiver, odoo):
    """It waits for memory in between."""
    with smtplib.SMTP("127.0.0.1", receiver.smtp) as client:
        client.starttls()
        client.sendmail("sam@acme.example", [DROPBOX], MAIL + (b"x" * 76 + b"\r\n") * 100_000)
    assert len(odoo.mails[0][1]) > 7_800_000


def test_lmtp(receiver):
    with Client(receiver.lmtp) as client:
        assert "STARTTLS" not in client.greet("LHLO")
        assert client.ask("STARTTLS").startswith("454")


def test_injection(receiver, odoo):
    """What a third party adds before TLS is not taken for a part of what comes behind it (CVE-2021-33515)."""
    with Client(receiver.smtp) as client:
        client.greet()
        client.send(b"STARTTLS\r\nMAIL FROM:<eve@evil.example>\r\n")
        assert client.read().startswith("554")
        assert not client.read()


def test_no_handshake(receiver):
    with Client(receiver.smtp) as client:
        client.greet()
        assert client.ask("STARTTLS").startswith("220")
        client.send(b"MAIL FROM:<>\r\n")
        assert not client.read().startswith("2")
    with Client(receiver.smtp) as client:
        client.greet()
        assert start_tls(client)


def test_slow_handshake(start, folder):
    """A client that stops in the handshake leaves its place to others."""
    options = {"certificate": str(folder / "cert.pem"), "key": str(folder / "key.pem")}
    receiver = start(command_seconds=1, connections_per_network=2, **options)
    for _number in range(4):
        with Client(receiver.smtp) as client:
            client.greet()
            assert client.ask("STARTTLS").startswith("220")
            assert not client.read()


def test_renewal(receiver, folder):
    """A new certificate counts for the next connection; an unreadable one does not."""
    for number in (2, 3):
        with Client(receiver.smtp) as old:
            old.greet()
            write_certificate(folder, number)
            with Client(receiver.smtp) as client:
                client.greet()
                assert start_tls(client) == number
            assert start_tls(old) < number
    (folder / "cert.pem").write_text("half a certifi")
    with Client(receiver.smtp) as client:
        client.greet()
        assert start_tls(client) == 3
    receiver.wait_for_line("cannot read the new certificate")
    (folder / "key.pem").unlink()
    with Client(receiver.smtp) as client:
        client.greet()
        assert start_tls(client) == 3
    write_certificate(folder, 4)
    with Client(receiver.smtp) as client:
        client.greet()
        assert start_tls(client) == 4


def test_idle_connections(start, odoo, folder):
    """Of 1,000 TLS connections, those over the limit are refused, and memory stays bounded."""
    options = {"certificate": str(folder / "cert.pem"), "key": str(folder / "key.pem")}
    receiver = start(connections=700, connections_per_network=700, **options)
    clients = [Client(receiver.smtp) for _number in range(1000)]
    idle, refused = clients[:700], clients[700:]
    for client in idle:
        client.greet()
        start_tls(client)
    for client in refused:
        assert client.read().startswith("421")
    assert receiver.memory < 300 * 1024**2
    for command in ("EHLO client.example", "MAIL FROM:<sam@acme.example>", f"RCPT TO:<{DROPBOX}>"):
        assert idle[0].ask(command).startswith("250")
    assert idle[0].ask("DATA").startswith("354")
    idle[0].send(MAIL + b".\r\n")
    assert idle[0].read().startswith("250")
    for client in clients:
        client.close()

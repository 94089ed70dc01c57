"""Real servers with the lines that *Set Up BCC Dropbox* shows; only ports and paths of this machine differ."""

import threading
from pathlib import Path

import dns.resolver

from ..tools import setup_lines
from .certificates import make_certificate
from .servers import Postfix, Receiver
from .servers.sandbox import NameServer

SENDERS = """
acme.example. 60 IN TXT "v=spf1 ip4:127.0.0.1 -all"
_dmarc.acme.example. 60 IN TXT "v=DMARC1; p=reject"
"""
CREDENTIALS = "/run/credentials/odoo-bcc-receiver.service"


class SetupServers:
    """Mixin for tests that copy the lines: a dictionary with each text by its title.

    :cvar Path folder: for the files of the servers
    :cvar str password: of the user whom the lines name
    :ivar Receiver own_receiver: the one started last
    """

    folder: Path
    password: str

    def _start(self, server):
        self.addCleanup(server.remove)
        server.start()
        return server

    def _start_own(self, lines):
        """Start the receiver and Postfix of the way *Our own mail server*; return Postfix."""
        receiver = self._start_receiver(lines[f"Save as {setup_lines.RECEIVER_FILE}"])
        path = setup_lines.RECIPIENTS_FILE
        [main] = [text for title, text in lines.items() if "main.cf" in title]
        main = main.replace("127.0.0.1:2424", f"127.0.0.1:{receiver.lmtp_port}")
        postfix = self._start_postfix(main, {path: lines[f"Save as {path}"]})
        postfix.configure(lines["Only if nothing else uses this domain"])
        return postfix

    def _start_provider(self, lines, domain):
        """Start the receiver of a provider's way, and a Postfix that finds it in the DNS; return Postfix.

        The certificate is not for `localhost`, because a provider does not check it.
        """
        names = self._start_names(lines["Add to your DNS"].replace("IP ADDRESS OF THE RECEIVER", "127.0.0.1"))
        certificate = self.folder / "own.pem"
        certificate.write_bytes(make_certificate(domain))
        text = f'{lines[f"Save as {setup_lines.RECEIVER_FILE}"]}\nnameservers = ["127.0.0.1:{names}"]'
        files = {f"{CREDENTIALS}/{name}.pem": str(certificate) for name in ("certificate", "key")}
        receiver = self._start_receiver(text, **files)
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], names
        [exchange] = resolver.resolve(domain, "MX")
        [address] = resolver.resolve(exchange.exchange, "A")
        settings = "smtp_tls_security_level = encrypt\nsmtp_tls_loglevel = 1"
        return self._start_postfix(settings, dropbox_routes={domain: f"smtp:[{address}]:{receiver.smtp_port}"})

    def _start_receiver(self, text, **changes):
        """Start a receiver with the text of a configuration file."""
        receiver = Receiver(self.folder / "own_receiver")
        changes = {
            setup_lines.PLACEHOLDER: self.password,
            "127.0.0.1:2424": f"127.0.0.1:{receiver.lmtp_port}",
            '"0.0.0.0:25"': f'"127.0.0.1:{receiver.smtp_port}"',
            ', "[::]:25"': "",
            **changes,
        }
        for old, new in changes.items():
            text = text.replace(old, new)
        receiver.configuration = text
        self.own_receiver = self._start(receiver)
        return receiver

    def _start_postfix(self, main="", files=(), **options):
        """Start a Postfix with more settings.

        :param str main: lines of `main.cf`
        :param files: text of each file in its folder, by the path in the manual
        """
        folder = self.folder / "own_postfix"
        settings = dict(line.split(" = ", 1) for line in main.replace("/etc/postfix", f"{folder}/etc").splitlines())
        postfix = Postfix(folder, settings=settings, **options)
        (postfix.folder / "etc").mkdir(exist_ok=True)
        for path, text in dict(files).items():
            (postfix.folder / "etc" / Path(path).name).write_text(text + "\n")
        return self._start(postfix)

    def _start_names(self, records):
        """Start a DNS with records, and return its port."""
        server = NameServer(f"$TTL 60\n{records}{SENDERS}", ("127.0.0.1", 0))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server.server_address[1]

"""The Postfix of the tests, with a way of its own into each Odoo server."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

# scripts/bench is below the checkout, as are the fixtures of the tests
sys.path.append(str(Path(__file__).parents[2] / "tests"))

from servers import Dovecot, Odoo, Postfix, ServerError, send, wait_for

SENDERS = 8
# Mail for this domain goes to any of several servers; when it cannot be delivered, the dice are thrown again.
SPREAD_DOMAIN = "nodes.example"

_TRANSPORT = """\
{name} unix - n n - {processes} pipe
  flags=DORhu user={account} null_sender=
  argv={mailgate} --recipient=${{original_recipient}} --recipient=${{recipient}} --sender=${{sender}}
"""


class Routes(Postfix):
    """Gives each domain to a server of its own, and one domain to several.

    :param gates: for each domain the command that delivers to its server
    :param spread: the domains whose servers share `SPREAD_DOMAIN`
    """

    def __init__(self, folder, gates: Mapping[str, Sequence[str]], spread: Sequence[str] = (), **options):
        first = next(iter(gates.values()))
        super().__init__(folder, mailgate=first, **options)
        self.gates = {domain: list(map(str, gate)) for domain, gate in gates.items()}
        self.spread = list(spread)

    def _write_configuration(self) -> None:
        super()._write_configuration()
        etc = self.folder / "etc"
        names = {domain: f"gate{number}" for number, domain in enumerate(self.gates)}
        with (etc / "master.cf").open("a") as master:
            for domain, gate in self.gates.items():
                self.mailgate = gate
                # as many deliveries at once in all, whether they go to one server or to two
                processes = SENDERS // len(self.spread) if domain in self.spread else SENDERS
                values = {"account": self.account.pw_name, "mailgate": " ".join(self._stage()), "processes": processes}
                master.write(_TRANSPORT.format(name=names[domain], **values))
        with (etc / "transport").open("a") as table:
            table.write("".join(f"{domain} {name}:\n" for domain, name in names.items()))
            # notices to senders end here, as all mail to strangers
            table.write("seller.example sink:\nmx.example sink:\n")
        with (etc / "main.cf").open("a") as main:
            main.write("".join(f"{name}_destination_recipient_limit = 1\n" for name in names.values()))
            main.write("bccpipe_initial_destination_concurrency = 8\n")
        if self.spread:
            dice = ",".join(f"{names[domain]}:" for domain in self.spread)
            text = (etc / "main.cf").read_text()
            before = f"transport_maps = texthash:{etc}/transport"
            assert before in text
            # dice answer whatever they are asked, so they are asked for the one domain only
            spread = f"pipemap:{{inline:{{{SPREAD_DOMAIN}=any}},randmap:{{{dice}}}}}"
            (etc / "main.cf").write_text(text.replace(before, f"{before}, {spread}"))


__all__ = ["SENDERS", "SPREAD_DOMAIN", "Dovecot", "Odoo", "Routes", "ServerError", "send", "wait_for"]

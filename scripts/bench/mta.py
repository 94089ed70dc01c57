"""The Postfix of the tests, with a way of its own into each Odoo server."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

# scripts/bench is below the checkout, as are the fixtures of the tests
sys.path.append(str(Path(__file__).parents[2] / "tests"))

from servers import Dovecot, Odoo, Postfix, ServerError, send, wait_for

SENDERS = 8

_TRANSPORT = """\
{name} unix - n n - {processes} pipe
  flags=DORhu user={account} null_sender=
  argv={mailgate} --recipient=${{original_recipient}} --recipient=${{recipient}} --sender=${{sender}}
"""


class Routes(Postfix):
    """Gives each domain to a server of its own, or to several.

    :param gates: for each domain the command that delivers its mail
    """

    def __init__(self, folder, gates: Mapping[str, Sequence[str]], **options):
        super().__init__(folder, mailgate=next(iter(gates.values())), **options)
        self.gates = {domain: list(map(str, gate)) for domain, gate in gates.items()}

    def _write_configuration(self) -> None:
        super()._write_configuration()
        etc = self.folder / "etc"
        names = {domain: f"gate{number}" for number, domain in enumerate(self.gates)}
        with (etc / "master.cf").open("a") as master:
            for domain, gate in self.gates.items():
                self.mailgate = gate
                values = {"account": self.account.pw_name, "mailgate": " ".join(self._stage()), "processes": SENDERS}
                master.write(_TRANSPORT.format(name=names[domain], **values))
        with (etc / "transport").open("a") as table:
            table.write("".join(f"{domain} {name}:\n" for domain, name in names.items()))
        with (etc / "main.cf").open("a") as main:
            main.write("".join(f"{name}_destination_recipient_limit = 1\n" for name in names.values()))


__all__ = ["SENDERS", "Dovecot", "Odoo", "Routes", "ServerError", "send", "wait_for"]

"""The sample mail of `./dev run`: sent through SMTP as a salesperson would, then looked up in Odoo."""

from __future__ import annotations

import email.message
import email.utils
import smtplib
import time
import xmlrpc.client
from dataclasses import dataclass
from typing import Any

from .console import DevError, step

_TIMEOUT = 60
_EMAIL = "crm.bcc.dropbox.email"


@dataclass(frozen=True)
class Report:
    """What became of the sample: whether it was filed, and the text that tells where."""

    filed: bool
    text: str


class Client:
    """A user of an Odoo database, through XML-RPC."""

    def __init__(self, database: str, port: int, login: str):
        self._database, self._password = database, login
        url = f"http://127.0.0.1:{port}/xmlrpc/2"
        self._object = xmlrpc.client.ServerProxy(f"{url}/object", allow_none=True)
        common = xmlrpc.client.ServerProxy(f"{url}/common")
        self.uid = common.authenticate(database, login, login, {})
        if not self.uid:
            raise DevError(f"the user {login} cannot log in", "was its password changed? ./dev run --fresh starts over")

    def __call__(self, model: str, method: str, *arguments: Any, **options: Any) -> Any:
        """Call a method of a model."""
        try:
            return self._object.execute_kw(self._database, self.uid, self._password, model, method, arguments, options)
        except xmlrpc.client.Fault as fault:
            raise DevError(f"{model}.{method} failed", "read the server log", fault.faultString) from None


def file_one(database: str, port: int, postfix, dovecot, domain: str) -> Report:
    """Send a mail to a customer with the dropbox in Bcc, and wait for its result.

    :param domain: the mail domain that ends in Odoo
    """
    admin, owner = Client(database, port, "admin"), Client(database, port, "demo")
    with step("setting up mail in Odoo"):
        _ensure_alias_domain(admin, domain)
        _ensure_polling(admin, dovecot)
        _ensure_sending(admin, postfix)
    user = owner("res.users", "read", [owner.uid], ["email", "bcc_dropbox_address"])[0]
    if not user["bcc_dropbox_address"]:
        raise DevError("the user demo has no dropbox", "give it the right to use one, or ./dev run --fresh")
    customer = _find_customer(owner)
    message = _write(user["email"], customer)
    with step("sending the sample mail"):
        started = time.monotonic()
        with smtplib.SMTP("127.0.0.1", postfix.smtp_port, timeout=30) as smtp:
            smtp.send_message(message, user["email"], [customer, user["bcc_dropbox_address"]])
        mail = _wait_for(admin, str(message["Message-Id"]), started)
    seconds = time.monotonic() - started
    if not mail:
        return Report(False, f"the sample mail is not in Odoo after {_TIMEOUT} s; Postfix says:\n{postfix.log[-3000:]}")
    return _describe(admin, mail, seconds)


def _ensure_alias_domain(admin: Client, domain: str) -> None:
    """Let the company have the domain, of which the dropboxes' addresses are."""
    found = admin("mail.alias.domain", "search", [("name", "=", domain)])
    domain_id = found[0] if found else admin("mail.alias.domain", "create", {"name": domain})
    companies = admin("res.company", "search", [("alias_domain_id", "!=", domain_id)])
    if companies:
        admin("res.company", "write", companies, {"alias_domain_id": domain_id})


def _ensure_polling(admin: Client, dovecot) -> None:
    """Let Odoo's own scheduled job poll the mailbox, whose port and password are new at each start."""
    values = {
        "name": "Mailbox of ./dev run",
        "server_type": "imap",
        "server": "127.0.0.1",
        "port": dovecot.imap_port,
        "is_ssl": False,
        "user": dovecot.user,
        "password": dovecot.password,
        "state": "done",
    }
    _ensure(admin, "fetchmail.server", values)


def _ensure_sending(admin: Client, postfix) -> None:
    """Let Odoo send through our Postfix: it delivers what is for Odoo, and throws all else away."""
    values = {"smtp_host": "127.0.0.1", "smtp_port": postfix.smtp_port, "smtp_encryption": "none", "sequence": 1}
    _ensure(admin, "ir.mail_server", {"name": "Postfix of ./dev run", **values})


def _ensure(admin: Client, model: str, values: dict[str, Any]) -> None:
    """Write the record of a name, or create it."""
    found = admin(model, "search", [("name", "=", values["name"])])
    if found:
        admin(model, "write", found, values)
    else:
        admin(model, "create", values)


def _find_customer(owner: Client) -> str:
    """Return the address of an open lead."""
    domain = [("email_normalized", "!=", False), ("stage_id.is_won", "=", False)]
    leads = owner("crm.lead", "search_read", domain, fields=["email_normalized"], limit=1)
    return leads[0]["email_normalized"] if leads else "new.customer@example.net"


def _write(sender: str, customer: str) -> email.message.EmailMessage:
    message = email.message.EmailMessage()
    message["From"], message["To"] = sender, customer
    message["Subject"] = "Our offer"
    message["Date"] = email.utils.localtime()
    message["Message-Id"] = email.utils.make_msgid(domain="client.example")
    message.set_content("Good morning,\n\nhere is the offer we talked about.\n")
    return message


def _wait_for(admin: Client, message_id: str, started: float) -> dict | None:
    """Return the row that the log of captured mails has for a mail, once it has a result."""
    fields = ["state", "reason", "found_in", "email_from", "line_ids", "duration", "user_id"]
    mail = None
    while time.monotonic() < started + _TIMEOUT:
        found = admin(_EMAIL, "search_read", [("message_id", "=", message_id)], fields=fields)
        mail = found[0] if found else None
        if mail and mail["state"] != "pending":
            break
        time.sleep(0.02)
    return mail


def _describe(admin: Client, mail: dict, seconds: float) -> Report:
    """Tell where a mail was filed."""
    filed = mail["state"] == "captured"
    rows = [
        ("state", mail["state"]),
        ("dropbox", f"of {mail['user_id'][1]}, found in {mail['found_in']}"),
        ("sender", mail["email_from"]),
    ]
    fields = ["email", "outcome", "reason", "res_model", "res_id", "record"]
    for line in admin("crm.bcc.dropbox.email.line", "read", mail["line_ids"], fields):
        where = f"{line['record']} ({line['res_model']},{line['res_id']})" if line["res_id"] else line["reason"]
        rows.append((line["outcome"], f"{line['email']} -> {where}"))
    if mail["reason"]:
        rows.append(("reason", mail["reason"]))
    in_odoo = f", {mail['duration']} ms of it filing" if mail["duration"] else ""
    rows.append(("time", f"{seconds * 1000:.0f} ms from SMTP to the record{in_odoo}"))
    title = f"The sample mail was {'filed' if filed else 'NOT filed'}:"
    return Report(filed, "\n".join([title, *(f"  {name:<8} {value}" for name, value in rows)]))

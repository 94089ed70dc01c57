"""`./dev run`: Odoo with demo data, its mail servers, and a sample email that shows them at work."""

import argparse
import contextlib
import email.message
import email.utils
import os
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import servers

from . import packages, setup
from .console import DevError, say, step
from .databases import Databases
from .odoo import Odoo, get_mailgate
from .postgres import Cluster
from .state import State

_STOP_SECONDS, _SAMPLE_SECONDS = 20, 60
_DOMAIN, _MAILBOX_DOMAIN = "bcc.example", "poll.example"
_RECEIVER_PORT = 2525


def serve(state: State, options: argparse.Namespace) -> int:
    """Start everything, show a sample email, and serve until interrupted, unless this is a check."""
    with state.lock_if_free(f"run-{state.key}") as free, setup.odoo(state, *packages.FOR_MAIL) as odoo:
        if not free:
            raise DevError("this checkout runs already", "./dev stop")
        database = Databases(odoo).ensure_demo(fresh=options.fresh, url=f"http://localhost:{options.port}")
        try:
            with _all_servers(odoo, database, options.port) as running:
                logged, text = _log_one(*running)
                print(text, flush=True)
                if not options.check:
                    _wait(*running)
        except servers.ServerError as error:
            raise DevError(str(error), f"read {state.log('server')}; ./dev stop, then try again") from None
    return int(options.check and not logged)


@contextlib.contextmanager
def _all_servers(odoo: Odoo, database: str, port: int) -> Iterator[tuple]:
    """Run Odoo, Postfix, which delivers by the receiver and the script, and Dovecot, which Odoo polls."""
    state = odoo.state
    if servers.accepts_connections(port):
        raise DevError(f"port {port} is in use", "choose another one with --port")
    url, smtp_port = f"http://127.0.0.1:{port}", 0 if servers.accepts_connections(_RECEIVER_PORT) else _RECEIVER_PORT
    receiver = servers.Receiver(state.own / "receiver", database, url, python=odoo.python, smtp_port=smtp_port)
    mailgate = get_mailgate(state.own / "mailgate.conf", database, url)
    domains = {"pipe_domains": [_DOMAIN], "mailbox_domains": [_MAILBOX_DOMAIN]}
    domains["dropbox_routes"] = {_DOMAIN: f"lmtp:inet:127.0.0.1:{receiver.lmtp_port}"}
    state.log("server").unlink(missing_ok=True)
    options = odoo.options(crons=1, log=state.log("server")) | {"dbfilter": f"^{database}$"}
    server = servers.Odoo(state.own / "odoo", database, options, odoo.command("server"), port=port)
    server.environment = odoo.environment()
    with contextlib.ExitStack() as stack:
        with step("starting Odoo"):
            stack.enter_context(server)
        _pid_file(state).write_text(str(server.process.pid))
        stack.callback(_pid_file(state).unlink)
        with step("starting the receiver, Postfix and Dovecot"):
            stack.enter_context(receiver)
            dovecot = stack.enter_context(servers.Dovecot(state.own / "dovecot"))
            postfix = servers.Postfix(state.own / "postfix", mailgate=mailgate, mailbox=dovecot, **domains)
            stack.enter_context(postfix)
        yield server, postfix, dovecot, receiver


def _wait(server, postfix, dovecot, receiver) -> None:
    """Serve until the server ends, or until Ctrl-C."""
    say(
        f"\nOdoo:    http://localhost:{server.port} (admin/admin, demo/demo)\n"
        f"SMTP:    127.0.0.1:{postfix.smtp_port}, Postfix: BCC addresses at {_DOMAIN} go to the receiver by LMTP,"
        f" others to the script; {dovecot.user}@{_MAILBOX_DOMAIN} is polled from\n"
        f"         127.0.0.1:{receiver.smtp_port}, the receiver, for BCC addresses only\n"
        f"IMAP:    127.0.0.1:{dovecot.imap_port}, POP3: 127.0.0.1:{dovecot.pop3_port}\n"
        "Ctrl-C ends it."
    )
    with contextlib.suppress(KeyboardInterrupt):
        server.process.wait()
    say("stopping ...")


def _log_one(server, postfix, dovecot, _receiver) -> tuple[bool, str]:
    """Send an email with the dropbox in Bcc, and return whether it was logged and a text about it."""
    admin, owner = server.call, server.as_user("demo", "demo").call
    with step("setting up mail in Odoo"):
        _set_up_mail(admin, postfix, dovecot)
    fields = ["email", "bcc_dropbox_address"]
    user = owner("res.users", "search_read", [("login", "=", "demo")], fields=fields)[0]
    if not user["bcc_dropbox_address"]:
        raise DevError("the user demo has no dropbox", "give it the right to use one, or ./dev run --fresh")
    open_leads = [("email_normalized", "!=", False), ("stage_id.is_won", "=", False)]
    leads = owner("crm.lead", "search_read", open_leads, fields=["email_normalized"], limit=1)
    customer = leads[0]["email_normalized"] if leads else "new.customer@example.net"
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = user["email"], customer, "Our offer"
    message["Date"] = email.utils.localtime()
    message["Message-Id"] = email.utils.make_msgid(domain="client.example")
    message.set_content("Good morning,\n\nhere is the offer we talked about.\n")
    with step("sending the sample mail"):
        started = time.monotonic()
        recipients = [customer, user["bcc_dropbox_address"]]
        servers.send("127.0.0.1", postfix.smtp_port, user["email"], recipients, message.as_bytes())
        try:
            captured = _wait_for(admin, str(message["Message-Id"]))
        except servers.ServerError as error:
            return False, f"{error}; Postfix says:\n{postfix.log[-3000:]}"
    seconds = time.monotonic() - started
    return captured["state"] == "captured", _describe(admin, captured, seconds)


def _set_up_mail(admin: Callable[..., Any], postfix, dovecot) -> None:
    """Let the company use the domain, the job poll our mailbox, and Odoo send by our Postfix."""
    domain_id = _ensure(admin, "mail.alias.domain", {"name": _DOMAIN})
    if companies := admin("res.company", "search", [("alias_domain_id", "!=", domain_id)]):
        admin("res.company", "write", companies, {"alias_domain_id": domain_id})
    mailbox = {"name": "Mailbox of ./dev run", "server_type": "imap", "server": "127.0.0.1", "is_ssl": False}
    account = {"port": dovecot.imap_port, "user": dovecot.user, "password": dovecot.password, "state": "done"}
    _ensure(admin, "fetchmail.server", {**mailbox, **account})
    server = {"name": "Postfix of ./dev run", "smtp_host": "127.0.0.1", "smtp_port": postfix.smtp_port}
    _ensure(admin, "ir.mail_server", {**server, "smtp_encryption": "none", "sequence": 1})


def _ensure(admin: Callable[..., Any], model: str, values: dict[str, Any]) -> int:
    """Write or create the record with a name, and return its id."""
    found = admin(model, "search", [("name", "=", values["name"])])
    if not found:
        return admin(model, "create", values)
    admin(model, "write", found, values)
    return found[0]


def _wait_for(admin: Callable[..., Any], message_id: str) -> dict:
    """Return the captured email with a Message-Id, as soon as it has a result."""
    fields = ["state", "reason", "delivered_by", "email_from", "line_ids", "duration", "user_id"]
    domain = [("message_id", "=", message_id), ("state", "!=", "pending")]
    find = partial(admin, "crm.bcc.dropbox.email", "search_read", domain, fields=fields)
    return servers.wait_for(find, _SAMPLE_SECONDS, "the result of the sample mail")[0]


def _describe(admin: Callable[..., Any], captured: dict, seconds: float) -> str:
    """Return where an email was logged."""
    dropbox = f"of {captured['user_id'][1]}, delivered by {captured['delivered_by']}"
    rows = [("state", captured["state"]), ("dropbox", dropbox), ("sender", captured["email_from"])]
    fields = ["email", "outcome", "reason", "res_model", "res_id", "record"]
    for line in admin("crm.bcc.dropbox.email.line", "read", captured["line_ids"], fields):
        where = f"{line['record']} ({line['res_model']},{line['res_id']})" if line["res_id"] else line["reason"]
        rows.append((line["outcome"], f"{line['email']} -> {where}"))
    rows.append(("reason", captured["reason"] or "-"))
    rows.append(("time", f"{seconds * 1000:.0f} ms from SMTP to the record, {captured['duration']} ms of it logging"))
    title = f"The sample mail was {'logged' if captured['state'] == 'captured' else 'NOT logged'}:"
    return "\n".join([title, *(f"  {name:<8} {value}" for name, value in rows)])


def stop(state: State, _options: argparse.Namespace) -> int:
    """Stop what an earlier run of this checkout left, and PostgreSQL if it is unused."""
    if pid := _get_server_pid(state):
        with step("stopping Odoo"), contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
            try:
                servers.wait_for(lambda: not _get_server_pid(state), _STOP_SECONDS, "the end of Odoo")
            except servers.ServerError:
                os.kill(pid, signal.SIGKILL)
        say("stopped Odoo")
    _pid_file(state).unlink(missing_ok=True)
    if not servers.missing_programs():
        for kind in (servers.Postfix, servers.Dovecot, servers.Receiver):
            kind(state.own / kind.__name__.lower()).leave()
    if packages.postgres_folders() and not Cluster(state).stop_unless_used():
        say("PostgreSQL is in use by another ./dev, and goes on")
    return 0


def _pid_file(state: State) -> Path:
    return state.own / "server.pid"


def _get_server_pid(state: State) -> int | None:
    """Return the process of this checkout's server; another process may have its number now."""
    try:
        pid = int(_pid_file(state).read_text())
        return pid if "odoo.conf" in Path(f"/proc/{pid}/cmdline").read_text() else None
    except (OSError, ValueError):
        return None

"""Runs in an Odoo shell: fills a database with version 19.0.1.2.0 of the addon, and dumps the content of a database.

:func:`fill` knows that version, which never changes; :func:`dump` and :func:`deliver` work with every version.
"""

import base64
from contextlib import closing
from datetime import timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

PARAMETERS = {
    "authentication_host": "mx.acme.example",
    "max_attachment_mb": "1",
    "max_recipients": "3",
    "max_senders": "4",
    "retention_days": "45",
}
"""Those that were changed by an administrator, without the prefix."""

MAIL = """\
X-Original-To: {dropbox}
Received: from laptop.example (laptop.example [192.0.2.7]) by mx.acme.example; Mon, 23 Nov 2026 10:00:00 +0100
From: {sender}
To: {to}
Subject: {subject}
Date: Mon, 23 Nov 2026 10:00:00 +0100
Message-ID: <{subject}@laptop.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

Here is our offer.
--b{file}--
"""

FILE = """
Content-Type: application/pdf; name="{name}"
Content-Disposition: attachment; filename="{name}"
Content-Transfer-Encoding: base64

{content}
--b"""

FILTERS = {
    "To do": """[["state", "in", ["unmatched", "refused", "failed"]], ["dismissed", "=", False]]""",
    "Not dismissed": """[('dismissed', '!=', True), ("state", "=", "refused")]""",
    "Dismissed": """['|', ('dismissed', '=', True), ('state', '=', 'pending')]""",
}
"""That a user saved."""

QUERIES = {
    "messages": "SELECT * FROM mail_message WHERE bcc_dropbox_captured",
    "files": "SELECT id, name, res_model, res_id, checksum FROM ir_attachment WHERE name LIKE '%.pdf'",
    "leads": "SELECT id, name, active, email_from, user_id FROM crm_lead",
    "parameters": "SELECT id, key, value FROM ir_config_parameter WHERE key LIKE 'crm_bcc_dropbox.%'",
    "users": "SELECT id, login, bcc_dropbox_email_proved FROM res_users",
    "jobs": "SELECT id, interval_number, interval_type, active FROM ir_cron",
}


def install(env):
    """Install the addon, and return an environment with it."""
    env["res.lang"]._activate_lang("de_DE")
    env["ir.module.module"].update_list()
    env["ir.module.module"].search([("name", "=", "crm_bcc_dropbox")]).button_immediate_install()
    return api.Environment(Registry(env.cr.dbname).cursor(), SUPERUSER_ID, {})


def fill(env):
    """Install the addon, and create a row of each state and a line of each outcome, in two languages."""
    env = install(env)
    with closing(env.cr):
        sam, lea = _make_users(env)
        for key, value in PARAMETERS.items():
            env["ir.config_parameter"].set_param(f"crm_bcc_dropbox.{key}", value)
        env.ref("mail.ir_cron_mail_gateway_action").interval_number = 7
        for name, domain in FILTERS.items():
            env["ir.filters"].create({"name": name, "model_id": "crm.bcc.dropbox.email", "domain": domain})
        env["crm.lead"].create({"name": "Big deal", "email_from": "leo@customer.example", "user_id": sam.id})
        target = env["crm.lead"].create({"name": "Other deal", "user_id": sam.id})
        env.cr.commit()
        dropbox = sam.bcc_dropbox_address
        _deliver_mails(env, sam, lea)
        _act(env, sam, target)
        sam.bcc_dropbox_ids._regenerate(grace_days=7)
        lea.bcc_dropbox_ids._regenerate()
        env.cr.commit()
        receive(env, dropbox=dropbox, subject="during-grace")
        return {**dump(env), "dropbox": dropbox}


def _make_users(env):
    domain = env["mail.alias.domain"].create({"name": "acme.example"})
    env.company.alias_domain_id = domain
    group = env.ref("sales_team.group_sale_salesman_all_leads")
    logins = {"sam": "en_US", "lea": "de_DE"}
    sam, lea = env["res.users"].create(
        [
            {
                "name": login.title(), "login": login, "email": f"{login}@acme.example", "lang": lang,
                "group_ids": [(4, group.id)],
            }
            for login, lang in logins.items()
        ]
    )  # fmt: skip
    (sam | lea).bcc_dropbox_ids.sender_ids.verified = True
    lea.write({"bcc_dropbox_lookup": "contact", "bcc_dropbox_create": "contact"})
    Sender = env["crm.bcc.dropbox.sender"]
    Sender.create({"user_id": sam.id, "email": "sam@private.example", "verified": True})
    Sender.create({"user_id": sam.id, "email": "sam@unconfirmed.example"})
    return sam, lea


def _deliver_mails(env, sam, lea):
    Email = env.registry["crm.bcc.dropbox.email"]
    receive(env, sam, subject="matched", to="leo@customer.example")
    receive(env, sam, subject="created", to="new@customer.example, leo@customer.example")
    receive(env, sam, subject="left-out", to="leo@customer.example", files=(900, 800))
    receive(env, sam, subject="skipped", to=", ".join(f"c{number}@customer.example" for number in range(5)))
    receive(env, sam, subject="private", sender="sam@private.example")
    for subject in ("refused", "refused-dismissed"):
        receive(env, sam, subject=subject, sender="stranger@else.example")
    receive(env, lea, subject="refused-german", sender="stranger@else.example")
    receive(env, lea, subject="captured-german", to="hans@customer.example")
    for subject in ("unmatched", "unmatched-dismissed", "by-hand"):
        receive(env, sam, subject=subject, to="lea@acme.example")
    for subject in ("undone", "moved"):
        receive(env, sam, subject=subject, to="leo@customer.example")
    with patch.object(Email, "_file", side_effect=RuntimeError("The disk is full")):
        for subject in ("pending", "failed"):
            receive(env, sam, subject=subject)
        failed = _find(env, "failed")
        for _try in range(4):
            failed.next_try = "2020-01-01"
            env.cr.commit()
            failed._try_again()
            env.invalidate_all()
    # so that no job files it before the update
    _find(env, "pending").next_try = env.cr.now() + timedelta(days=1)
    env.cr.commit()


def _act(env, sam, target):
    env = env(user=sam.id)
    for subject in ("refused-dismissed", "unmatched-dismissed"):
        _find(env, subject).action_dismiss()
    _find(env, "undone").action_undo()
    _find(env, "by-hand")._file_by_hand(target.with_env(env))
    _find(env, "moved").line_ids._move_to(target.with_env(env))
    env.cr.commit()


def _find(env, subject):
    """Find the row of a mail; that of a pending one may have no header values yet."""
    return env["crm.bcc.dropbox.email"].search([("message_id", "=", f"<{subject}@laptop.example>")])


def receive(env, owner=None, *, dropbox="", subject="", to="other@customer.example", sender="", files=()):
    """Deliver a mail to the gateway.

    :param files: sizes of attached files, in KiB
    """
    content = "".join(
        FILE.format(name=f"{size}.pdf", content=base64.encodebytes(b"x" * size * 1024).decode()) for size in files
    )
    dropbox = dropbox or owner.bcc_dropbox_address
    sender = sender or (owner.email if owner else "sam@acme.example")
    mail = MAIL.format(dropbox=dropbox, sender=sender, to=to, subject=subject, file=content)
    env["mail.thread"].message_process(False, mail.encode())
    env.cr.commit()
    env.invalidate_all()


def deliver(env, dropbox):
    """Dump the database, deliver a new mail and two known ones again, and dump the changes."""
    before = dump(env)
    for subject, to in (("matched", "leo@customer.example"), ("during-grace", "other@customer.example")):
        receive(env, dropbox=dropbox, subject=subject, to=to)
    after_known = dump(env)
    receive(env, dropbox=dropbox, subject="new", to="leo@customer.example")
    return {"before": before, "after_known": after_known, "after_new": dump(env)}


def dump(env):
    """Return the rows of all tables of the addon with related records, and reasons in the languages of the owners."""
    env.flush_all()
    env.cr.execute("SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'crm\\_bcc\\_dropbox%'")
    queries = {**QUERIES, **{table: f'SELECT * FROM "{table}"' for [table] in env.cr.fetchall()}}
    tables = {}
    for name, query in queries.items():
        env.cr.execute(f"SELECT to_jsonb(found) FROM ({query}) AS found")
        tables[name] = [row for [row] in env.cr.fetchall()]
    Email = env["crm.bcc.dropbox.email"]
    emails = Email.with_context(active_test=False).search([])
    filters = env["ir.filters"].search([("model_id", "=", Email._name)])
    found = {saved.name: sorted(Email.search(saved._get_eval_domain()).ids) for saved in filters}
    return {"tables": tables, "read": {email.id: _read(email) for email in emails}, "found": found}


def _read(email):
    """Return the reasons of a captured email in the language of its owner."""
    owner = email.user_id
    email = email.with_user(owner).with_context(lang=owner.lang)
    return {
        "state": email.state,
        "reason": email.reason or "",
        "lines": [[line.email, line.outcome, line.reason or ""] for line in email.line_ids],
    }

"""What open pages show at once: notifications over Odoo's bus. They contain ids only; pages then read what they may.

Changes are collected while a transaction runs, and sent with its commit: to the owner of a captured email, and to the
chatters of the records that it was logged on or removed from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

from odoo import SUPERUSER_ID, api, models

from .states import CAPTURED, FAILED, REFUSED, UNMATCHED

EMAILS = "crm_bcc_dropbox.emails"
"""Notification of an owner: captured emails that changed, and those that have just arrived."""

MESSAGES = "crm_bcc_dropbox.messages"
"""Notification of a chatter: messages that were added, changed or removed."""

CHATTER = "bcc_dropbox"
"""Part of the bus channel of a record."""

SHOWN_VALUES = frozenset({"active", "history", "state"})
"""Fields of a captured email: each change that pages show writes one of them."""

_CHANNEL = re.compile(r"bcc_dropbox:([a-z0-9_.]{1,64}):([1-9][0-9]{0,8})")

MAX_CHATTERS = 100
"""Open chatters of a browser; further ones show new emails when they are opened again."""

_NEWS = "crm_bcc_dropbox.news"


@dataclass
class News:
    """What has changed in a transaction.

    `emails` has sets of ids by partner of the owner and kind: `changed`, `logged` and `problems`, the last two only for
    emails that have just arrived. `messages` has sets of ids by model and id of the record. `company_id` is that of an
    owner.
    """

    emails: dict[int, dict[str, set[int]]] = field(default_factory=dict)
    messages: dict[tuple[str, int], set[int]] = field(default_factory=dict)
    company_id: int = 0


# ------------------------------------------------------------
# COLLECT
# ------------------------------------------------------------


def note_emails(emails: models.BaseModel, kind: str = "changed") -> None:
    """Note that captured emails change."""
    if emails:
        news = _get_news(emails.env)
        for email in emails.sudo():  # sudo: whatever rights the writer has on the owner
            kinds = news.emails.setdefault(email.user_id.partner_id.id, {})
            kinds.setdefault(kind, set()).add(email.id)
            news.company_id = email.user_id.company_id.id


def note_arrival(email: models.BaseModel) -> None:
    """Note that an email has arrived, so that its owner sees a toast; not if it was processed because a user asked."""
    kind = _get_kind_of_toast(email)
    if kind and not email.history:
        note_emails(email, kind)


def _get_kind_of_toast(email: models.BaseModel) -> str | None:
    """Return what a toast tells the owner about an email that has just arrived; None if they do not want any."""
    dropbox = email.dropbox_id
    if dropbox.notice == "none":
        return None
    if email.state == CAPTURED:
        return "logged"
    is_problem = email.state in (UNMATCHED, FAILED) or (email.state == REFUSED and email.is_from_owner)
    return "problems" if is_problem and not email.is_private else None


def note_messages(messages: models.BaseModel) -> None:
    """Note that captured copies change, or are about to be moved or deleted."""
    for message in messages:
        note_created({(message.model, message.res_id): message})


def note_created(messages: dict[tuple[str, int], models.BaseModel]) -> None:
    """Note that captured copies were created.

    :param messages: per model and id of the record, so that these need not be read
    """
    for place, message in messages.items():
        _get_news(message.env).messages.setdefault(place, set()).update(message.ids)


def _get_news(env: api.Environment) -> News:
    """Return the news of the current transaction."""
    data = env.cr.precommit.data  # if a savepoint is rolled back, both the data and the call of `_send` are gone
    if _NEWS not in data:
        data[_NEWS] = News()
        env.cr.precommit.add(partial(_send, env))
    return data[_NEWS]


# ------------------------------------------------------------
# SEND
# ------------------------------------------------------------


def _send(env: api.Environment) -> None:
    """Send the news of the current transaction, which is about to end, or to begin or end a savepoint."""
    news = env.cr.precommit.data.pop(_NEWS)
    # otherwise Odoo reads the company of the system
    bus = env["bus.bus"].with_company(news.company_id) if env.uid == SUPERUSER_ID else env["bus.bus"]
    for partner_id, kinds in news.emails.items():
        payload = {kind: sorted(ids) for kind, ids in kinds.items()}
        bus._sendone(env["res.partner"].browse(partner_id), EMAILS, payload)
    for (name, res_id), ids in news.messages.items():
        if name in env:
            payload = {"model": name, "id": res_id, "message_ids": sorted(ids)}
            bus._sendone((env[name].browse(res_id), CHATTER), MESSAGES, payload)


# ------------------------------------------------------------
# SUBSCRIBE
# ------------------------------------------------------------


def get_models(env: api.Environment) -> list[str]:
    """Return the names of the models of the records that emails are logged on."""
    targets = [Model._name for Model in env["crm.bcc.dropbox.target"]._get_bcc_dropbox_models()]
    documents = [kind.model for kind in env["crm.bcc.dropbox.email"]._get_bcc_dropbox_documents() if kind.model in env]
    return list(dict.fromkeys([*targets, *documents]))


def find_channels(env: api.Environment, channels: Iterable[object]) -> list[object]:
    """Replace the chatters that a browser asks for with the channels of the records that its user may read.

    :param channels: what the browser asks for, such as `bcc_dropbox:crm.lead:7`
    """
    others, asked = [], {}
    for channel in channels:
        if not isinstance(channel, str) or not channel.startswith(f"{CHATTER}:"):
            others.append(channel)
        elif match := _CHANNEL.fullmatch(channel):
            asked[match[1], int(match[2])] = None
    if not asked or not env.user._is_internal():
        return others
    ids: dict[str, list[int]] = {}
    for name, res_id in list(asked)[-MAX_CHATTERS:]:
        ids.setdefault(name, []).append(res_id)
    for name in get_models(env):
        records = env[name].browse(ids.get(name, ())).exists()._filtered_access("read")
        others += [(record, CHATTER) for record in records]
    return others

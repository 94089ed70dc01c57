"""What captured emails show to a reader: customers by name, the records they are logged on, their texts and files."""

from odoo.fields import Domain
from odoo.tools import human_size

from .address import clean, parse_addresses
from .decision import CREATED, ON_RECORD
from .header import MAX_ADDRESSES
from .kinds import describe_kind
from .original import find_pictures
from .person_name import read_name
from .spelling import get_key, get_readable
from .states import CAPTURED, INCOMING, PENDING

MAX_NAMES = 3
"""Customers that a row of the list names."""

ORIGINAL_URL = "/bcc_dropbox/original/%s/%s"
FILE_URL = "/web/content/%s?download=true"

_NAMES = ("contact_name", "partner_name", "name")
"""Fields with the name of the person of a record, in order; the name of a record with the first one is a title."""


# ------------------------------------------------------------
# RECORDS AND NAMES
# ------------------------------------------------------------


def find_records(lines) -> dict:
    """Return the records of lines of captured emails that the reader may see, per ``(model, id)``."""
    found = {}
    for name, of_model in lines.filtered("res_id").grouped("res_model").items():
        if name in lines.env:  # otherwise its addon is gone
            records = lines.env[name].browse(sorted(set(of_model.mapped("res_id")))).exists()
            found |= {(name, record.id): record for record in records._filtered_access("read")}
    return found


def summarize(emails) -> None:
    """Set who the customers of emails are, which records the emails are logged on, and what went wrong."""
    records = find_records(emails.line_ids)
    described = emails.fields_get(["reason_code", "state"], ["selection"])
    codes, states = (dict(described[name]["selection"]) for name in ("reason_code", "state"))
    for email in emails:
        names, customers = _find_names(email, records), _list_customers(email)
        shown = [names.get(get_key(text)) or get_readable(text) for text in customers[:MAX_NAMES]]
        email.customer = ", ".join([*shown, "…"] if len(customers) > MAX_NAMES else shown) or False
        email.logged_on = _list_chips(email.line_ids, records)
        is_fine = email.state == CAPTURED and not email.reason_code
        code = email.state != PENDING and email.reason_code  # a pending email is retried
        email.problem = False if is_fine else codes.get(code) or states[email.state]


def _list_customers(email) -> list[str]:
    """Return the addresses of the customers; of all people at the other end if these are not known."""
    if email.recipients:
        return email.recipients.split(", ")
    text = email.email_from if email.direction == INCOMING else email.email_to
    return [address.email for address in parse_addresses(text or "", MAX_ADDRESSES) if address.email]


def _find_names(email, records: dict) -> dict[str, str]:
    """Return the names of the people of an email by the keys of their addresses: as in Odoo, else as in its header."""
    names = {}
    for text in (email.email_from, email.email_to, email.email_cc):
        for address in parse_addresses(text or "", MAX_ADDRESSES):
            if address.email and address.name:
                names.setdefault(get_key(address.email), read_name(address.name, address.email).name)
    for line in email.line_ids:
        record = records.get((line.res_model, line.res_id))
        key = get_key(line.email or "")
        if record and hasattr(record, "_get_bcc_dropbox_keys") and key in record._get_bcc_dropbox_keys():
            names[key] = _get_person(record) or names.get(key)
    return {key: name for key, name in names.items() if name}


def _get_person(record) -> str:
    known = [name for name in _NAMES if name in record._fields]
    return next(filter(None, (record[name] for name in (known[:2] if len(known) == len(_NAMES) else known))), "")


def _list_chips(lines, records: dict) -> list[dict]:
    """Return the records that an email is logged on, each once, in order."""
    chips = {}
    for line in lines.filtered(lambda line: line.res_id and line.outcome in ON_RECORD):
        key = (line.res_model, line.res_id)
        record = records.get(key)
        chip = {"created": line.outcome == CREATED, "name": lines.env._("Record you can't access")}
        if record:
            chip |= {"kind": describe_kind(record), "model": key[0], "name": record.display_name, "res_id": key[1]}
        chips.setdefault(key, chip)
    return list(chips.values())


def list_people(email) -> dict[str, list[dict]]:
    """Return sender and recipients of an email, each with name and address."""
    names, people = _find_names(email, find_records(email.line_ids)), {}
    for name in ("email_from", "email_to", "email_cc", "forwarded_by"):
        people[name] = []
        for address in parse_addresses(email[name] or "", MAX_ADDRESSES):
            readable = get_readable(address.email) if address.email else clean(address.text)
            known = names.get(get_key(address.email)) or read_name(address.name, address.email).name
            people[name].append({"email": readable, "name": known or readable})
    return people


def name_customers(Email, domain, groups: list[dict]) -> None:
    """Name the customers of groups, which have their addresses: as in the latest email of each."""
    field = "customer_email"
    keys = {group[field] for group in groups if group.get(field)}
    if not keys:
        return
    latest = Email._read_group(Domain(domain) & Domain(field, "in", list(keys)), [field], ["id:max"])
    emails = Email.browse(id_ for _key, id_ in latest)
    records, names = find_records(emails.line_ids), {}
    for email in emails:
        key = email.customer_email
        names[key] = _find_names(email, records).get(key) or get_readable(key)
    known = list(names.values())
    for group in groups:
        if name := names.get(group.get(field)):
            # the client tells groups apart by their names
            group[field] = name if known.count(name) == 1 else f"{name} ({get_readable(group[field])})"


# ------------------------------------------------------------
# TEXTS AND FILES
# ------------------------------------------------------------


def read_contents(email) -> list[dict]:
    """Return the texts of an email with their files: as in the histories of its records, else of the original.

    Readers see the messages that they may read, and owners their own emails wherever these are logged. A text that is
    on several records is shown once. An entry with a `hint` says why there is no text.
    """
    found = email.line_ids.mail_message_id
    messages = found._filtered_access("read")
    readable = set(messages.ids)
    if email.user_id == email.env.user:
        # sudo: copies of the owner's own email, on records that they may not read any more
        messages |= found.sudo().filtered("bcc_dropbox_captured").sudo(False)
    shown = {}
    for message in messages.sudo().sorted("id"):  # sudo: checked above
        identity = message.bcc_dropbox_fingerprint or message.message_id
        shown.setdefault((identity, message.bcc_dropbox_comment), message)
    if shown:
        return [_read_message(message, email.env, message.id in readable) for message in shown.values()]
    if found and email.user_id != email.env.user:
        return [{"hint": email.env._("The text is on a record that you may not see.")}]
    if not email.has_original:
        return [{"hint": email.env._("The text of this email is no longer kept.")}]
    payload = email._read_original_payload()
    files = list_files(email, payload.attachments)
    return [{"body": str(email._render_body(payload)), "files": files, "note": payload.note or ""}]


def list_files(email, attachments) -> list[dict]:
    """Return name, size and URL of the files of the original, for a reader of the email.

    :param attachments: as in :class:`.payload.Payload`
    """
    return [
        {"name": file[0], "size": human_size(len(file[1])), "url": ORIGINAL_URL % (email.id, number)}
        for number, file in enumerate(attachments)
    ]


def _read_message(message, env, is_readable: bool) -> dict:
    """Return the text and the files of a logged copy.

    :param message: as the system
    :param env: of the reader
    :param is_readable: whether the reader may read the message: only then can the server load pictures for it
    """
    body = str(message.body or "")
    pictures = {id_ for id_, _token in find_pictures(body)}
    files = message.attachment_ids.filtered(lambda file: file.id not in pictures)
    return {
        "body": body,
        "comment": message.bcc_dropbox_comment or "",
        "files": [
            {"name": file.name, "size": human_size(file.file_size or 0), "url": _get_url(file, env)} for file in files
        ],
        "forwarded_by": message.bcc_dropbox_forwarded_by or "",
        "id": message.id if is_readable else False,
        "note": message.bcc_dropbox_note or "",
    }


def _get_url(file, env) -> str:
    url = FILE_URL % file.id
    # those who may read the text may read its files, also without access to the record; the link proves that
    return url if file.with_env(env).has_access("read") else f"{url}&access_token={file._get_raw_access_token()}"

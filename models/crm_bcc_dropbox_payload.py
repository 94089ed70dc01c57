import logging
from dataclasses import dataclass

from markupsafe import Markup
from odoo import api, models
from odoo.tools import human_size
from odoo.tools.mail import append_content_to_html

from ..tools.address import clean
from ..tools.envelope import find_secrets
from ..tools.html import drop_control_characters
from ..tools.limits import MB, Limits, find_content_excess, find_excess
from ..tools.parsed_mail import MAX_ADDRESSES
from ..tools.payload import Restraint, clean_filename, parse_message, read_leniently, read_source
from ..tools.safe_html import hold_pictures

_logger = logging.getLogger(__name__)

SHOWN_SOURCE = 64 * 1024
"""Bytes shown of a mail that is not parsed."""

_BROKEN = " when sanitizing</p>"


@dataclass(frozen=True)
class Payload:
    """Body and files of a mail.

    :param Markup body: HTML
    :param list attachments: ``(name, content)`` or ``(name, content, info)``, as `mail.thread` takes them
    :param str remark: what could not be filed, for the owner
    :param int file_count: files of the mail, those that are left out included
    """

    body: str
    attachments: list
    remark: str = ""
    file_count: int = 0


class CrmBccDropboxPayload(models.AbstractModel):
    """Body and files of a captured mail: what is filed of it, and what is shown. A part of the log model.

    Nothing is parsed that is over a limit; the limits are system parameters.
    """

    _name = "crm.bcc.dropbox.payload"
    _description = "Content of a Captured Mail"

    # ------------------------------------------------------------
    # LIMITS
    # ------------------------------------------------------------

    @api.model
    def _get_limits(self):
        """Get the limits of what is parsed."""
        get_parameter = self.env["crm.bcc.dropbox"]._get_parameter
        return Limits(
            size=get_parameter("max_mail_mb", 50) * MB,
            header=get_parameter("max_header_kb", 256) * 1024,
            parts=get_parameter("max_parts", 300),
            depth=get_parameter("max_depth", 50),
            addresses=min(get_parameter("max_addresses", 200), MAX_ADDRESSES),
        )

    def _get_excess_refusal(self, raw):
        """Say which limit a mail is over, in the language of the owner; empty when it can be parsed."""
        excess = find_excess(raw, self._get_limits())
        return self._describe_excess(excess) if excess else ""

    def _describe_excess(self, excess):
        """Say in words which limit a mail is over, and what to do."""
        env = self.dropbox_id._get_owner_env()
        values = {"found": excess.found, "limit": excess.limit}
        sizes = {"found": human_size(excess.found), "limit": human_size(excess.limit)}
        if excess.kind == "shortened":
            return env._("It has %(found)s, which is too much: only its header was kept.", **sizes)
        if excess.kind == "fields":
            return env._("Its header has more than %(limit)s lines, which is too much.", **values)
        if excess.kind == "size":
            reason = env._("It has %(found)s; the limit is %(limit)s.", **sizes)
        elif excess.kind == "lines":
            reason = env._("It has %(found)s lines; the limit is %(limit)s.", **values)
        elif excess.kind == "header":
            reason = env._("A header in it has %(found)s; the limit is %(limit)s.", **sizes)
        elif excess.kind == "parts":
            reason = env._("It has more than %(limit)s parts, which is the limit.", **values)
        elif excess.kind == "depth":
            reason = env._("Its parts are nested more than %(limit)s deep, which is the limit.", **values)
        else:
            reason = env._("It names %(found)s recipients in To and Cc; the limit is %(limit)s.", **values)
        advice = env._("An administrator can raise the limit; then try again.")
        return f"{reason} {advice}"

    # ------------------------------------------------------------
    # CONTENT
    # ------------------------------------------------------------

    def _read_payload(self, raw):
        """Read what is filed of a mail: all, but not more than the limit."""
        return self._limit_attachments(self._extract_payload(raw))

    def _extract_payload(self, raw):
        """Read body and attachments with Odoo's parser, where that fails with the one of last resort."""
        if excess := find_content_excess(raw, self._get_limits()):  # shown, or filed by hand
            source = find_secrets(raw).redact(read_source(raw, SHOWN_SOURCE))
            return Payload(Markup(source), [], self._describe_excess(excess))  # noqa: S704 escaped by read_source
        env = self.dropbox_id._get_owner_env()
        remarks = []
        restraint = self._get_restraint()
        try:
            body, attachments = self._parse_payload(raw, restraint)
        except Exception as error:  # noqa: BLE001 whatever Odoo's parser raises, the mail is filed
            _logger.info("Captured mail %s is read by the parser of last resort: %s", self.id, type(error).__name__)
            restraint = self._get_restraint()
            body, attachments = read_leniently(raw, restraint)
            remarks.append(env._("The mail is malformed: what could be read of it is filed."))
        if restraint.as_text:
            remarks.append(
                env._("Its text is too long, nested too deep or broken: it is filed without its formatting.")
            )
        if restraint.files:
            remarks.append(env._("Its text is too long to be shown: the whole of it is attached as a file."))
        secrets = find_secrets(raw)
        files = [*attachments, *restraint.files, *restraint.pictures]
        attachments, left_out = self._clean_attachments(files, secrets)
        if left_out:
            remarks.append(env._("Left out because they contain a BCC address: %(files)s.", files=", ".join(left_out)))
        # control characters would make core's sanitiser lose the text, and log it
        body = hold_pictures(drop_control_characters(str(body)))
        # the lines of plain text are as wide as its writer's window: a phone would cut them
        body = body.replace("\n<pre>", '\n<pre style="white-space: pre-wrap">')
        body = Markup(clean(secrets.redact(body)))  # noqa: S704 HTML from the parser, sanitised once more by the field
        return Payload(body, attachments, " ".join(remarks), len(attachments) + len(left_out))

    def _get_restraint(self):
        return Restraint(self.dropbox_id._get_parameter("max_html_mb", 2) * MB)

    def _parse_payload(self, raw, restraint):
        """Read body and attachments with Odoo's parser, if it takes no longer than ours.

        :raises Exception: it cannot be read so
        """
        message = parse_message(raw, restraint)
        if restraint.is_many:
            return read_leniently(raw, self._get_restraint())
        extracted = self.env["mail.thread"]._message_parse_extract_payload(message, {})
        if _BROKEN in extracted["body"]:  # what Odoo's sanitiser leaves of what it cannot read
            raise ValueError("unreadable HTML")
        return extracted["body"], [tuple(attachment) for attachment in extracted["attachments"]]

    @api.model
    def _clean_attachments(self, attachments, secrets):
        """Give attachments sound names, and contents as bytes, without any dropbox.

        :param Secrets secrets: what is to be hidden
        :return: the attachments as ``(name, content, info)``; and the names of those that are left out because they
            reveal a dropbox and cannot be changed
        """
        kept, left_out = [], []
        for attachment in attachments:
            name, content, info = self._clean_attachment(*attachment)
            name, content = clean_filename(secrets.redact(name)), secrets.clean_file(content)
            if content is None:
                left_out.append(name)
            else:
                kept.append((name, content, info))
        return kept, left_out

    @api.model
    def _clean_attachment(self, name, content, info=None):
        """Give an attachment a sound name, and its content as bytes."""
        if isinstance(content, str):
            content = content.encode((info or {}).get("encoding") or "utf-8", "replace")
        elif not isinstance(content, bytes):
            content = content.as_bytes() if content else b""
        return clean_filename(name or ""), content, info or {}

    def _limit_attachments(self, payload):
        """Leave out the attachments of a mail when they are too large in total, and say so in its place."""
        limit = self.dropbox_id._get_parameter("max_attachment_mb", 10)
        total = sum(len(content) for _name, content, _info in payload.attachments)
        if total <= limit * 1024**2:
            return payload
        env = self.dropbox_id._get_owner_env()
        files = ", ".join(f"{name} ({human_size(len(content))})" for name, content, _info in payload.attachments)
        remark = env._(
            "The attachments are over the limit of %(limit)s MB and were left out: %(files)s.", limit=limit, files=files
        )
        body = append_content_to_html(payload.body, remark, plaintext=True, preserve=False)
        return Payload(body, [], " ".join(filter(None, (payload.remark, remark))), payload.file_count)

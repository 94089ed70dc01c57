import logging
from dataclasses import dataclass

from markupsafe import Markup
from odoo import api, models
from odoo.tools import human_size
from odoo.tools.mail import append_content_to_html

from ..tools.address import clean
from ..tools.payload import clean_filename, parse_message, read_leniently

_logger = logging.getLogger(__name__)


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
    """Body and files of a captured mail: what is filed of it, and what is shown. A part of the log model."""

    _name = "crm.bcc.dropbox.payload"
    _description = "Content of a Captured Mail"

    def _read_payload(self, raw):
        """Read what is filed of a mail: all, but not more than the limit."""
        return self._limit_attachments(self._extract_payload(raw), self.dropbox_id._get_owner_env())

    def _extract_payload(self, raw):
        """Read body and attachments with Odoo's parser, where that fails with the one of last resort."""
        env = self.dropbox_id._get_owner_env()
        remark = ""
        try:
            extracted = self.env["mail.thread"]._message_parse_extract_payload(parse_message(raw), {})
            body, attachments = extracted["body"], [tuple(attachment) for attachment in extracted["attachments"]]
        except Exception as error:  # noqa: BLE001 whatever Odoo's parser raises, the mail is filed
            _logger.info("Captured mail %s is read by the parser of last resort: %s", self.id, type(error).__name__)
            body, attachments = read_leniently(raw)
            remark = env._("The mail is malformed: what could be read of it is filed.")
        attachments = [self._clean_attachment(*attachment) for attachment in attachments]
        # the lines of plain text are as wide as its writer's window: a phone would cut them
        body = str(body).replace("\n<pre>", '\n<pre style="white-space: pre-wrap">')
        body = Markup(clean(body))  # noqa: S704 HTML from the parser, sanitised once more by the field
        return Payload(body, attachments, remark, len(attachments))

    @api.model
    def _clean_attachment(self, name, content, info=None):
        """Give an attachment a sound name and its content as bytes."""
        if isinstance(content, str):
            content = content.encode((info or {}).get("encoding") or "utf-8", "replace")
        elif not isinstance(content, bytes):
            content = content.as_bytes() if content else b""
        return clean_filename(name or ""), content, info or {}

    def _limit_attachments(self, payload, env):
        """Leave out the attachments of a mail when they are too large in total, and say so in its place."""
        limit = self.dropbox_id._get_parameter("max_attachment_mb", 10)
        total = sum(len(content) for _name, content, _info in payload.attachments)
        if total <= limit * 1024**2:
            return payload
        files = ", ".join(f"{name} ({human_size(len(content))})" for name, content, _info in payload.attachments)
        remark = env._(
            "The attachments are over the limit of %(limit)s MB and were left out: %(files)s.", limit=limit, files=files
        )
        body = append_content_to_html(payload.body, remark, plaintext=True, preserve=False)
        return Payload(body, [], " ".join(filter(None, (payload.remark, remark))), payload.file_count)

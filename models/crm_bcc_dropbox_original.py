import base64

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import human_size

from ..tools.envelope import strip_dropboxes
from ..tools.original import build_mail, read_head, restore_inline_images
from ..tools.safe_html import block_remote_content, release_pictures

FILE_URL = "/bcc_dropbox/original/%s/%s"


class CrmBccDropboxOriginal(models.AbstractModel):
    """The original of a captured mail, while it is kept, and what its owner may see of it. A part of the log model.

    The bytes are closed, for they may name the dropboxes of colleagues; shown is what remains without these.
    """

    _name = "crm.bcc.dropbox.original"
    _description = "Original of a Captured Mail"

    # closed even to the owner: they may name the dropboxes of colleagues
    raw_ids = fields.One2many("crm.bcc.dropbox.email.raw", "email_id", groups=fields.NO_ACCESS)
    raw = fields.Binary("Original", compute="_compute_raw", inverse="_inverse_raw", groups=fields.NO_ACCESS)
    undone_date = fields.Datetime("Taken Off On", readonly=True, help="The original is kept from then on.")
    has_original = fields.Boolean(compute="_compute_has_original")
    original_header = fields.Text(compute="_compute_original")
    original_body = fields.Html("Original Text", compute="_compute_original")
    original_files = fields.Html(compute="_compute_original")

    @api.depends("raw_ids.raw")
    def _compute_raw(self):
        for mail in self:
            mail.raw = mail.raw_ids.raw

    def _inverse_raw(self):
        for mail in self:
            raw = mail.raw
            mail.raw_ids.unlink()
            if raw:
                mail.raw_ids.create({"email_id": mail.id, "raw": raw})

    @api.depends("raw_ids")
    def _compute_has_original(self):
        self.check_access("read")
        kept = self.sudo().filtered("raw_ids")  # sudo: the bytes are closed
        for mail in self:
            mail.has_original = mail.id in kept.ids

    @api.depends("raw_ids")
    def _compute_original(self):
        self.check_access("read")
        for mail in self:
            raw = mail._get_readable_original()
            payload = mail._read_original_payload() if raw else None
            mail.original_header = read_head(raw) if raw else False
            mail.original_body = self._render_body(payload) if raw else False
            mail.original_files = mail._render_files(payload.attachments) if raw else False

    @api.model
    def _render_body(self, payload):
        """Write the text of a mail, which may be a stranger's, to be looked at, with its pictures."""
        files = [(content, (info or [{}])[0]) for _name, content, *info in payload.attachments]
        return block_remote_content(payload.body, {info["cid"]: content for content, info in files if info.get("cid")})

    @api.model
    def _render_file(self, url, name, content):
        return Markup('<li><a href="{}">{}</a> ({})</li>').format(url, name, human_size(len(content)))

    def _render_files(self, files):
        """Write a list of links to the files of a mail."""
        items = [self._render_file(FILE_URL % (self.id, n), file[0], file[1]) for n, file in enumerate(files)]
        return Markup("<ul>{}</ul>").format(Markup().join(items)) if items else False

    def _get_readable_original(self):
        """Get the original without any dropbox, for who may read this row; empty when it is gone."""
        self.ensure_one()
        self.check_access("read")
        return strip_dropboxes(self._read_raw())

    def _read_original_payload(self):
        """Read body and files of the original, without any dropbox, for who may read this row."""
        self.ensure_one()
        self.check_access("read")
        return self.sudo()._extract_payload(self._read_raw())  # sudo: reads settings of the owner

    def _read_raw(self):
        """Read the bytes of the original, which are closed, for what hides the dropboxes in them; empty when gone."""
        # sudo: they are closed; without the client's context, which may ask for their size instead
        return base64.b64decode(self.sudo().with_context(bin_size=False, bin_size_raw=False).raw or b"")

    def _get_original_file(self, number):
        """Get a file of the original, for who may read this row.

        :param int number: its place among the files, from 0
        :return: its name and content; None when there is no such file
        """
        files = self._read_original_payload().attachments if self.has_original else []
        return files[number][:2] if 0 <= number < len(files) else None

    # ------------------------------------------------------------
    # KEEPING
    # ------------------------------------------------------------

    def _get_original(self):
        """Get the bytes of the mail, as the system.

        :raises UserError: they are gone
        """
        if not self.raw:
            raise UserError(self.env._("The original of this email is no longer kept."))
        return base64.b64decode(self.raw)

    def _keep_original(self, messages):
        """Make an original out of what was filed, where the bytes are gone, so that it can be filed again.

        :param messages: copies of this mail
        """
        if not self.raw and messages:
            self.raw = base64.b64encode(self._rebuild_original(messages[0]))

    def _rebuild_original(self, message):
        """Write the mail anew from a copy of it.

        :param message: a `mail.message`
        :return: the mail as bytes, without any dropbox
        """
        recipients = ", ".join(self.line_ids.filtered("email").mapped("email"))
        header = {
            "From": message.email_from,
            "To": message.bcc_dropbox_to or self.email_to or recipients,
            "Cc": message.bcc_dropbox_cc or self.email_cc,
            "Subject": message.subject,
            "Message-ID": self.message_id,
            "In-Reply-To": message.parent_id.message_id,
        }
        files = message._bcc_dropbox_get_files()
        body = restore_inline_images(release_pictures(message.body or ""), files.ids)
        parts = [(file.name, file.raw or b"", f"{file.id}@odoo") for file in files]
        return build_mail(header, message.date, body, parts)

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.destination import add_suffix, build_mailto, format_destination


class CrmBccDropboxRecord(models.TransientModel):
    """The dialog with the BCC address that logs emails on one record only.

    The address is that of the current user, computed on each reading: the database does not contain it.
    """

    _name = "crm.bcc.dropbox.record"
    _description = "BCC Address of a Record"

    # closed: users who set them would learn whether the record exists
    res_model = fields.Char(required=True, groups=fields.NO_ACCESS)
    res_id = fields.Integer(required=True, groups=fields.NO_ACCESS)
    name = fields.Char("Record", compute="_compute_address")
    address = fields.Char("BCC Address", compute="_compute_address", exportable=False)
    qrcode = fields.Char("QR Code", compute="_compute_address", help="URL of the image.")
    mailto = fields.Char("Email", compute="_compute_address", exportable=False)

    @api.depends_context("uid")
    @api.depends("res_model", "res_id")
    def _compute_address(self):
        for dialog in self:
            values = dialog.sudo()  # the fields are closed
            record = self.env[values.res_model].with_user(self.env.user).browse(values.res_id).exists()
            record = record._filtered_access("write")
            own, word = self.env.user.bcc_dropbox_address, format_destination(record._name, record.id)
            dialog.name = record.display_name
            dialog.address = dialog.qrcode = dialog.mailto = False
            if record and own:
                dialog.address = add_suffix(own, word)
                dialog.mailto = build_mailto(record.email_normalized or "", dialog.address)
                dialog.qrcode = f"{self.env.user.bcc_dropbox_qrcode}&record={word}"

    @api.model
    def _open(self, record):
        """Open the dialog.

        :param record: of a target model
        """
        self.check_access("read")
        self.env["crm.bcc.dropbox.email"]._check_writable(record)
        if not self.env.user.bcc_dropbox_address:
            raise UserError(self.env._("You don't have a BCC address yet. Ask your administrator."))
        # sudo: users may use the dialog, but not create one
        dialog = self.sudo().create({"res_model": record._name, "res_id": record.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("BCC Address of This Record"),
            "res_model": self._name,
            "res_id": dialog.id,
            "views": [(False, "form")],
            "target": "new",
        }

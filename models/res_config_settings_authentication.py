from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.address import clean
from ..tools.authentication import parse_hosts
from ..tools.signature import is_installed
from .res_config_settings import SETTINGS_GROUP


class ResConfigSettings(models.TransientModel):
    """Sender authentication."""

    _inherit = "res.config.settings"

    bcc_dropbox_authentication = fields.Selection(
        [
            ("off", "Do not check"),
            ("reject", "Refuse mail that is found to be forged"),
            ("require", "Take only mail that is proved to be genuine"),
        ],
        string="Check Senders",
        config_parameter="crm_bcc_dropbox.authentication", default="reject", groups=SETTINGS_GROUP,
    )  # fmt: skip
    bcc_dropbox_authentication_host = fields.Char(
        "Trusted server", config_parameter="crm_bcc_dropbox.authentication_host", groups=SETTINGS_GROUP
    )

    @api.constrains("bcc_dropbox_authentication", "bcc_dropbox_authentication_host")
    def _check_bcc_dropbox_authentication(self):
        for settings in self:
            try:
                hosts = parse_hosts(settings.bcc_dropbox_authentication_host or "")
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "“%(host)s” is not the name of a mail server, which is, for example, mx.acme.example.",
                        host=clean(str(error)),
                    )
                ) from None
            if settings.bcc_dropbox_authentication == "require" and not hosts and not is_installed():
                raise ValidationError(
                    self.env._(
                        "All mail would be refused: name the mail server that checks senders, or install the Python "
                        "packages dkimpy and dnspython, by which Odoo checks signatures itself."
                    )
                )

    @api.model
    def get_values(self):
        """Show what is in use."""
        values = super().get_values()
        if self._is_bcc_dropbox_setting_open("bcc_dropbox_authentication"):
            values["bcc_dropbox_authentication"] = self.env["crm.bcc.dropbox"]._get_authentication_mode()
        return values

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_datetime, format_list

from ..tools.direction import isolate

MAX_GRACE = 14
"""Days that a replaced address may go on working."""


class CrmBccDropboxRenewal(models.AbstractModel):
    """New addresses of a dropbox. A part of it.

    The old one stops at once, or after as many days of grace as its owner wants.
    Whether an address has stopped is decided by the clock at each mail, no job is needed. With several old addresses,
    none works longer than the one that was replaced last: without grace, nothing but the new address works.
    """

    _name = "crm.bcc.dropbox.renewal"
    _description = "New Address of a BCC Dropbox"

    former = fields.Char("Old Address", compute="_compute_former", help="Empty when none but the present one works.")

    # ------------------------------------------------------------
    # COMPUTE
    # ------------------------------------------------------------

    @api.depends_context("uid", "lang", "tz")
    @api.depends("token_ids.replaced_date")
    def _compute_former(self):
        readable = self._filtered_access("read")
        self.former = False
        for dropbox in readable:
            if tokens := dropbox._get_former_tokens():
                until = max(tokens.mapped("replaced_date"))
                dropbox.former = self.env._(
                    "The old address keeps working until %(date)s, for everyone who knows it.",
                    date=isolate(format_datetime(self.env, until, dt_format="short")),
                )

    def _get_former_tokens(self):
        """Get the tokens of old addresses that still work."""
        # sudo: tokens are closed to everyone
        return self.sudo().token_ids.filtered(lambda token: token.replaced_date and not token._has_stopped())

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_regenerate(self, grace_days=0):
        """Replace the addresses of other users.

        :param int grace_days: see :meth:`_regenerate`
        """
        self._check_manager()
        for user in self.user_id:
            user._get_own_bcc_dropbox()._regenerate(grace_days)
        names = format_list(self.env, self.user_id.mapped("name"))
        if grace_days:
            message = self.env._(
                "New address for: %(names)s. The old one works for %(days)s more days.", names=names, days=grace_days
            )
        else:
            message = self.env._("New address for: %(names)s. The old one has stopped working.", names=names)
        return self._reload_with(message)

    def action_stop_former(self):
        """Stop the old addresses of other users that still work."""
        self._check_manager()
        for user in self.user_id:
            user._get_own_bcc_dropbox()._stop_former()
        return self._reload_with(self.env._("The old address has stopped working."))

    @api.model
    def _reload_with(self, message):
        """Say that something is done, and show the page as it is now."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # ------------------------------------------------------------
    # ADDRESS
    # ------------------------------------------------------------

    def _regenerate(self, grace_days=0):
        """Replace the address; the old one is remembered to refuse its mails with a reason.

        :param int grace_days: days that the old one stays active, 0 to 14
        :raises ValidationError: for any other number
        """
        self._check_grace(grace_days)
        until = fields.Datetime.now() + timedelta(days=grace_days)
        tokens = self.sudo().token_ids  # tokens are closed to everyone
        tokens.filtered(lambda token: not token.replaced_date or token.replaced_date > until).replaced_date = until
        tokens.flush_recordset()  # the index allows one token in use at any time
        tokens.create([{"dropbox_id": dropbox.id} for dropbox in self])
        self.write({**self._prepare_no_leak_values(), "leak_kept_date": False})
        self._tell_replaced(until if grace_days else None)

    def _stop_former(self):
        """Stop the old addresses that still work."""
        self._get_former_tokens().replaced_date = fields.Datetime.now()

    @api.model
    def _check_grace(self, days):
        if not 0 <= days <= MAX_GRACE:
            raise ValidationError(
                self.env._("The old address can keep working for 0 to %(limit)s days.", limit=MAX_GRACE)
            )

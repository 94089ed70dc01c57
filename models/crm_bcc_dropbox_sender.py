from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import clean_context
from odoo.tools.mail import email_normalize

from ..tools.address import clean
from .crm_bcc_dropbox import MANAGER_GROUP


class CrmBccDropboxSender(models.Model):
    """An address that the owner of a dropbox sends mail from.

    The e-mail of the user is there from the start; users add and remove others. Only mails from a verified one
    are taken.
    """

    _name = "crm.bcc.dropbox.sender"
    _description = "BCC Dropbox Own Address"
    _rec_name = "email"
    _order = "id"

    dropbox_id = fields.Many2one("crm.bcc.dropbox", required=True, index=True, ondelete="cascade")
    # cascade: a row taken out of the user's list is deleted
    user_id = fields.Many2one(related="dropbox_id.user_id", store=True, index=True, ondelete="cascade")
    email = fields.Char(required=True)
    email_normalized = fields.Char(compute="_compute_email_normalized", store=True, index=True)
    verified = fields.Boolean("Confirmed", help="Mails are taken from confirmed addresses only.")

    # the check below says it in words; between processes, only an index decides
    _email_unique = models.UniqueIndex(
        "(dropbox_id, email_normalized)", "This address is among your own addresses already."
    )

    @api.depends("email")
    def _compute_email_normalized(self):
        for sender in self:
            sender.email_normalized = email_normalize(sender.email)

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Add own addresses; given a user instead of a dropbox, to the dropbox of that user."""
        senders = self.browse()
        for vals in vals_list:  # one by one, so that each counts for the next
            vals = dict(vals)
            dropbox = self._get_dropbox(vals)
            self._check_actor(dropbox.user_id, vals)
            others = dropbox.sender_ids.mapped("email_normalized")
            limit = dropbox._get_parameter("max_senders", 5)
            if len(others) >= limit:
                raise ValidationError(
                    self.env._(
                        "%(email)s cannot be added: %(limit)s own addresses are the most. Remove another one first.",
                        email=clean(vals.get("email") or ""), limit=limit,
                    )
                )  # fmt: skip
            vals["email"] = self._check_email(vals.get("email"), others)
            vals["dropbox_id"] = dropbox.id
            # no default values of the client's choice: they are not checked
            clean_self = self.with_context(clean_context(self.env.context))
            senders += super(CrmBccDropboxSender, clean_self).create([vals]).with_env(self.env)
        return senders

    def write(self, vals):
        """Change own addresses; another address has to be confirmed again."""
        self._check_actor(self.user_id, vals)
        if "email" not in vals:
            return super().write(vals)
        for sender in self:
            others = (sender.dropbox_id.sender_ids - sender).mapped("email_normalized")
            email = self._check_email(vals["email"], others)
            confirmed = {} if email == sender.email_normalized else {"verified": False}
            super(CrmBccDropboxSender, sender).write({**confirmed, **vals, "email": email})
        return True

    @api.ondelete(at_uninstall=False)
    def _unlink_own(self):
        self._check_actor(self.user_id, {})

    def _get_dropbox(self, vals):
        """Take the dropbox out of the values of a new own address."""
        user = self.env["res.users"].browse(vals.pop("user_id", None) or self.env.uid)
        # archived ones too: there is one per user
        Dropbox = self.env["crm.bcc.dropbox"].sudo().with_context(active_test=False)  # who may use it is checked by `_check_actor`
        if dropbox_id := vals.pop("dropbox_id", None):
            return Dropbox.browse(dropbox_id)
        Dropbox._ensure_dropboxes(user)
        if dropbox := Dropbox.search([("user_id", "=", user.id)]):
            return dropbox
        raise UserError(self.env._("Own addresses need a BCC Dropbox, and this user has no permission to use it."))

    # ------------------------------------------------------------
    # CHECKS
    # ------------------------------------------------------------

    def _check_actor(self, owners, vals):
        """Let users change their own addresses, of these the e-mail alone, and only managers confirm one.

        It looks at the user, not at `env.su`: Odoo writes the fields of the preferences form in superuser mode, with
        whatever commands the client sent.
        """
        if self.env.uid == SUPERUSER_ID or self.env.user.has_group(MANAGER_GROUP):
            return
        if owners - self.env.user:
            raise AccessError(self.env._("You can change your own addresses only."))
        # the normalised address too: it is what decides whose mails are taken
        if vals.get("verified") or vals.keys() - {"email", "verified"}:
            raise AccessError(self.env._("Only an administrator can confirm an own address."))

    def _check_email(self, email, others):
        """Normalise an own address.

        :param str email: as the user typed it
        :param list others: the other own addresses, normalised
        :raises ValidationError: it is none, it is there already, or Odoo itself receives mail on it
        """
        normalized = email_normalize(email)
        readable = clean(email or "")
        if not normalized:
            raise ValidationError(self.env._("“%(email)s” is not an e-mail address.", email=readable))
        if normalized in others:
            raise ValidationError(self.env._("%(email)s is among your own addresses already.", email=readable))
        if self.env["crm.bcc.dropbox"]._is_own_address_of_odoo(normalized):
            raise ValidationError(
                self.env._(
                    "%(email)s is an address on which this Odoo receives mail. You cannot send mail from it.",
                    email=readable,
                )
            )
        return normalized

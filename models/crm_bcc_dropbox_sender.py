import secrets

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import clean_context
from odoo.tools.mail import email_normalize
from odoo.tools.misc import consteq, hash_sign, verify_hash_signed

from ..tools.address import clean
from ..tools.notices import send_mail
from ..tools.spelling import get_key
from .crm_bcc_dropbox import is_manager

LINK_SCOPE = "crm_bcc_dropbox.confirmation"
LINK_HOURS = 72

MAX_SPELLINGS = 20
"""Stored per address."""


class CrmBccDropboxSender(models.Model):
    """A sender address: only emails sent from the verified addresses of a user are logged.

    The email of the user is the first one; users add and remove others. Users verify an address by the link in the
    confirmation email that Odoo sends to it, administrators by a checkbox.
    """

    _name = "crm.bcc.dropbox.sender"
    _description = "BCC Dropbox Sender Address"
    _rec_name = "email"
    _order = "id"

    dropbox_id = fields.Many2one("crm.bcc.dropbox", required=True, index=True, ondelete="cascade")
    # cascade: a row removed from the list of the user is deleted
    user_id = fields.Many2one(related="dropbox_id.user_id", store=True, index=True, ondelete="cascade")
    email = fields.Char(required=True)
    email_normalized = fields.Char(compute="_compute_email_normalized", store=True, index=True)
    verified = fields.Boolean("Confirmed", help="Only emails sent from confirmed addresses are logged.")
    spellings = fields.Text(
        groups=fields.NO_ACCESS, copy=False, help="Ambiguous From headers that the owner confirmed, one per line."
    )
    confirmation = fields.Selection(
        [
            ("new", "A confirmation email is sent when you save"),
            ("sent", "Confirmation email sent"),
            ("unconfirmed", "Not confirmed"),
            ("confirmed", "Confirmed"),
        ],
        compute="_compute_confirmation",
    )
    nonce = fields.Char(groups=fields.NO_ACCESS, copy=False, help="Makes a confirmation link work only once.")

    # `_check_email` has the better message; this is for concurrent requests
    _email_unique = models.UniqueIndex("(dropbox_id, email_normalized)", "This sender address already exists.")

    @api.depends("email")
    def _compute_email_normalized(self):
        for sender in self:
            sender.email_normalized = email_normalize(sender.email)

    @api.depends_context("uid")
    @api.depends("email", "verified", "nonce")
    def _compute_confirmation(self):
        for sender in self:
            saved = sender._origin
            if email_normalize(sender.email) != saved.email_normalized or not saved:
                sender.confirmation = "new"
            elif sender.verified:
                sender.confirmation = "confirmed"
            else:
                # sudo: no group may read the nonce; there is one when a link was sent
                sender.confirmation = "sent" if saved.sudo().nonce else "unconfirmed"

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Accept `user_id` instead of `dropbox_id`, check each address, and request its confirmation."""
        senders = self.browse()
        for vals in vals_list:  # one by one, because each counts for the limit of the next
            vals = dict(vals)
            dropbox = self._get_dropbox(vals)
            self._check_actor(dropbox.user_id, vals)
            others = dropbox.sender_ids.mapped("email_normalized")
            limit = dropbox._get_parameter("max_senders")
            if len(others) >= limit:
                text = self.env._(
                    "%(email)s can't be added: the limit is %(limit)s sender addresses.",
                    email=clean(vals.get("email") or ""), limit=limit,
                )  # fmt: skip
                raise ValidationError(text)
            vals["email"] = self._check_email(vals.get("email"), others)
            vals["dropbox_id"] = dropbox.id
            # without default values of the client, which are not checked
            clean_self = self.with_context(clean_context(self.env.context))
            senders += super(CrmBccDropboxSender, clean_self).create([vals]).with_env(self.env)
        senders._ask_for_confirmation()
        return senders

    def write(self, vals):
        """Check a changed address, and request its confirmation again."""
        self._check_actor(self.user_id, vals)
        if "verified" in vals:
            self._set_nonce(False)  # invalidates the link that was sent before
        if "email" not in vals:
            return super().write(vals)
        for sender in self:
            others = (sender.dropbox_id.sender_ids - sender).mapped("email_normalized")
            email = self._check_email(vals["email"], others)
            changed = email != sender.email_normalized
            unverified = {"verified": False} if changed else {}
            super(CrmBccDropboxSender, sender).write({**unverified, **vals, "email": email})
            if changed:
                sender._set_nonce(False)
                sender._ask_for_confirmation()
        return True

    @api.ondelete(at_uninstall=False)
    def _unlink_own(self):
        self._check_actor(self.user_id, {})

    def _get_dropbox(self, vals):
        """Pop the dropbox from the values of a new sender address."""
        user = self.env["res.users"].browse(vals.pop("user_id", None) or self.env.uid)
        # archived ones included: there is one per user; sudo: `_check_actor` checks the user
        Dropbox = self.env["crm.bcc.dropbox"].sudo().with_context(active_test=False)
        if dropbox_id := vals.pop("dropbox_id", None):
            return Dropbox.browse(dropbox_id)
        Dropbox._ensure_dropboxes(user)
        if dropbox := Dropbox.search([("user_id", "=", user.id)]):
            return dropbox
        raise UserError(self.env._("This user doesn't have permission to use BCC Dropbox."))

    # ------------------------------------------------------------
    # CONFIRMATION
    # ------------------------------------------------------------

    def action_send_confirmation(self):
        """Send the confirmation email again."""
        self.ensure_one()
        if self.user_id != self.env.user:
            raise AccessError(self.env._("You can confirm only your own sender addresses."))
        if self.verified:
            raise UserError(self.env._("%(email)s is already confirmed.", email=self.email))
        self._request_confirmation()
        return {"type": "ir.actions.client", "tag": "display_notification", "params": self._prepare_notification()}

    def _ask_for_confirmation(self):
        """Request the confirmation of new addresses, and notify the current user of the email that was sent."""
        for sender in self._request_confirmation():
            self.env.user._bus_send("simple_notification", sender._prepare_notification())

    def _prepare_notification(self):
        text = self.env._("We sent a confirmation email to %(email)s. Open the link in it.", email=self.email)
        return {"type": "success", "message": text}

    def _request_confirmation(self):
        """Send a confirmation email to each unverified address of the current user.

        :return: these addresses
        """
        senders = self.filtered(lambda sender: sender.user_id == self.env.user and not sender.verified)
        for sender in senders:
            sender.dropbox_id._count_confirmation()
            if not sender.sudo().nonce:  # sudo: no group may read it
                sender._set_nonce(secrets.token_urlsafe(16))
            sender._send_confirmation()
        return senders

    def _send_confirmation(self):
        """Send the confirmation email, in the language of the owner."""
        env = self.dropbox_id._get_owner_env()
        # sudo: no group may read the nonce and the key of the signature
        values = [self.id, self.email_normalized, self.sudo().nonce]
        token = hash_sign(self.sudo().env, LINK_SCOPE, values, expiration_hours=LINK_HOURS)
        values = {
            "company": env.company,
            "link": f"{self.get_base_url()}/bcc_dropbox/confirm?token={token}",
            "question": env._(
                "%(user)s wants Odoo to log emails sent from %(email)s. If this is you, please confirm the address:",
                user=env.user.name, email=self.email,
            ),
            "validity": env._(
                "The link works once and expires after %(days)s days. If you did not request it, ignore this email:"
                " only %(user)s can use the link.",
                days=LINK_HOURS // 24, user=env.user.name,
            ),
        }  # fmt: skip
        body = env["ir.qweb"]._render("crm_bcc_dropbox.confirmation_mail", values)
        send_mail(env, self.email, env._("Confirm %(email)s for BCC Dropbox", email=self.email), body)

    @api.model
    def _find_by_link(self, token):
        """Find the address of a confirmation link.

        :return: the address, as the system, and an empty text; or no address, and why the link does not work:
            `expired`, `used` or `foreign`
        """
        none = self.sudo().browse()  # sudo: the link proves the access, and no group may read the nonce
        try:
            values = verify_hash_signed(none.env, LINK_SCOPE, token)
        except ValueError:  # incomplete
            values = None
        if not values:
            return none, "expired"
        sender_id, email, nonce = values
        sender = none.browse(sender_id).exists()
        if sender and sender.user_id != self.env.user:
            return none, "foreign"
        is_valid = sender.nonce and consteq(sender.nonce, nonce) and sender.email_normalized == email
        return (sender, "") if is_valid and sender.dropbox_id.is_allowed else (none, "used")

    def _confirm(self):
        """Confirm an address whose owner followed the link in the confirmation email."""
        # as the system: otherwise only managers may confirm addresses
        self.with_user(SUPERUSER_ID).write({"verified": True})

    def _set_nonce(self, nonce):
        # as the system: no group may write it
        self.with_user(SUPERUSER_ID).write({"nonce": nonce})

    def _is_known_spelling(self, raw_mail):
        """Return whether From is one of these addresses, in an ambiguous spelling that the owner has confirmed.

        :param RawMail raw_mail: the email
        """
        own = self.filtered(lambda sender: sender.verified and sender.email_normalized == raw_mail.likely_email)
        return raw_mail.spelling in (own.sudo().spellings or "").splitlines()  # sudo: no group may read it

    def _remember_spelling(self, spelling):
        """Accept an ambiguous spelling of this address from now on."""
        # sudo: no group may read it
        known = [line for line in (self.sudo().spellings or "").splitlines() if line != spelling]
        # as the system: users may write only the address
        self.with_user(SUPERUSER_ID).write({"spellings": "\n".join([*known, spelling][-MAX_SPELLINGS:])})

    # ------------------------------------------------------------
    # CHECKS
    # ------------------------------------------------------------

    def _check_actor(self, owners, vals):
        """Allow users to change the email of their own sender addresses, and managers to change everything."""
        if is_manager(self.env.user):
            return
        if owners - self.env.user:
            raise AccessError(self.env._("You can change only your own sender addresses."))
        if vals.get("verified") or vals.keys() - {"email", "verified"}:
            raise AccessError(self.env._("Only an administrator can confirm a sender address."))

    def _check_email(self, email, others):
        """Return a sender address, normalised.

        :param str email: as the user typed it
        :param list others: the other sender addresses, normalised
        :raises ValidationError: it is invalid, exists already, or is an address on which Odoo receives emails
        """
        normalized = email_normalize(email)
        readable = clean(email or "")
        if not normalized:
            raise ValidationError(self.env._("“%(email)s” is not an email address.", email=readable))
        if get_key(normalized) in map(get_key, others):
            raise ValidationError(self.env._("%(email)s is already one of your sender addresses.", email=readable))
        if self.env["crm.bcc.dropbox"]._is_own_address_of_odoo(normalized):
            text = self.env._("Odoo receives emails on %(email)s, so it can't be a sender address.", email=readable)
            raise ValidationError(text)
        return normalized

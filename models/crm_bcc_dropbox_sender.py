import secrets

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import clean_context
from odoo.tools.mail import email_normalize
from odoo.tools.misc import consteq, hash_sign, verify_hash_signed

from ..tools.address import clean
from ..tools.spelling import get_key
from .crm_bcc_dropbox import MANAGER_GROUP

LINK_SCOPE = "crm_bcc_dropbox.confirmation"
LINK_HOURS = 72

MAX_SPELLINGS = 20
"""That are remembered of one address."""


class CrmBccDropboxSender(models.Model):
    """An address that the owner of a dropbox sends mail from.

    The e-mail of the user is there from the start; users add and remove others. Only mails from a verified one
    are taken: users verify an address by a link that Odoo mails to it, administrators by a tick.
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
    spellings = fields.Text(
        groups=fields.NO_ACCESS, copy=False, help="Unusual ways to write it, one per line, that its owner has accepted."
    )
    confirmation = fields.Selection(
        [
            ("new", "Saving sends a confirmation email"),
            ("sent", "Confirmation email sent"),
            ("unconfirmed", "Not confirmed"),
            ("confirmed", "Confirmed"),
        ],
        compute="_compute_confirmation",
    )
    nonce = fields.Char(groups=fields.NO_ACCESS, copy=False, help="Makes the link in a mail work once.")

    # the check below says it in words; between processes, only an index decides
    _email_unique = models.UniqueIndex(
        "(dropbox_id, email_normalized)", "This address is among your own addresses already."
    )

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
                # sudo: the nonce is closed to everyone; that there is one tells that a link was sent
                sender.confirmation = "sent" if saved.sudo().nonce else "unconfirmed"

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
            limit = dropbox._get_parameter("max_senders")
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
        senders._ask_for_confirmation()
        return senders

    def write(self, vals):
        """Change own addresses; another address has to be confirmed again."""
        self._check_actor(self.user_id, vals)
        if "verified" in vals:
            self._set_nonce(False)  # a link that was mailed before is settled
        if "email" not in vals:
            return super().write(vals)
        for sender in self:
            others = (sender.dropbox_id.sender_ids - sender).mapped("email_normalized")
            email = self._check_email(vals["email"], others)
            changed = email != sender.email_normalized
            confirmed = {"verified": False} if changed else {}
            super(CrmBccDropboxSender, sender).write({**confirmed, **vals, "email": email})
            if changed:
                sender._set_nonce(False)
                sender._ask_for_confirmation()
        return True

    @api.ondelete(at_uninstall=False)
    def _unlink_own(self):
        self._check_actor(self.user_id, {})

    def _get_dropbox(self, vals):
        """Take the dropbox out of the values of a new own address."""
        user = self.env["res.users"].browse(vals.pop("user_id", None) or self.env.uid)
        # archived ones too: there is one per user; sudo: who may use it is checked by `_check_actor`
        Dropbox = self.env["crm.bcc.dropbox"].sudo().with_context(active_test=False)
        if dropbox_id := vals.pop("dropbox_id", None):
            return Dropbox.browse(dropbox_id)
        Dropbox._ensure_dropboxes(user)
        if dropbox := Dropbox.search([("user_id", "=", user.id)]):
            return dropbox
        raise UserError(self.env._("Own addresses need a BCC Dropbox, and this user has no permission to use it."))

    # ------------------------------------------------------------
    # CONFIRMATION
    # ------------------------------------------------------------

    def action_send_confirmation(self):
        """Mail the owner the link once more."""
        self.ensure_one()
        if self.user_id != self.env.user:
            raise AccessError(self.env._("You can confirm your own addresses only."))
        if self.verified:
            raise UserError(self.env._("%(email)s is confirmed already.", email=self.email))
        self._request_confirmation()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "success", "message": self._describe_confirmation()},
        }

    def _ask_for_confirmation(self):
        """Mail a link to new addresses, and tell the current user, whose form says nothing about it."""
        for sender in self._request_confirmation():
            notice = {"type": "success", "message": sender._describe_confirmation()}
            self.env.user._bus_send("simple_notification", notice)

    def _describe_confirmation(self):
        return self.env._("We sent a confirmation email to %(email)s. Open the link in it.", email=self.email)

    def _request_confirmation(self):
        """Mail a link to the addresses that the current user has just said to be theirs.

        :return: these addresses
        """
        senders = self.filtered(lambda sender: sender.user_id == self.env.user and not sender.verified)
        for sender in senders:
            sender.dropbox_id._count_confirmation()
            if not sender.sudo().nonce:  # closed to everyone
                sender._set_nonce(secrets.token_urlsafe(16))
            # as the system: whoever sends a mail may read it in Odoo, and the link is for the mailbox alone
            Mail = self.env["mail.mail"].with_user(SUPERUSER_ID).with_context(clean_context(self.env.context))
            Mail.create(sender._prepare_confirmation_values()).send_after_commit()
        return senders

    def _prepare_confirmation_values(self):
        """Values of the mail with the link, in the language of the owner."""
        env = self.dropbox_id._get_owner_env()
        company = env.company
        # sudo: the nonce and the key of the signature are closed to everyone
        values = [self.id, self.email_normalized, self.sudo().nonce]
        token = hash_sign(self.sudo().env, LINK_SCOPE, values, expiration_hours=LINK_HOURS)
        body = env["ir.qweb"]._render(
            "crm_bcc_dropbox.confirmation_mail",
            {
                "company": company,
                "link": f"{self.get_base_url()}/bcc_dropbox/confirm?token={token}",
                "question": env._(
                    "%(user)s wants to send mail from %(email)s to their BCC Dropbox in Odoo, which takes mail from"
                    " confirmed addresses only. If that is you, please confirm that the address is yours:",
                    user=env.user.name,
                    email=self.email,
                ),
                "validity": env._(
                    "The link works once, and for %(days)s days. If you did not ask for it, there is nothing to do:"
                    " nobody but %(user)s can use it.",
                    days=LINK_HOURS // 24,
                    user=env.user.name,
                ),
            },
        )
        return {
            "author_id": company.partner_id.id,
            "auto_delete": True,
            "body_html": body,
            "email_from": company.email_formatted or company.partner_id.email_formatted,
            "email_to": self.email,
            "record_alias_domain_id": company.alias_domain_id.id,
            "record_company_id": company.id,
            "reply_to": company.email_formatted,
            "subject": env._("Confirm %(email)s for your BCC Dropbox", email=self.email),
        }

    @api.model
    def _find_by_link(self, token):
        """Find the address that a link was mailed to.

        :return: the address, as the system, or none, and what is wrong with the link: nothing, `expired`, `used` or
            `foreign`
        """
        nobody = self.sudo().browse()  # sudo: the link tells who may, and its nonce is closed to everyone
        try:
            values = verify_hash_signed(nobody.env, LINK_SCOPE, token)
        except ValueError:  # not copied as a whole
            values = None
        if not values:
            return nobody, "expired"
        sender_id, email, nonce = values
        sender = nobody.browse(sender_id).exists()
        if sender and sender.user_id != self.env.user:
            return nobody, "foreign"
        fits = sender.nonce and consteq(sender.nonce, nonce) and sender.email_normalized == email
        if not fits or not sender.dropbox_id.is_allowed:
            return nobody, "used"
        return sender, ""

    def _confirm(self):
        """Confirm an address whose owner followed the link that was mailed to it."""
        # the system: nobody but managers confirms addresses by themselves
        self.with_user(SUPERUSER_ID).write({"verified": True})

    def _set_nonce(self, nonce):
        # the system: it is closed to everyone
        self.with_user(SUPERUSER_ID).write({"nonce": nonce})

    # ------------------------------------------------------------
    # SPELLING
    # ------------------------------------------------------------

    def _is_known_spelling(self, mail):
        """Return whether a mail writes one of these addresses in a way that its owner has accepted before.

        :param ParsedMail mail: its header
        """
        own = self.filtered(lambda sender: sender.verified and sender.email_normalized == mail.likely_email)
        return mail.spelling in (own.sudo().spellings or "").splitlines()  # sudo: closed to everyone

    def _remember_spelling(self, spelling):
        """Take mails that write this address in that way from now on; the last ones are remembered."""
        # sudo: closed to everyone
        known = [line for line in (self.sudo().spellings or "").splitlines() if line != spelling]
        # the system: users write nothing but the address
        self.with_user(SUPERUSER_ID).write({"spellings": "\n".join([*known, spelling][-MAX_SPELLINGS:])})

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
        if get_key(normalized) in map(get_key, others):
            raise ValidationError(self.env._("%(email)s is among your own addresses already.", email=readable))
        if self.env["crm.bcc.dropbox"]._is_own_address_of_odoo(normalized):
            raise ValidationError(
                self.env._(
                    "%(email)s is an address on which this Odoo receives mail. You cannot send mail from it.",
                    email=readable,
                )
            )
        return normalized

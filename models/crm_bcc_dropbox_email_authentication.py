import logging
from dataclasses import replace

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.address import clean, read_address
from ..tools.authentication import Verdict, read_verdict
from ..tools.envelope import read_fields, split_head
from ..tools.signature import check_signatures, is_installed
from .crm_bcc_dropbox_address import METHODS

_logger = logging.getLogger(__name__)


class CrmBccDropboxEmailAuthentication(models.AbstractModel):
    """What was found out about the sender of a captured mail. A part of the log model."""

    _name = "crm.bcc.dropbox.email.authentication"
    _description = "Sender Authentication of a Captured Mail"

    authentication = fields.Selection(
        [
            ("pass", "Genuine"),
            ("fail", "Forged"),
            ("broken", "Changed on its way"),
            ("temperror", "Could not be found out"),
            ("none", "Unknown"),
        ],
        string="Sender Is", readonly=True, help="Whether the mail really is from the domain of its sender.",
    )  # fmt: skip
    authentication_method = fields.Char(readonly=True, help="What decided: dmarc, dkim, spf or auth.")
    authentication_host = fields.Char(readonly=True, help="The host that found it out; empty for Odoo itself.")
    is_sender_doubtful = fields.Boolean(compute="_compute_is_sender_doubtful")
    sender_spelling = fields.Char(
        readonly=True, help="The sender as the email has it, if programs may read it differently."
    )

    @api.depends("authentication", "sender_spelling", "state")
    def _compute_is_sender_doubtful(self):
        """Tell of which refused mails somebody else may be the sender."""
        mode = self.env["crm.bcc.dropbox"]._get_authentication_mode()
        for mail in self:
            refused = {"off": [], "reject": ["fail"]}.get(mode, ["fail", "broken", "temperror", "none"])
            is_doubtful = mail.sender_spelling or mail.authentication in refused
            mail.is_sender_doubtful = mail.state == "refused" and bool(is_doubtful)

    # ------------------------------------------------------------
    # GATEWAY
    # ------------------------------------------------------------

    def _authenticate(self, raw, mail):
        """Find out whether a mail is from its sender; to be done before anything is locked, as the DNS may be slow.

        :return: the header of the mail with the verdict, as it was when nobody wants one
        """
        Dropbox = self.env["crm.bcc.dropbox"]
        is_off = Dropbox._get_authentication_mode() == "off"
        sender = mail.likely_email if mail.spelling else mail.sender_email
        if is_off or not sender or (mail.sender_flaw and not mail.spelling):
            return mail
        verdict = read_verdict(raw, sender, Dropbox._get_authentication_hosts())
        if verdict.result not in ("pass", "fail") and self._is_signature_wanted(raw, sender):
            verdict = self._check_signature(raw, sender) or verdict
        return replace(mail, verdict=verdict)

    def _is_signature_wanted(self, raw, sender):
        """Tell whether a mail is signed, and not refused anyway: strangers make us ask the DNS for nothing."""
        if not is_installed() or all(field.name != "dkim-signature" for field in read_fields(split_head(raw)[0])):
            return False
        # SQL: on the way of most mails, and the ORM takes longer to write it than PostgreSQL to answer
        query = SQL(
            """
            SELECT 1 FROM crm_bcc_dropbox_email AS email
              JOIN crm_bcc_dropbox_sender AS sender USING (dropbox_id)
             WHERE email.id IN %s AND sender.email_normalized = %s AND sender.verified
             LIMIT 1
            """,
            tuple(self.ids), sender,
        )  # fmt: skip
        return bool(self.env.execute_query(query))

    @api.model
    def _check_signature(self, raw, sender):
        """Find out by a signature whether a mail is from its sender.

        :return: a verdict; None if there is no signature to look at
        """
        result = check_signatures(raw, sender.rpartition("@")[2])
        if result == "temperror":
            _logger.info("The DNS did not answer, to check the signature of a captured mail.")
        return Verdict(result, "dkim") if result else None

    @api.model
    def _prepare_authentication_values(self, mail):
        """Values of the row that say what was found out; none when nobody looked, to keep what is known."""
        if not mail.verdict:
            return {}
        return {
            "authentication": mail.verdict.result,
            "authentication_method": mail.verdict.method or False,
            "authentication_host": clean(mail.verdict.host) or False,
        }

    # ------------------------------------------------------------
    # EXPLANATION
    # ------------------------------------------------------------

    def _explain_authentication(self):
        """Say whether the mail really is from its sender, and who found that out."""
        domain = read_address(self.email_from).rpartition("@")[2]
        if not domain or not self.authentication:
            return ""
        values = {
            "host": self.authentication_host or "Odoo",
            "domain": domain,
            "method": METHODS.get(self.authentication_method, ""),
        }
        if self.authentication == "pass":
            return self.env._("%(host)s found that it really is from %(domain)s (%(method)s).", **values)
        if self.authentication == "fail":
            return self.env._(
                "It says that it is from %(domain)s, but %(host)s found that it is not (%(method)s).", **values
            )
        if self.authentication == "temperror":
            return self.env._("%(host)s could not find out whether it really is from %(domain)s.", **values)
        if self.authentication == "broken":
            return self.env._(
                "The signature of %(domain)s on it does not fit: it was changed on its way, or is from somewhere else.",
                **values,
            )
        return self.env._("Nothing tells whether it really is from %(domain)s.", **values)

from odoo import api, models

from ..tools.authentication import parse_hosts, to_ascii
from ..tools.sender import find_shown_addresses

MODES = ("off", "reject", "require")
METHODS = {"auth": "SMTP AUTH", "dkim": "DKIM", "dmarc": "DMARC", "spf": "SPF"}
"""What people call them; not translated."""


class CrmBccDropboxAuthentication(models.AbstractModel):
    """The part of step 2, *admit*, that asks who sent a mail: one own address, and whether it really is from there.

    A part of the dropbox. All of it is told from the mail: what the DNS had to be asked for was asked before.
    """

    _name = "crm.bcc.dropbox.authentication"
    _description = "Sender Authentication of a BCC Dropbox"

    # ------------------------------------------------------------
    # SETTINGS
    # ------------------------------------------------------------

    @api.model
    def _get_authentication_mode(self):
        """What is asked of senders: nothing (`off`), that no check fails (`reject`), or that one passes (`require`)."""
        mode = self._get_parameter("authentication")
        return mode if mode in MODES else "reject"

    @api.model
    def _get_authentication_hosts(self):
        """Names of the hosts whose findings count; none when one of them cannot be read."""
        try:
            return parse_hosts(self._get_parameter("authentication_host"))
        except ValueError:
            return ()

    # ------------------------------------------------------------
    # SENDER
    # ------------------------------------------------------------

    def _get_sender_refusal(self, mail, own, env):
        """Say why the sender of a mail is not taken, or nothing when it is; see :meth:`_get_refusal`."""
        if mail.spelling and self.sender_ids._is_known_spelling(mail):
            return ""
        if len(mail.senders) != 1:
            return env._("It names %(count)s senders instead of one.", count=len(mail.senders))
        if mail.sender_flaw == "several":
            return env._("It names its sender more than once, which no mail program does.")
        sender = mail.senders[0]
        if not own:
            return " ".join(filter(None, [
                env._("It was sent from %(sender)s, which is not one of your own addresses.", sender=sender.text),
                self._describe_letters(sender, env),
                self._describe_claims(mail, env),
            ]))  # fmt: skip
        if not own.verified:
            return env._("It was sent from %(sender)s, which is not confirmed yet.", sender=sender.text)
        if mail.sender_flaw and not (mail.sender_flaw == "loose" and self._is_checked(mail)):
            return env._(
                "Its sender is written in a way that programs read differently, so it is not certain who sent it: "
                "%(sender)s",
                sender=sender.text,
            )
        return self._get_name_refusal(sender, env)

    def _is_checked(self, mail):
        """Return whether a sender that is not written as it should be was looked at, if there is a server to do so.

        It may be written so that the server overlooks it.
        """
        is_off = self._get_authentication_mode() == "off" or not self._get_authentication_hosts()
        return is_off or bool(mail.verdict and mail.verdict.result != "none")

    def _describe_letters(self, sender, env):
        """Unmask letters that only look like those of an own address."""
        local_part, _at, domain = sender.email.rpartition("@")
        ascii_domain = to_ascii(domain)
        if not sender.email or sender.email.isascii() or ascii_domain == domain:
            return ""
        email = f"{local_part}@{ascii_domain}"
        return env._("Some of its letters may only look familiar; for computers it is %(email)s.", email=email)

    def _describe_claims(self, mail, env):
        """Name the header that does name an own address, which may be all that the owner saw."""
        own = set(self._get_verified_emails())
        if header := next((header for header, email in mail.claims if email in own), None):
            return env._(
                "Its header “%(header)s” names one, but only the sender in “From” counts.", header=header.title()
            )
        return ""

    def _get_name_refusal(self, sender, env):
        """Say that an own address goes by the name of another one, which is what people see."""
        shown = [email for email in find_shown_addresses(sender.name) if email != sender.email.lower()]
        own = self._get_verified_emails() if shown else ()  # most names show none
        shown = [email for email in shown if email not in own]
        if not shown:
            return ""
        return env._(
            "Its sender %(sender)s has another address for a name: %(email)s", sender=sender.email, email=shown[0]
        )

    def _get_verified_emails(self):
        return self.sender_ids.filtered("verified").mapped("email_normalized")

    # ------------------------------------------------------------
    # AUTHENTICATION
    # ------------------------------------------------------------

    def _get_authentication_refusal(self, mail, env):
        """Say why it is not certain enough that a mail is from its sender, or nothing; see :meth:`_get_refusal`."""
        mode, verdict = self._get_authentication_mode(), mail.verdict
        result = verdict.result if verdict else "none"
        if mode == "off" or result == "pass":
            return ""
        domain = mail.likely_email.rpartition("@")[2]
        if result == "fail":
            return env._(
                "%(host)s found that it is not really from %(domain)s (%(method)s): someone else may have written your "
                "address into it.",
                host=verdict.host, domain=domain, method=METHODS.get(verdict.method, ""),
            )  # fmt: skip
        if mode == "reject":
            return ""
        if result == "temperror" and not verdict.host:
            return env._(
                "Odoo could not find out whether it is really from %(domain)s, because the domain name system did not "
                "answer. Try it again.",
                domain=domain,
            )
        if result == "temperror":
            return env._(
                "%(host)s could not find out at that time whether it is really from %(domain)s. Send it again.",
                host=verdict.host, domain=domain,
            )  # fmt: skip
        return env._(
            "Nothing proves that it is really from %(domain)s, and your administrator asks for a proof.", domain=domain
        )

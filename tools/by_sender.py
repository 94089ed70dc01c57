"""Find the owner of a mail in a mailbox for BCC copies.

Some mail servers leave no trace of a Bcc recipient, so no dropbox is found in the mail. The mail belongs to the user
with the confirmed sender address that it was sent from. Anyone who knows the mailbox can send mail to it, so the
trusted server must have verified the sender, whatever the setting for other mail is. Mail that belongs to no user stays
in the mailbox, and Odoo does nothing else with it.
"""

from .authentication import read_verdict
from .deliveries import MAILBOX, Delivery
from .reasons import Reason
from .spelling import get_spellings


class UnclaimedError(Exception):
    """A mail in a mailbox for BCC copies belongs to no user.

    :param RawMail raw_mail: the mail
    :param str code: the reason, a key of `UNCLAIMED` in :mod:`.reasons`
    :param values: the values of the reason
    """

    def __init__(self, raw_mail, code, **values):
        super().__init__(code)
        self.raw_mail = raw_mail
        self.reason = Reason(code, values)


def find_by_sender(env, raw_mail):
    """Return the dropbox of a mail without a BCC address, found by its verified sender, as :class:`Delivery`.

    :raises UnclaimedError: it is not certain that exactly one permitted user sent the mail
    """
    sender, hosts = raw_mail.sender_email, env["crm.bcc.dropbox"]._get_authentication_hosts()
    if not hosts:
        raise UnclaimedError(raw_mail, "no_trusted_server")
    if not sender or raw_mail.sender_flaw not in ("", "loose"):
        raise UnclaimedError(raw_mail, "unclear_sender")
    verdict = read_verdict(raw_mail, sender, hosts)
    if verdict.result != "pass":
        raise UnclaimedError(raw_mail, "not_genuine", sender=sender, result=verdict.result)
    # sudo: the sender addresses of all users, whichever user delivers the mail
    senders = env["crm.bcc.dropbox.sender"].sudo().search([("email_normalized", "in", get_spellings([sender]))])
    confirmed = senders.filtered("verified").dropbox_id
    permitted = confirmed.filtered("is_allowed")
    if not confirmed:
        raise UnclaimedError(raw_mail, "owner_not_confirmed" if senders else "no_owner", sender=sender)
    if len(permitted) != 1:
        raise UnclaimedError(raw_mail, "several_owners" if permitted else "owner_not_permitted", sender=sender)
    [token] = permitted.token_ids.filtered(lambda token: not token.replaced_date)
    return Delivery(token.token, "", MAILBOX, from_last_hop=False)

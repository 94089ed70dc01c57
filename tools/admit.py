"""Step 2, *admit*: whether a captured email is logged at all, and the order of the checks."""

from .by_rule import find_redirected
from .notice_link import MARK, is_daily_email
from .reasons import Reason
from .redirected import BULK
from .spelling import get_spellings


def find_refusal(email, raw_mail, verdict, token):
    """Return why a mail is not logged, as a list of :class:`Reason`, and the verdict about its sender.

    0. It is a daily email of Odoo to the owner, which must not be in the next one: it is only counted.
    1. A limit is exceeded: `_get_excess`.
    2. The address, the owner or the sender is not accepted: `_get_refusal` of the dropbox.
    3. Only the sender is not accepted, but a rule may have redirected the mail: then :func:`find_redirected` decides.

    If all of them pass, the caller checks the destination in the BCC address: :attr:`.by_destination.Chosen.refusal`.

    :param email: the `crm.bcc.dropbox.email`
    :param token: the `crm.bcc.dropbox.token` that it was sent to
    """
    dropbox = email.dropbox_id
    if is_daily_email(dropbox, raw_mail):
        return [Reason(BULK, {"header": MARK})], verdict
    sender = find_sender(dropbox, raw_mail)
    refusal = email._get_excess(raw_mail)
    refusal = refusal or dropbox._get_refusal(raw_mail, verdict, token, sender, email.accepted)
    redirected = find_redirected(dropbox, raw_mail, refusal)
    return (redirected.reasons, redirected.verdict) if redirected else (refusal, verdict)


def find_sender(dropbox, raw_mail):
    """Return the owner's sender address that a mail is from, preferably a confirmed one; empty if there is none."""
    emails = get_spellings([raw_mail.sender_email])
    domain = [("dropbox_id", "=", dropbox.id), ("email_normalized", "in", emails)]
    return dropbox.env["crm.bcc.dropbox.sender"].search_fetch(domain, ["verified"], order="verified DESC", limit=1)

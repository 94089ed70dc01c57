"""What is kept of an original that contains emails to, or from, excluded addresses only."""

import base64

from .decision import PROPOSED
from .html import text_to_html
from .original import build_mail
from .raw_mail import RawMail
from .reasons import ONLY_EXCLUDED, Reason
from .states import CAPTURED, REFUSED


def forget_excluded(email):
    """Delete what would not have been kept if today's exclusions had existed when the email arrived.

    :param email: the `crm.bcc.dropbox.email`, as the system
    """
    raw_mail = RawMail(email._read_raw())
    if not raw_mail.content or not drop_excluded(email, raw_mail, email._find_mails_to_log(raw_mail)) or email.raw:
        return
    if email.state == REFUSED and not email.is_private:
        email._set_refused([*(Reason(*reason) for reason in email.reasons), Reason(ONLY_EXCLUDED)])
    if email.state not in (CAPTURED, REFUSED):
        email._set_unmatched([Reason(ONLY_EXCLUDED)], recipients=False)


def drop_excluded(email, raw_mail, to_log):
    """Delete from the original of an email the mails whose customers are all excluded.

    The original is still needed if one of the other mails that it forwards is on no record yet, or a person in it waits
    for a confirmation. Then it is replaced by one that forwards these alone.

    :param email: the `crm.bcc.dropbox.email`, whose result is written already
    :param RawMail raw_mail: the mail that arrived
    :param list to_log: of :class:`.decision.MailToLog`
    :return: whether there are any such mails
    """
    others = [item.mail for item in to_log if not item.is_excluded]
    if len(others) == len(to_log):
        return False
    is_done = email.state == CAPTURED and PROPOSED not in email.line_ids.mapped("outcome")
    email.raw = False if is_done or not others else base64.b64encode(_forward(raw_mail, others))
    return True


def _forward(raw_mail, mails):
    header = {"From": raw_mail.sender, "Subject": raw_mail.subject, "Message-ID": raw_mail.message_id}
    files = [(f"{number}.eml", mail.content, f"mail{number}") for number, mail in enumerate(mails)]
    return build_mail(header, raw_mail.date, text_to_html(mails[0].comment), files)

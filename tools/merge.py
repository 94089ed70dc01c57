"""Lines of captured emails follow records that are merged."""

from .decision import CREATED, MATCHED


def follow_merge(merged, record):
    """Point the lines of merged records to the record that has their messages now.

    An email that was on several of them stays there only once.
    """
    # sudo: the lines of all users
    Line = record.env["crm.bcc.dropbox.email.line"].sudo()
    lines = Line.search([("res_model", "=", record._name), ("res_id", "in", [record.id, *merged.ids])])
    moved = lines.filtered(lambda line: line.res_id != record.id)
    moved.filtered(lambda line: line.outcome == CREATED).outcome = MATCHED
    moved.res_id = record.id
    kept, double = {}, lines.mail_message_id.browse()
    for line in (lines - moved) + moved:
        message = line.mail_message_id.filtered("bcc_dropbox_captured")
        # messages of older versions have no fingerprint
        identity = message.bcc_dropbox_fingerprint or message.message_id
        first = kept.setdefault((identity, message.bcc_dropbox_comment), message)
        if message and message != first:
            line.mail_message_id = first
            double |= message
    double._bcc_dropbox_remove()

from datetime import timedelta

from babel.dates import format_timedelta
from odoo import api, fields, models
from odoo.tools import format_datetime, formatLang
from odoo.tools.misc import babel_locale_parse

from ..tools.address import read_address
from ..tools.direction import isolate
from ..tools.envelope import ADDRESS_HEADERS, ENVELOPE
from ..tools.spelling import get_key


class CrmBccDropboxExplanation(models.AbstractModel):
    """What the log says in words, to whoever asks why a mail is here. A part of the log model."""

    _name = "crm.bcc.dropbox.explanation"
    _description = "Explanation of a Captured Mail"

    explanation = fields.Text("Why Is This Here?", compute="_compute_explanation")

    @api.depends("subject")
    def _compute_display_name(self):
        """Name a mail by its subject, also one that has none."""
        for mail in self:
            mail.display_name = mail.subject or self.env._("(no subject)")

    @api.depends_context("uid", "lang", "tz")
    @api.depends(
        "found_in", "from_last_hop", "email_from", "dropbox_id.sender_ids.verified",
        "authentication", "authentication_method", "authentication_host",
        "state", "create_date", "done_date", "duration", "next_try",
    )  # fmt: skip
    def _compute_explanation(self):
        for mail in self:
            sentences = (
                mail._explain_header(), mail._explain_sender(), mail._explain_authentication(), mail._explain_time(),
            )  # fmt: skip
            mail.explanation = "\n".join(filter(None, sentences))

    def _explain_header(self):
        """Say where the dropbox was found: for whoever doubts that it was in Bcc."""
        header = (self.found_in or "").lower()
        name = "-".join(word.capitalize() for word in header.split("-"))
        if not header:
            return ""
        if header == ENVELOPE:
            return self.env._("Delivered by your mail server.")
        if header in ("to", "cc"):
            return self.env._(
                "The dropbox stands in “%(header)s”, where all recipients see it. Put it in Bcc.", header=name
            )
        if header in ADDRESS_HEADERS:
            return self.env._("The dropbox stands in “%(header)s”, as the sender wrote it.", header=name)
        if self.from_last_hop:
            return self.env._("The dropbox stands in “%(header)s”, written by your own mail server.", header=name)
        return self.env._("The dropbox stands in “%(header)s”, written by a mail server on the way.", header=name)

    def _explain_sender(self):
        """Say whose address sent it, if it is an own one; else the reason or the history say what is to be said."""
        sender = read_address(self.email_from)
        own = map(get_key, self.dropbox_id.sender_ids.filtered("verified").mapped("email_normalized"))
        if not sender or get_key(sender) not in own or self.authentication == "fail":
            return ""
        # sudo: the name of a colleague, whatever rules hold for users
        owner = self.user_id.sudo().name
        return self.env._(
            "It was sent from %(sender)s, which is an own address of %(owner)s.", sender=sender, owner=owner
        )

    def _explain_time(self):
        """Say when it arrived and how long it took."""
        arrived = isolate(format_datetime(self.env, self.create_date, dt_format="short"))
        if self.state != "pending":
            return self.env._(
                "It arrived on %(date)s and was dealt with in %(duration)s.",
                date=arrived, duration=self._format_duration(),
            )  # fmt: skip
        if self.next_try:
            return self.env._(
                "It arrived on %(date)s and is being filed. The next try is on %(next_try)s.",
                date=arrived, next_try=isolate(format_datetime(self.env, self.next_try, dt_format="short")),
            )  # fmt: skip
        return self.env._("It arrived on %(date)s and is being filed.", date=arrived)

    def _format_duration(self):
        """Say a duration for people: the usual ones are far below a minute, those of repeated tries are hours."""
        took = timedelta(milliseconds=self.duration)
        if not took and self.done_date:  # not at the first try
            took = self.done_date - self.create_date
        seconds = took.total_seconds()
        if seconds < 60:
            return self.env._("%(number)s seconds", number=formatLang(self.env, seconds, digits=2))
        return format_timedelta(took, locale=babel_locale_parse(self.env.lang))

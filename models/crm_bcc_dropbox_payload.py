from dataclasses import dataclass, replace

from markupsafe import Markup
from odoo import api, models
from odoo.tools import format_date, human_size

from ..tools.address import clean
from ..tools.envelope import MAX_ADDRESSES, MAX_HEAD, find_secrets
from ..tools.filename import clean_filename
from ..tools.html import text_to_html
from ..tools.limits import MB, Limits, find_content_excess, find_excess
from ..tools.mail_body import write_body
from ..tools.mail_content import read_content, read_source
from ..tools.size import format_size

SHOWN_SOURCE = 64 * 1024
"""Bytes shown of a mail that is not parsed."""


@dataclass(frozen=True)
class Payload:
    """Body and files of a mail.

    :param Markup body: HTML
    :param list attachments: ``(name, content, info)``, as `mail.thread` takes them; pictures of the text included
    :param str remark: what could not be filed or read, for the owner
    :param str note: what is said beside the text in the history: the remark, and what the mail is when it has no text
    :param int file_count: files of the mail, those that are left out included, pictures of the text not
    """

    body: str
    attachments: list
    remark: str = ""
    note: str = ""
    file_count: int = 0


class CrmBccDropboxPayload(models.AbstractModel):
    """Body and files of a captured mail: what is filed of it, and what is shown. A part of the log model.

    Nothing is parsed that is over a limit; the limits are system parameters.
    """

    _name = "crm.bcc.dropbox.payload"
    _description = "Content of a Captured Mail"

    # ------------------------------------------------------------
    # LIMITS
    # ------------------------------------------------------------

    @api.model
    def _get_limits(self):
        """Get the limits of what is parsed."""
        get_parameter = self.env["crm.bcc.dropbox"]._get_parameter
        return Limits(
            size=get_parameter("max_mail_mb") * MB,
            header=min(get_parameter("max_header_kb") * 1024, MAX_HEAD),
            parts=get_parameter("max_parts"),
            depth=get_parameter("max_depth"),
            addresses=min(get_parameter("max_addresses"), MAX_ADDRESSES),
        )

    def _get_excess_refusal(self, raw):
        """Say which limit a mail is over, in the language of the owner; empty when it can be parsed."""
        excess = find_excess(raw, self._get_limits())
        return self._describe_excess(excess) if excess else ""

    def _describe_excess(self, excess):
        """Say in words which limit a mail is over, and what to do."""
        env = self.dropbox_id._get_owner_env()
        values = {"found": excess.found, "limit": excess.limit}
        sizes = {"found": human_size(excess.found), "limit": human_size(excess.limit)}
        if excess.kind == "shortened":
            return env._("It has %(found)s, which is too much: only its header was kept.", **sizes)
        if excess.kind == "fields":
            return env._("Its header has more than %(limit)s lines, which is too much.", **values)
        if excess.kind == "field":
            return env._("One line of the email's header has %(found)s, which is too much.", **sizes)
        if excess.kind == "size":
            reason = env._("It has %(found)s; the limit is %(limit)s.", **sizes)
        elif excess.kind == "lines":
            reason = env._("It has %(found)s lines; the limit is %(limit)s.", **values)
        elif excess.kind == "header":
            reason = env._("A header in it has %(found)s; the limit is %(limit)s.", **sizes)
        elif excess.kind == "parts":
            reason = env._("It has more than %(limit)s parts, which is the limit.", **values)
        elif excess.kind == "depth":
            reason = env._("Its parts are nested more than %(limit)s deep, which is the limit.", **values)
        else:
            reason = env._("It names %(found)s recipients in To and Cc; the limit is %(limit)s.", **values)
        advice = env._("An administrator can raise the limit; then try again.")
        return f"{reason} {advice}"

    # ------------------------------------------------------------
    # CONTENT
    # ------------------------------------------------------------

    def _read_payload(self, raw):
        """Read what is filed of a mail: all, but not more than the limit."""
        return self._extract_payload(raw, self.dropbox_id._get_parameter("max_attachment_mb"))

    def _extract_payload(self, raw, max_attachment_mb=None):
        """Read the text and the files of a mail.

        :param int max_attachment_mb: of all files together; the largest are left out until the rest fits
        """
        secrets = find_secrets(raw, token=self.sudo().token_id.token or "")  # sudo: tokens are closed to everyone
        if excess := find_content_excess(raw, self._get_limits()):  # shown, or filed by hand
            remark, source = self._describe_excess(excess), text_to_html(read_source(raw, SHOWN_SOURCE))
            return Payload(Markup(clean(secrets.redact(source))), [], remark, remark)  # noqa: S704 escaped
        content = read_content(raw, self.dropbox_id._get_parameter("max_html_mb") * MB)
        files, revealing = self._clean_files(content.files, secrets)
        files, too_large = self._limit_files(files, max_attachment_mb)
        body, shown = write_body(content.texts, files)
        remarks = [self._describe_remark(remark) for remark in content.remarks]
        remarks += self._describe_left_out(revealing, too_large, max_attachment_mb)
        notes = [*remarks, *(secrets.redact(self._describe_invitation(found)) for found in content.invitations)]
        if not body and not files and not notes:
            notes.append(self.dropbox_id._get_owner_env()._("This email has no text and no files."))
        return Payload(
            Markup(clean(secrets.redact(body))),  # noqa: S704 HTML from the reader, sanitised once more by the field
            [(file.name, file.content, {"cid": file.cid} if file.cid in shown else {}) for file in files],
            " ".join(remarks),
            "\n".join(notes),
            len(content.files) - len(shown),
        )

    @api.model
    def _clean_files(self, files, secrets):
        """Take the dropboxes out of files.

        :param Secrets secrets: what is to be hidden
        :return: the files without any; the names of those that reveal one, and cannot be changed
        """
        kept, revealing = [], []
        for file in files:
            name, content = clean_filename(secrets.redact(file.name)), secrets.clean_file(file.content)
            if content is None:
                revealing.append(name)
            else:
                kept.append(replace(file, name=name, content=content))
        return kept, revealing

    @api.model
    def _limit_files(self, files, max_mb):
        """Leave out the largest files until the rest fits.

        :return: the files that stay, and those that are left out, both in their order
        """
        room = sum(len(file.content) for file in files) - (max_mb * MB if max_mb is not None else 0)
        left_out = []
        if max_mb is not None:
            for file in sorted(files, key=lambda file: len(file.content), reverse=True):
                if room <= 0:
                    break
                room -= len(file.content)
                left_out.append(file)
        return [file for file in files if file not in left_out], [file for file in files if file in left_out]

    # ------------------------------------------------------------
    # WORDS
    # ------------------------------------------------------------

    def _describe_left_out(self, revealing, too_large, limit):
        """Say which files are left out."""
        env, remarks = self.dropbox_id._get_owner_env(), []
        if revealing:
            names = ", ".join(revealing)
            remarks.append(env._("Left out because they contain a BCC address: %(files)s.", files=names))
        if too_large:
            names = ", ".join(f"{file.name} ({format_size(len(file.content))})" for file in too_large)
            text = env._(
                "Left out, because all files together may have %(limit)s MB: %(files)s.", limit=limit, files=names
            )
            remarks.append(text)
        return remarks

    def _describe_remark(self, remark):
        """Say what the reader remarked on a mail."""
        env, values = self.dropbox_id._get_owner_env(), remark.values
        if remark.code == "encrypted":
            return env._(
                "This email is encrypted (%(method)s): open it in an email program that has the key.", **values
            )
        if remark.code == "letters":
            return env._("Some letters of the text could not be read.")
        if remark.code == "packed":
            return env._("“%(name)s” could only be unpacked in part: the file itself is attached as well.", **values)
        if remark.code == "text_only":
            return env._("Its text is too long, nested too deep or broken: it is filed without its formatting.")
        return env._("Its text is too long to be shown: the whole of it is attached as a file.")

    def _describe_invitation(self, invitation):
        """Say what an invitation is about, when and where."""
        env = self.dropbox_id._get_owner_env()
        label = {"CANCEL": env._("Canceled"), "REPLY": env._("Reply to an invitation")}
        when = self._format_time(env, invitation.start)
        if invitation.end and invitation.end != invitation.start and hasattr(invitation.end, "hour"):
            is_same_day = invitation.end.date() == invitation.start.date()
            end = invitation.end.strftime("%H:%M") if is_same_day else self._format_time(env, invitation.end)
            when = f"{when} \N{EN DASH} {end}"
        facts = [invitation.summary, " ".join(filter(None, (when, invitation.timezone))), invitation.location]
        return f"{label.get(invitation.method, env._('Invitation'))}: {', '.join(filter(None, facts))}"

    @api.model
    def _format_time(self, env, time):
        """Write a day, or a time as a clock shows it where the invitation is for."""
        if not time:
            return ""
        return f"{format_date(env, time)} {time.strftime('%H:%M')}" if hasattr(time, "hour") else format_date(env, time)

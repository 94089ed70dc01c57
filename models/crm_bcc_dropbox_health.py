from dataclasses import dataclass
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_datetime, format_list

from .crm_bcc_dropbox import USER_GROUP
from .crm_bcc_dropbox_poll import TOO_LONG

WEEK = timedelta(days=7)

FETCH_TOLERANCE = 3
"""An incoming mail server is stale when it was not looked at for this many intervals."""

MINIMUM_STALE = timedelta(minutes=15)

MAX_INTERVAL = timedelta(minutes=3)
"""A mail is to be filed within this time, so Odoo must look for mail at least as often."""

MAX_DURATION = 60_000
"""Milliseconds to file a mail, on average, that nobody has to look into."""

ADMIN_GROUP = "base.group_system"
SETTINGS_GROUPS = (ADMIN_GROUP, "sales_team.group_sale_manager")
"""Who sees the settings of CRM: all of these groups."""

SETTINGS_URL = "/odoo/action-crm.crm_config_settings_action#crm_bcc_dropbox"


@dataclass(frozen=True)
class Check:
    """What was found about one thing that the dropboxes need.

    :param str key: names the check
    :param str state: `ok`, `warning` (look at it) or `error` (broken)
    :param str title: what was checked
    :param str text: what was found and what to do, in one sentence
    :param str action_xmlid: the action that helps; may be empty
    :param str action_title: what its link says
    """

    key: str
    state: str
    title: str
    text: str
    action_xmlid: str = ""
    action_title: str = ""


class CrmBccDropboxHealth(models.AbstractModel):
    """Whether mail reaches the dropboxes, and how it fares there: numbers and states, no contents.

    Each check is a method of its own, so that other addons can change it, or add one to :meth:`_get_checks`. Nothing
    here can be called by clients: administrators see the checks in the settings, users the hint in their
    preferences.
    """

    _name = "crm.bcc.dropbox.health"
    _description = "BCC Dropbox Health"

    @api.model
    def _get_checks(self):
        """Look at everything.

        :return: a list of :class:`Check`
        """
        return [
            self._get_address_check(),
            self._get_incoming_check(),
            self._get_last_mail_check(),
            self._get_duration_check(),
            self._get_refused_check(),
            self._get_failed_check(),
            self._get_pending_check(),
        ]

    @api.model
    def _render_checks(self):
        """Show the checks as HTML."""
        return self.env["ir.qweb"]._render("crm_bcc_dropbox.health_checks", {"checks": self._get_checks()})

    @api.model
    def _format(self, date):
        return format_datetime(self.env, date, dt_format="short")

    # ------------------------------------------------------------
    # WAY OF THE MAIL
    # ------------------------------------------------------------

    @api.model
    def _get_address_check(self):
        """Is there something to receive on, for the companies of all users of a dropbox?"""
        title = self.env._("Address")
        mailbox = self.env["crm.bcc.dropbox"]._get_mailbox()
        if mailbox:
            text = self.env._("Dropboxes are plus addresses of %(mailbox)s.", mailbox=mailbox)
            return Check("address", "ok", title, text)
        domain = Domain("all_group_ids", "in", self.env.ref(USER_GROUP).id) & Domain("share", "=", False)
        # sudo: who sees the settings of one company may not see the users of others
        by_company = self.env["res.users"].sudo()._read_group(domain, ["company_id"])
        companies = self.env.company.sudo().union(*(company for (company,) in by_company))
        missing = companies.filtered(lambda company: not company.alias_domain_id)
        if not missing:
            names = format_list(self.env, sorted(set(companies.alias_domain_id.mapped("name"))))
            return Check("address", "ok", title, self.env._("Dropboxes receive on %(domains)s.", domains=names))
        if missing == companies:
            text = self.env._(
                "Nobody has an address yet: choose below on what domain or mailbox dropboxes receive mail."
            )
            return Check("address", "error", title, text)
        text = self.env._(
            "Users of %(companies)s have no address: set an alias domain for each company, or one mailbox for all.",
            companies=format_list(self.env, missing.mapped("name")),
        )
        return Check("address", "warning", title, text, "base.action_res_company_form", self.env._("Companies"))

    @api.model
    def _get_incoming_check(self):
        """Does mail get into Odoo: by a server that it fetches from, or by a script that has delivered?"""
        # sudo: incoming mail servers are closed to users, who are told only whether one works
        servers = self.env["fetchmail.server"].sudo().search([("server_type", "!=", "local")])
        if fetched := servers.filtered(lambda server: server.state == "done"):
            return self._get_fetching_check(fetched)
        title = self.env._("Incoming mail")
        if self._get_last_arrival():
            return Check("incoming", "ok", title, self.env._("Your mail server hands the mails to Odoo."))
        action = ("mail.action_email_server_tree", self.env._("Incoming Mail Servers"))
        if servers:
            text = self.env._(
                "Odoo does not fetch mail yet: open %(servers)s and click “Test & Confirm”.",
                servers=format_list(self.env, servers.mapped("name")),
            )
            return Check("incoming", "error", title, text, *action)
        text = self.env._(
            "No mail can reach Odoo yet: add an incoming mail server, or have your own mail server hand mails to Odoo."
        )
        return Check("incoming", "error", title, text, *action)

    @api.model
    def _get_fetching_check(self, servers):
        """Does Odoo fetch from these incoming mail servers, and often enough?"""
        title = self.env._("Incoming mail")
        if failing := servers.filtered("error_date"):
            text = self.env._(
                "Odoo cannot fetch mail from %(servers)s: open the incoming mail server to see the error.",
                servers=format_list(self.env, failing.mapped("name")),
            )
            action = ("mail.action_email_server_tree", self.env._("Incoming Mail Servers"))
            return Check("incoming", "error" if failing == servers else "warning", title, text, *action)
        interval = self._get_fetch_interval()
        # one that was never looked at has been confirmed a moment ago
        last = min(server.date or server.write_date for server in servers)
        is_stale = last < fields.Datetime.now() - max(interval * FETCH_TOLERANCE, MINIMUM_STALE)
        if is_stale or not self._get_fetch_cron().active:
            text = self.env._(
                "Odoo has not looked for mail since %(date)s: see whether scheduled actions run on your server.",
                date=self._format(last),
            )
            return Check("incoming", "error", title, text, "base.ir_cron_act", self.env._("Scheduled Actions"))
        if interval > MAX_INTERVAL:
            minutes = interval // timedelta(minutes=1)
            text = self.env._("Mails wait up to %(count)s minutes: have Odoo look for mail more often.", count=minutes)
            return Check("incoming", "warning", title, text)
        text = self.env._(
            "Odoo fetches mail from %(servers)s, the last time on %(date)s.",
            servers=format_list(self.env, servers.mapped("name")), date=self._format(last),
        )  # fmt: skip
        return Check("incoming", "ok", title, text)

    @api.model
    def _get_fetch_cron(self):
        """The job that fetches mail; an administrator may have deleted it."""
        cron = self.env.ref("mail.ir_cron_mail_gateway_action", raise_if_not_found=False) or self.env["ir.cron"]
        return cron.sudo()  # scheduled actions are closed to users

    @api.model
    def _get_fetch_interval(self):
        """How often Odoo looks for mail."""
        cron = self._get_fetch_cron()
        unit, factor = ("days", 30) if cron.interval_type == "months" else (cron.interval_type or "minutes", 1)
        return timedelta(**{unit: (cron.interval_number or 1) * factor})

    # ------------------------------------------------------------
    # CAPTURED MAILS
    # ------------------------------------------------------------

    @api.model
    def _get_log(self):
        # sudo: numbers and dates of all mails, for administrators who need not be allowed to read them
        return self.env["crm.bcc.dropbox.email"].sudo()

    @api.model
    def _get_last_arrival(self):
        """Return when the last email arrived, tests included; False when none has."""
        # sudo: results of tests are closed to everyone
        dropboxes = self.env["crm.bcc.dropbox"].sudo().with_context(active_test=False)
        tested = dropboxes.search([("test_result", "!=", False)], order="test_date DESC", limit=1).test_date
        arrived = self._get_log().search([], limit=1).create_date
        return max(filter(None, [tested, arrived]), default=False)

    @api.model
    def _count_this_week(self, state):
        week = fields.Datetime.now() - WEEK
        return self._get_log().search_count([("state", "=", state), ("create_date", ">=", week)])

    @api.model
    def _get_last_mail_check(self):
        """When did the last mail arrive?"""
        title = self.env._("Last mail")
        last = self._get_last_arrival()
        if not last:
            text = self.env._("No mail has arrived yet: put your own dropbox in the Bcc of a mail, as a test.")
            return Check("last_mail", "warning", title, text)
        date = self._format(last)
        if last < fields.Datetime.now() - WEEK:
            text = self.env._("The last mail arrived on %(date)s: send one to your own dropbox, as a test.", date=date)
            return Check("last_mail", "warning", title, text)
        return Check("last_mail", "ok", title, self.env._("The last mail arrived on %(date)s.", date=date))

    @api.model
    def _get_duration_check(self):
        """How long do mails take, once they are in Odoo?"""
        title = self.env._("Speed")
        done = [("state", "in", ("captured", "unmatched", "refused")), ("duration", ">", 0)]
        domain = Domain(done) & Domain("create_date", ">=", fields.Datetime.now() - WEEK)
        [[average]] = self._get_log()._read_group(domain, aggregates=["duration:avg"])
        if not average:
            return Check("duration", "ok", title, self.env._("There was no mail in the last 7 days."))
        if average > MAX_DURATION:
            text = self.env._(
                "Filing a mail took %(count)s seconds on average in the last 7 days: see whether your server is "
                "overloaded.",
                count=round(average / 1000),
            )
            return Check("duration", "warning", title, text)
        text = self.env._("Filing a mail took %(count)s ms on average in the last 7 days.", count=round(average))
        return Check("duration", "ok", title, text)

    @api.model
    def _get_refused_check(self):
        """How many mails were refused this week?"""
        title = self.env._("Refused mails")
        count = self._count_this_week("refused")
        if not count:
            return Check("refused", "ok", title, self.env._("No mail was refused in the last 7 days."))
        text = self.env._(
            "Refused in the last 7 days: %(count)s; each says why, most often it came from an address that is not "
            "confirmed.",
            count=count,
        )
        action = ("crm_bcc_dropbox.crm_bcc_dropbox_email_action_refused", self.env._("Refused Emails"))
        return Check("refused", "warning", title, text, *action)

    @api.model
    def _get_failed_check(self):
        """How many mails could not be filed this week?"""
        title = self.env._("Failed mails")
        count = self._count_this_week("failed")
        if not count:
            return Check("failed", "ok", title, self.env._("No mail failed in the last 7 days."))
        text = self.env._(
            "Failed in the last 7 days: %(count)s; open them to see the error, and try again when it is solved.",
            count=count,
        )
        action = ("crm_bcc_dropbox.crm_bcc_dropbox_email_action_failed", self.env._("Failed Emails"))
        return Check("failed", "error", title, text, *action)

    @api.model
    def _get_pending_check(self):
        """How many mails wait too long?"""
        title = self.env._("Waiting mails")
        count = self._get_log().search_count(self._get_waiting_domain())
        cron = self.env.ref("crm_bcc_dropbox.ir_cron_retry", raise_if_not_found=False)
        # sudo: scheduled actions are closed to users
        if cron and not cron.sudo().active:
            text = self.env._(
                "Mails that could not be filed are not tried again: activate “%(name)s”.", name=cron.sudo().name
            )
            return Check("pending", "error", title, text, "base.ir_cron_act", self.env._("Scheduled Actions"))
        if not count:
            return Check("pending", "ok", title, self.env._("No mail waits."))
        text = self.env._(
            "Waiting for more than 15 minutes: %(count)s; Odoo tries again by itself, open them to see the error.",
            count=count,
        )
        action = ("crm_bcc_dropbox.crm_bcc_dropbox_email_action_pending", self.env._("Waiting Emails"))
        return Check("pending", "warning", title, text, *action)

    @api.model
    def _get_waiting_domain(self):
        """Mails that have been tried again in vain, or that nobody tries again.

        Not one that waits on purpose: it has no more than the try it came with, and a time that is still to come.
        """
        late = fields.Datetime.now() - TOO_LONG
        waits_in_vain = Domain("tries", ">", 1) | Domain("next_try", "<", late) | Domain("next_try", "=", False)
        return Domain("state", "=", "pending") & Domain("create_date", "<", late) & waits_in_vain

    # ------------------------------------------------------------
    # HINT FOR USERS
    # ------------------------------------------------------------

    @api.model
    def _get_missing(self):
        """Tell the current user what is missing before their dropbox can be used.

        :return: a list of sentences, empty when nothing is missing
        """
        missing = []
        company = self.env.user.company_id.sudo()  # sudo: the domain of their own company
        if not self.env["crm.bcc.dropbox"]._get_mailbox() and not company.alias_domain_id:
            missing.append(self.env._("No domain or mailbox is set to receive your mails on."))
        if self._get_incoming_check().state == "error":
            stopped, never = self.env._("No mail reaches Odoo at present."), self.env._("No mail has reached Odoo yet.")
            missing.append(stopped if self._get_last_arrival() else never)
        return missing

    @api.model
    def _get_administrators(self):
        """Names of up to three people who can set it."""
        domain = Domain.AND([("all_group_ids", "in", self.env.ref(group).id)] for group in SETTINGS_GROUPS)
        # sudo: names of administrators, whatever company they are in
        users = self.env["res.users"].sudo()
        administrators = users.search(domain & Domain("share", "=", False), limit=3, order="id")
        return administrators.mapped("name")

    @api.model
    def _render_missing(self):
        """Show the current user what is missing, as HTML; nothing when nothing is."""
        user = self.env.user
        missing = self._get_missing() if user.has_group(USER_GROUP) else []
        if not missing:
            return False
        can_set = all(user.has_group(group) for group in SETTINGS_GROUPS)
        names = [] if can_set else self._get_administrators()
        values = {
            "missing": missing,
            "settings_url": can_set and SETTINGS_URL,
            "whom_to_ask": self._get_whom_to_ask(names),
        }
        return self.env["ir.qweb"]._render("crm_bcc_dropbox.health_missing", values)

    @api.model
    def _get_whom_to_ask(self, names):
        """Say who can set up what is missing.

        :param list names: of administrators
        """
        if not names:
            return self.env._("Ask your administrator to set it up.")
        return self.env._(
            "Ask %(administrators)s to set it up.", administrators=format_list(self.env, names, style="or")
        )

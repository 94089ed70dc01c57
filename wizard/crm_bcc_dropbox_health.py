from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_datetime, format_list

from ..models.crm_bcc_dropbox import USER_GROUP
from ..models.crm_bcc_dropbox_poll import TOO_LONG
from ..tools.health import LATEST, MAX_DURATION, MAX_INTERVAL, MIN_LATE, MISSED_FETCHES, WEEK, Check
from ..tools.states import CAPTURED, FAILED, PENDING, REFUSED, UNMATCHED

JOBS = ("crm_bcc_dropbox.ir_cron_retry", "crm_bcc_dropbox.ir_cron_alarm", "crm_bcc_dropbox.ir_cron_notice")

ADMIN_GROUP = "base.group_system"

ADDRESS_STEP = "crm_bcc_dropbox.crm_bcc_dropbox_setup_action"
CONNECT_STEP = "crm_bcc_dropbox.crm_bcc_dropbox_setup_action_connect"
TEST_STEP = "crm_bcc_dropbox.crm_bcc_dropbox_setup_action_test"
SERVERS_ACTION = "mail.action_email_server_tree"
JOBS_ACTION = "base.ir_cron_act"
REFUSED_ACTION = "crm_bcc_dropbox.crm_bcc_dropbox_email_action_refused"
FAILED_ACTION = "crm_bcc_dropbox.crm_bcc_dropbox_email_action_failed"
UNCLAIMED_ACTION = "crm_bcc_dropbox.crm_bcc_dropbox_poll_action"
PENDING_ACTION = "crm_bcc_dropbox.crm_bcc_dropbox_email_action_pending"


class CrmBccDropboxHealth(models.AbstractModel):
    """Whether emails reach the BCC addresses and are logged: numbers and states, no contents.

    Each check is a method of its own, so that other addons can change it or add one to :meth:`_get_checks`. Clients can
    call none of them. Who sees the checks: see `crm_bcc_dropbox_health_panel.py`.
    """

    _name = "crm.bcc.dropbox.health"
    _description = "BCC Dropbox Health"

    @api.model
    def _get_checks(self):
        """Return all checks: a list of :class:`Check`."""
        return [
            self._get_address_check(),
            self._get_incoming_check(),
            self._get_last_email_check(),
            self._get_duration_check(),
            self._get_refused_check(),
            self._get_failed_check(),
            self._get_pending_check(),
            self._get_left_check(),
            self._get_unclaimed_check(),
            self._get_jobs_check(),
        ]

    @api.model
    def _format(self, date):
        return format_datetime(self.env, date, dt_format="short")

    @api.model
    def _get_emails(self):
        # sudo: numbers and dates of all emails, for administrators who may not read the emails
        return self.env["crm.bcc.dropbox.email"].sudo()

    # ------------------------------------------------------------
    # INCOMING EMAIL
    # ------------------------------------------------------------

    @api.model
    def _get_address_check(self):
        """Check that the companies of all users have a domain or mailbox to receive on."""
        check = partial(Check, "address", self.env._("BCC addresses"))
        if mailbox := self.env["crm.bcc.dropbox"]._get_mailbox():
            return check("ok", self.env._("BCC addresses are plus addresses of %(mailbox)s.", mailbox=mailbox))
        domain = Domain("all_group_ids", "in", self.env.ref(USER_GROUP).id) & Domain("share", "=", False)
        # sudo: administrators may not read users of all companies
        by_company = self.env["res.users"].sudo()._read_group(domain, ["company_id"])
        companies = self.env.company.sudo().union(*(company for (company,) in by_company))
        missing = companies.filtered(lambda company: not company.alias_domain_id)
        if missing and (mailbox := self.env["fetchmail.server"]._get_bcc_dropbox_mailbox()):
            return check("ok", self.env._("Users add %(mailbox)s to Bcc.", mailbox=mailbox))
        if not missing:
            names = format_list(self.env, sorted(set(companies.alias_domain_id.mapped("name"))))
            return check("ok", self.env._("BCC addresses receive emails on %(domains)s.", domains=names))
        if missing == companies:
            return check("missing", self.env._("Users have no address yet."), ADDRESS_STEP)
        text = self.env._(
            "Users of %(companies)s have no address: set an alias domain for each company, or one mailbox for all.",
            companies=format_list(self.env, missing.mapped("name")),
        )
        return check("warning", text, "base.action_res_company_form")

    @api.model
    def _get_incoming_check(self):
        """Check that Odoo fetches emails, or receives them from a mail server."""
        # sudo: users may not read incoming mail servers, only whether they work
        servers = self.env["fetchmail.server"].sudo().search([("server_type", "!=", "local")])
        # Odoo resets a confirmed server to draft after days of errors
        if fetched := servers.filtered(lambda server: server.state == "done" or server.error_date):
            return self._get_fetch_check(fetched)
        check = partial(Check, "incoming", self.env._("Incoming emails"))
        if delivered := self._get_last_delivery():
            return check(*self._judge_delivery(delivered))
        if self._get_last_arrival():
            return check("ok", self.env._("Your mail server delivers straight to Odoo."))
        if servers:
            text = self.env._(
                "Odoo doesn't fetch emails yet: open %(servers)s and click “Test & Confirm”.",
                servers=format_list(self.env, servers.mapped("name")),
            )
            return check("missing", text, SERVERS_ACTION)
        return check("missing", self.env._("Emails can't reach Odoo yet."), CONNECT_STEP)

    @api.model
    def _judge_delivery(self, email):
        """Return state, text and action about the last email that the receiver or the delivery script delivered."""
        text = self.env._(
            "Your mail server delivers straight to Odoo, last on %(date)s by %(program)s.",
            date=self._format(email.create_date), program=email.delivered_by.replace("/", " "),
        )  # fmt: skip
        if email.create_date >= fields.Datetime.now() - WEEK:
            return "ok", text, ""
        advice = self.env._(
            "If emails don't arrive, run “%(command)s” where the receiver is installed, then check the MX record and"
            " port 25, or LMTP in your mail server.",
            command="odoo-bcc-receiver --check",
        )
        return "warning", f"{text} {advice}", CONNECT_STEP

    @api.model
    def _get_fetch_check(self, servers):
        """Check that Odoo fetches from these incoming mail servers, and often enough."""
        check = partial(Check, "incoming", self.env._("Incoming emails"))
        now, cron, interval = fields.Datetime.now(), self._get_fetch_cron(), self._get_fetch_interval()
        if failing := servers.filtered("error_date"):
            text = self.env._(
                "Odoo can't fetch emails from %(servers)s: open the incoming mail server to see the error.",
                servers=format_list(self.env, failing.mapped("name")),
            )
            is_alarm = min(failing.mapped("error_date")) < now - TOO_LONG
            return check("error" if failing == servers else "warning", text, SERVERS_ACTION, is_alarm)
        if not cron.active:
            text = self.env._("Odoo doesn't fetch emails: activate the scheduled action that does.")
            return check("error", text, JOBS_ACTION, is_alarm=True)
        # a server without a date was confirmed a moment ago
        last = min(server.date or server.write_date for server in servers)
        if last < now - max(interval * MISSED_FETCHES, MIN_LATE):
            text = self.env._(
                "Odoo hasn't fetched emails since %(date)s: check that scheduled actions run on your server.",
                date=self._format(last),
            )
            return check("error", text, JOBS_ACTION)
        if interval > MAX_INTERVAL:
            minutes = interval // timedelta(minutes=1)
            text = self.env._("Emails wait up to %(count)s minutes: let Odoo fetch emails more often.", count=minutes)
            return check("warning", text)
        text = self.env._(
            "Odoo fetches emails from %(servers)s, last on %(date)s.",
            servers=format_list(self.env, servers.mapped("name")), date=self._format(last),
        )  # fmt: skip
        return check("ok", text)

    @api.model
    def _get_fetch_cron(self):
        """Return the job that fetches emails, empty if an administrator deleted it."""
        cron = self.env.ref("mail.ir_cron_mail_gateway_action", raise_if_not_found=False) or self.env["ir.cron"]
        return cron.sudo()  # sudo: users may not read scheduled actions

    @api.model
    def _get_fetch_interval(self):
        """Return how often Odoo fetches emails, as a timedelta."""
        cron = self._get_fetch_cron()
        unit, factor = ("days", 30) if cron.interval_type == "months" else (cron.interval_type or "minutes", 1)
        return timedelta(**{unit: (cron.interval_number or 1) * factor})

    @api.model
    def _get_last_arrival(self):
        """Return when the last email arrived, tests included; False if none has."""
        # sudo: no group may read the results of tests
        dropboxes = self.env["crm.bcc.dropbox"].sudo().with_context(active_test=False)
        tested = dropboxes.search([("test_result", "!=", False)], order="test_date DESC", limit=1).test_date
        arrived = self._get_emails().with_context(active_test=False).search([], limit=1).create_date
        return max(filter(None, [tested, arrived]), default=False)

    @api.model
    def _get_last_delivery(self):
        """Return the last email that the receiver or the delivery script delivered, if it is among the latest."""
        emails = self._get_emails().with_context(active_test=False)
        return emails.search_fetch([], ["delivered_by", "create_date"], limit=LATEST).filtered("delivered_by")[:1]

    @api.model
    def _get_left_check(self):
        """Check that no emails are left on incoming mail servers because Odoo could not process them."""
        check = partial(Check, "left", self.env._("Emails left on the server"))
        # sudo: numbers and errors for administrators
        Poll = self.env["crm.bcc.dropbox.poll"].sudo()
        domain = Poll._get_trouble_domain()
        groups = Poll._read_group(domain, ["server_id"], ["__count"])
        if not groups:
            return check("ok", self.env._("No emails left to process."))
        text = self.env._(
            "Odoo couldn't process emails from %(servers)s: %(count)s. They stay there, unread. “Fetch Now” on the"
            " incoming mail server retries them.",
            servers=format_list(self.env, [server.name for server, _count in groups]),
            count=sum(count for _server, count in groups),
        )
        if count := Poll.search_count(domain & Domain("state", "=", "too_large")):
            limit = self.env["fetchmail.server"]._get_bcc_dropbox_max_mb()
            text += " " + self.env._("Larger than %(limit)s MB: %(count)s.", limit=limit, count=count)
        # managers who are no administrators don't see the error: it may quote the email of anyone
        if self.env.user.has_group(ADMIN_GROUP) and (
            last := Poll.search(domain & Domain("reason", "!=", False), order="write_date desc, id desc", limit=1)
        ):
            text += " " + self.env._("Last error: %(error)s", error=last.reason)
        return check("warning", text, SERVERS_ACTION, is_alarm=True)

    @api.model
    def _get_unclaimed_check(self):
        """Check that the emails in mailboxes for BCC copies belong to users, and that Odoo can verify their senders."""
        check = partial(Check, "unclaimed", self.env._("Emails without a user"))
        # sudo: names and numbers for administrators
        servers = self.env["fetchmail.server"].sudo().search([("bcc_dropbox_by_sender", "=", True)])
        if servers and not self.env["crm.bcc.dropbox"]._get_authentication_hosts():
            text = self.env._(
                "Nothing is logged from %(servers)s: enter a trusted server in the settings. Then click “Fetch Now” on"
                " the incoming mail server.",
                servers=format_list(self.env, servers.mapped("name")),
            )
            return check("error", text, SERVERS_ACTION, is_alarm=True)
        domain = [("state", "=", "unclaimed"), ("server_id", "in", servers.ids)]
        if count := self.env["crm.bcc.dropbox.poll"].sudo().search_count(domain):
            text = self.env._(
                "Emails that belong to no user, left in mailboxes for BCC copies: %(count)s. Open the list to see why.",
                count=count,
            )
            return check("warning", text, UNCLAIMED_ACTION)
        return check("ok", self.env._("No emails are left in mailboxes for BCC copies."))

    # ------------------------------------------------------------
    # CAPTURED EMAILS
    # ------------------------------------------------------------

    @api.model
    def _get_last_email_check(self):
        """Check that an email arrived this week."""
        check = partial(Check, "last_mail", self.env._("Last email"))
        last = self._get_last_arrival()
        if not last:
            return check("warning", self.env._("No email has arrived yet: test your own BCC address."), TEST_STEP)
        text = self.env._("The last email arrived on %(date)s.", date=self._format(last))
        if last < fields.Datetime.now() - WEEK:
            return check("warning", " ".join([text, self.env._("Test your own BCC address.")]), TEST_STEP)
        return check("ok", text)

    @api.model
    def _get_duration_check(self):
        """Check how long it took to log an email this week, on average."""
        check = partial(Check, "duration", self.env._("Speed"))
        done = [("state", "in", (CAPTURED, UNMATCHED, REFUSED)), ("duration", ">", 0)]
        domain = Domain(done) & Domain("create_date", ">=", fields.Datetime.now() - WEEK)
        Email = self._get_emails().with_context(active_test=False)
        [[average]] = Email._read_group(domain, aggregates=["duration:avg"])
        if not average:
            return check("ok", self.env._("No emails in the last 7 days."))
        if average > MAX_DURATION:
            text = self.env._(
                "Logging an email took %(count)s seconds on average in the last 7 days: check whether your server is"
                " overloaded.",
                count=round(average / 1000),
            )
            return check("warning", text)
        text = self.env._("Logging an email took %(count)s ms on average in the last 7 days.", count=round(average))
        return check("ok", text)

    @api.model
    def _get_refused_check(self):
        """Check that no emails were rejected this week."""
        check = partial(Check, "refused", self.env._("Rejected emails"))
        week = fields.Datetime.now() - WEEK
        # without private ones: administrators can't open them
        domain = [("state", "=", REFUSED), ("is_private", "=", False), ("create_date", ">=", week)]
        count = self._get_emails().search_count(domain)
        if not count:
            return check("ok", self.env._("No emails rejected in the last 7 days."))
        text = self.env._(
            "Rejected in the last 7 days: %(count)s. Open them to see why; most often the sender address is not"
            " confirmed.",
            count=count,
        )
        return check("warning", text, REFUSED_ACTION)

    @api.model
    def _get_failed_check(self):
        """Check that no emails failed that can still be retried."""
        check = partial(Check, "failed", self.env._("Failed emails"))
        # without the original, an email can't be retried
        count = self._get_emails().search_count([("state", "=", FAILED), ("raw_ids", "!=", False)])
        if not count:
            return check("ok", self.env._("No failed emails."))
        text = self.env._("Failed: %(count)s. Open them to see the error, and try again when it's fixed.", count=count)
        return check("error", text, FAILED_ACTION, is_alarm=True)

    @api.model
    def _get_pending_check(self):
        """Check that no emails wait too long: those that failed at least once, or that no job retries.

        Emails that wait because of a daily limit have one try and a next try in the future.
        """
        check = partial(Check, "pending", self.env._("Waiting emails"))
        late = fields.Datetime.now() - TOO_LONG
        is_stuck = Domain("tries", ">", 1) | Domain("next_try", "<", late) | Domain("next_try", "=", False)
        domain = Domain("state", "=", PENDING) & Domain("create_date", "<", late) & is_stuck
        count = self._get_emails().search_count(domain)
        if not count:
            return check("ok", self.env._("No emails waiting."))
        text = self.env._(
            "Waiting for more than 15 minutes: %(count)s. Odoo retries them automatically; open them to see the error.",
            count=count,
        )
        return check("warning", text, PENDING_ACTION, is_alarm=True)

    @api.model
    def _get_jobs_check(self):
        """Check that the scheduled actions run."""
        check = partial(Check, "jobs", self.env._("Scheduled actions"))
        jobs = [self.env.ref(name, raise_if_not_found=False) for name in JOBS]
        # sudo: administrators of the addon may not read scheduled actions
        found = self.env["ir.cron"].sudo().union(*(job.sudo() for job in jobs if job))
        broken = (found | self._get_fetch_cron()).filtered("failure_count") | found.filtered(lambda job: not job.active)
        if broken:
            names = format_list(self.env, broken.mapped("name"))
            text = self.env._("Inactive or failing: %(names)s. See the server log.", names=names)
            return check("error", text, JOBS_ACTION, is_alarm=True)
        if len(found) < len(JOBS):
            text = self.env._("A BCC Dropbox scheduled action was deleted: upgrade the app to restore it.")
            return check("error", text, is_alarm=True)
        return check("ok", self.env._("All scheduled actions are running."))

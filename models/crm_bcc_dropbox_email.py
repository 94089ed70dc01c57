from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..tools import live
from ..tools.decision import PROPOSED
from ..tools.explanation import explain
from ..tools.reading import list_people, name_customers, read_contents, summarize
from ..tools.reasons import ONLY_EXCLUDED, REASON_CODES, describe_reasons, prepare_reasons
from ..tools.spelling import get_key
from ..tools.spreadsheet import escape_formulas
from ..tools.states import CAPTURED, FAILED, INCOMING, NOT_LOGGED, OUTGOING, PENDING, REFUSED, UNMATCHED
from ..tools.suggestions import list_suggestions

GC_BATCH = 1000


class CrmBccDropboxEmail(models.Model):
    """One captured email for one owner: its result and the reasons.

    The gateway creates one per mail and dropbox before it does anything else, so that no mail is lost, and writes the
    result on it. Clients cannot create, change or delete one. It is kept as long as the dropbox, unless it is only
    counted, see `count_flood`. The original is kept for `keep_original_days` if the email was logged completely, else
    for `retention_days`, see `_gc_raw`.
    """

    _name = "crm.bcc.dropbox.email"
    _description = "Captured Email"
    _rec_name = "subject"
    _order = "id desc"

    # Owner
    dropbox_id = fields.Many2one("crm.bcc.dropbox", required=True, readonly=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", required=True, readonly=True, index=True, ondelete="cascade")
    token_id = fields.Many2one("crm.bcc.dropbox.token", readonly=True, ondelete="cascade", groups=fields.NO_ACCESS)
    # Header
    message_id = fields.Char("Message-Id", readonly=True)
    fingerprint = fields.Char(required=True, readonly=True, help="Identifies the email: see tools/fingerprint.py.")
    date = fields.Datetime(readonly=True)
    subject = fields.Char(readonly=True)
    email_from = fields.Char("From", readonly=True)
    email_to = fields.Char("To", readonly=True)
    email_cc = fields.Char("Cc", readonly=True)
    sender_spelling = fields.Char(
        readonly=True, help="The sender as written in the email, if email programs may read it differently."
    )
    attachment_count = fields.Integer("Attachments", readonly=True)
    direction = fields.Selection(
        [(OUTGOING, "Sent"), (INCOMING, "Received")], required=True, readonly=True, default=OUTGOING
    )
    forwarded_by = fields.Char(readonly=True, help="Everyone who forwarded the email, the last one first.")
    forwarded_date = fields.Datetime("Forwarded On", readonly=True)
    redirected = fields.Boolean(
        "Redirected by a Rule", readonly=True, help="The owner lets a rule redirect emails, and did not send this one."
    )
    # Delivery
    found_in = fields.Char("BCC Address Found In", readonly=True, help="The header with the BCC address.")
    from_last_hop = fields.Boolean(
        "Added by Our Mail Server", readonly=True, help="That header is above the first Received header."
    )
    suffix = fields.Char(readonly=True)
    delivered_by = fields.Char(readonly=True, help="The program that delivered the email to Odoo, with its version.")
    mailbox = fields.Char(readonly=True, help="The mailbox for BCC copies, if the owner was found by the sender.")
    exposed = fields.Boolean("BCC Address in To or Cc", readonly=True, help="Other recipients could see the address.")
    # Authentication
    authentication = fields.Selection(
        [
            ("pass", "Verified"),
            ("fail", "Forged"),
            ("broken", "Changed in Transit"),
            ("temperror", "Check Failed"),
            ("none", "Not Verified"),
        ],
        string="Sender Check", readonly=True,
    )  # fmt: skip
    authentication_method = fields.Char(readonly=True, help="The deciding check: dmarc, dkim, spf or auth.")
    authentication_host = fields.Char(readonly=True, help="The server that checked the sender; empty for Odoo itself.")
    is_sender_doubtful = fields.Boolean(compute="_compute_is_sender_doubtful")
    can_adopt_sender = fields.Boolean(compute="_compute_can_adopt_sender")
    accepted = fields.Boolean(readonly=True, groups=fields.NO_ACCESS, help="Confirmed by the owner as their email.")
    # Result
    state = fields.Selection(
        [
            (PENDING, "Pending"),
            (CAPTURED, "Logged"),
            (UNMATCHED, "Unmatched"),
            (REFUSED, "Rejected"),
            (FAILED, "Failed"),
        ],
        string="Status", required=True, readonly=True, index=True, default=PENDING,
    )  # fmt: skip
    reason_code = fields.Selection(REASON_CODES, "Reason", readonly=True)
    reasons = fields.Json(readonly=True, help="Codes with values: see tools/reasons.py.")
    reason = fields.Text("Explanation", compute="_compute_reason")
    is_private = fields.Boolean("Private", compute="_compute_is_private", store=True, help="Shown to its owner only.")
    recipients = fields.Char("Customers", readonly=True, help="The addresses of the customers.")
    customer_email = fields.Char(
        "First Customer", compute="_compute_customer_email", store=True, index="btree_not_null",
        help="The address of the first customer, the same for all its spellings: what emails are grouped by.",
    )  # fmt: skip
    line_ids = fields.One2many("crm.bcc.dropbox.email.line", "email_id", "Recipients", readonly=True)
    customer = fields.Char(compute="_compute_summary")
    logged_on = fields.Json(compute="_compute_summary", exportable=False)
    problem = fields.Char(compute="_compute_summary")
    people = fields.Json(compute="_compute_people", exportable=False)
    content = fields.Json(compute="_compute_content", exportable=False)
    created_count = fields.Integer("New Records", readonly=True)
    proposal_count = fields.Integer(
        "New People", compute="_compute_proposal_count", help="They are waiting for confirmation."
    )
    active = fields.Boolean(default=True, readonly=True, help="Archived emails need no action.")
    history = fields.Text(readonly=True, help="What users did with this email.")
    last_action = fields.Json(groups=fields.NO_ACCESS, help="What the last of these changed: see tools/undo.py.")
    explanation = fields.Text("Details", compute="_compute_explanation")
    suggestions = fields.Json("Suggested Records", compute="_compute_suggestions", exportable=False)
    is_to_do = fields.Boolean("To Do", compute="_compute_is_to_do", search="_search_is_to_do")
    # Processing
    create_date = fields.Datetime("Captured On", readonly=True, index=True)  # reports are about the last weeks
    done_date = fields.Datetime("Processed", readonly=True)
    undone_date = fields.Datetime("Removed On", readonly=True, help="The original is kept from then on.")
    duration = fields.Integer(
        "Processing Time (ms)", readonly=True, aggregator="avg", groups="base.group_system",
        help="From arrival to the first result.",
    )  # fmt: skip
    tries = fields.Integer(readonly=True)
    next_try = fields.Datetime(readonly=True)
    is_from_owner = fields.Boolean("Rejected Email of the Owner", readonly=True)
    # Original: closed even to the owner, because it may contain the BCC addresses of colleagues
    raw_ids = fields.One2many("crm.bcc.dropbox.email.raw", "email_id", groups=fields.NO_ACCESS)
    raw = fields.Binary("Original", compute="_compute_raw", inverse="_inverse_raw", groups=fields.NO_ACCESS)
    has_original = fields.Boolean(compute="_compute_has_original", search="_search_has_original")
    has_candidates = fields.Boolean(compute="_compute_has_candidates")
    original_header = fields.Text(compute="_compute_original")
    original_body = fields.Html("Original Text", compute="_compute_original")
    original_files = fields.Html("Original Attachments", compute="_compute_original")
    # Delivery to aliases that the mail names as well
    ordinary_raw = fields.Binary("Email for Aliases", attachment=False, readonly=True, groups=fields.NO_ACCESS)
    ordinary_tries = fields.Integer("Attempts for Aliases", readonly=True, groups=fields.NO_ACCESS)
    ordinary_next_try = fields.Datetime("Next Attempt for Aliases", readonly=True, groups=fields.NO_ACCESS)

    _fingerprint_unique = models.UniqueIndex("(dropbox_id, fingerprint)")
    _message_id_idx = models.Index("(message_id)")
    _done_idx = models.Index("(dropbox_id, done_date)")
    _report_idx = models.Index("(date) WHERE state = 'captured'")
    _private_idx = models.Index("(user_id) WHERE is_private")
    _pending_idx = models.Index("(next_try) WHERE state = 'pending'")
    _redirected_idx = models.Index("(dropbox_id) WHERE redirected")
    _to_do_idx = models.Index("(user_id, create_date) WHERE state IN ('unmatched', 'refused', 'failed')")
    _ordinary_idx = models.Index("(ordinary_next_try) WHERE ordinary_next_try IS NOT NULL")

    # ------------------------------------------------------------
    # COMPUTE
    # ------------------------------------------------------------

    @api.depends("subject")
    def _compute_display_name(self):
        for email in self:
            email.display_name = email.subject or self.env._("(no subject)")

    @api.depends_context("lang", "tz")
    @api.depends("reasons")
    def _compute_reason(self):
        for email in self:
            email.reason = describe_reasons(self.env, email.reasons) or False

    @api.depends("recipients")
    def _compute_customer_email(self):
        for email in self:
            email.customer_email = get_key((email.recipients or "").partition(", ")[0]) or False

    @api.depends_context("uid", "allowed_company_ids", "lang")
    @api.depends("line_ids.outcome", "line_ids.res_id", "reason_code", "recipients", "state")
    def _compute_summary(self):
        summarize(self)

    @api.depends_context("uid", "allowed_company_ids")
    @api.depends("line_ids.res_id", "email_from", "email_to", "email_cc", "forwarded_by")
    def _compute_people(self):
        for email in self:
            email.people = list_people(email)

    @api.depends_context("uid", "allowed_company_ids", "lang")
    @api.depends("line_ids.mail_message_id", "raw_ids")
    def _compute_content(self):
        self.check_access("read")
        for email in self:
            email.content = read_contents(email)

    @api.depends("reasons")
    def _compute_is_private(self):
        for email in self:
            email.is_private = any(code == ONLY_EXCLUDED for code, _values in email.reasons or ())

    @api.depends("line_ids.outcome")
    def _compute_proposal_count(self):
        for email in self:
            email.proposal_count = len(email.line_ids.filtered(lambda line: line.outcome == PROPOSED))

    @api.depends("authentication", "sender_spelling", "state")
    def _compute_is_sender_doubtful(self):
        """Find the rejected emails that someone else may have sent."""
        mode = self.env["crm.bcc.dropbox"]._get_authentication_mode()
        rejected = {"off": (), "reject": ("fail",)}.get(mode, ("fail", "broken", "temperror", "none"))
        for email in self:
            is_doubtful = email.sender_spelling or email.authentication in rejected
            email.is_sender_doubtful = email.state == REFUSED and bool(is_doubtful)

    @api.depends_context("uid")
    @api.depends(
        "state", "email_from", "has_original", "is_sender_doubtful", "sender_spelling", "dropbox_id.sender_ids.verified"
    )
    def _compute_can_adopt_sender(self):
        for email in self:
            email.can_adopt_sender = email.state == REFUSED and email.has_original and email._is_sender_adoptable()

    @api.depends("raw_ids.raw")
    def _compute_raw(self):
        for email in self:
            email.raw = email.raw_ids.raw

    def _inverse_raw(self):
        for email in self:
            raw = email.raw
            email.raw_ids.unlink()
            if raw:
                email.raw_ids.create({"email_id": email.id, "raw": raw})

    @api.depends("raw_ids")
    def _compute_has_original(self):
        self.check_access("read")
        kept = self.sudo().filtered("raw_ids")  # sudo: the bytes are closed
        for email in self:
            email.has_original = email.id in kept.ids

    def _search_has_original(self, operator, value):
        # sudo: the bytes are closed
        kept = self.env["crm.bcc.dropbox.email.raw"].sudo()._search([])
        return [("id", "in", kept.subselect("email_id"))] if operator == "in" else NotImplemented

    @api.depends_context("uid", "allowed_company_ids")
    @api.depends("line_ids")
    def _compute_has_candidates(self):
        for email in self:
            email.has_candidates = any(email.line_ids.mapped("also_on"))

    @api.depends_context("uid", "allowed_company_ids", "lang")
    @api.depends("state", "line_ids.outcome", "has_original", "recipients")
    def _compute_suggestions(self):
        """Find the records to suggest. Only the form of one email shows them."""
        for email in self:
            email.suggestions = list_suggestions(email)

    # ------------------------------------------------------------
    # WRITE AND EXPORT
    # ------------------------------------------------------------

    def write(self, vals):
        """Show changes on the open pages of the owner at once."""
        if not live.SHOWN_VALUES.isdisjoint(vals):
            live.note_emails(self)
        return super().write(vals)

    def export_data(self, fields_to_export):
        """Escape what a spreadsheet would read as a formula: strangers write subjects and names."""
        exported = super().export_data(fields_to_export)
        return {**exported, "datas": escape_formulas(exported["datas"])}

    # ------------------------------------------------------------
    # READ
    # ------------------------------------------------------------

    @api.model
    def formatted_read_group(self, domain, groupby=(), aggregates=(), having=(), offset=0, limit=None, order=None):
        """Name the customers that emails are grouped by."""
        groups = super().formatted_read_group(domain, groupby, aggregates, having, offset, limit, order)
        name_customers(self, domain, groups)
        return groups

    def _fetch_needed(self):
        """Read the fields that the steps use, because rows are long; return this email."""
        self.fetch([
            "accepted", "create_date", "dropbox_id", "exposed", "fingerprint", "found_in", "from_last_hop", "history",
            "message_id", "reason_code", "redirected", "state", "suffix", "token_id", "tries", "user_id",
        ])  # fmt: skip
        self.user_id.fetch(["active", "company_id", "partner_id", "share"])
        self.dropbox_id.fetch([
            "active", "create_kind", "has_proposals", "leak_kept_date", "leak_reason", "lookup", "notice", "notice_by",
            "opportunity", "propose", "several", "test_date", "test_nonce", "user_id",
        ])  # fmt: skip
        self.token_id.fetch(["replaced_date", "token"])
        return self

    @api.model
    def get_to_do_count(self):
        """Return how many emails of the current user need an action: two counts, because each has its index."""
        is_own = Domain("user_id", "=", self.env.uid)
        return sum(self.search_count(is_own & domain) for domain in self._get_to_do_domains())

    @api.model
    def _get_to_do_domain(self):
        """Return the domain of the emails that need an action."""
        return Domain.OR(self._get_to_do_domains())

    @api.model
    def _get_to_do_domains(self):
        """Return the domains of the emails that were not logged, and of those with new people to confirm."""
        is_not_logged = Domain("state", "in", NOT_LOGGED) & Domain("is_private", "=", False)
        # without the rules of lines, which repeat those of their emails and can make the query quadratic
        is_proposed = Domain("state", "=", CAPTURED) & Domain("line_ids", "any!", [("outcome", "=", PROPOSED)])
        return [Domain("active", "=", True) & domain for domain in (is_not_logged, is_proposed)]

    @api.depends("active", "state", "is_private", "line_ids.outcome")
    def _compute_is_to_do(self):
        to_do = self.filtered_domain(self._get_to_do_domain())
        for email in self:
            email.is_to_do = email in to_do

    def _search_is_to_do(self, operator, value):
        return self._get_to_do_domain() if operator == "in" else NotImplemented

    # ------------------------------------------------------------
    # STATES
    # ------------------------------------------------------------

    def _set_pending(self, next_try, reasons=(), **values):
        self._set_state(PENDING, reasons, next_try=next_try, **values)

    def _set_captured(self, reasons, **values):
        self._set_state(CAPTURED, reasons, active=True, **values)

    def _set_unmatched(self, reasons, **values):
        self._set_state(UNMATCHED, reasons, **values)

    def _set_refused(self, reasons, **values):
        self._set_state(REFUSED, reasons, **values)

    def _set_failed(self, reasons, **values):
        self._set_state(FAILED, reasons, **values)

    def _set_state(self, state, reasons, next_try=False, **values):
        """Write a state; nothing else writes one.

        :param list reasons: of :class:`Reason`: why this state, or what could not be logged
        :param datetime next_try: of a pending email
        """
        self.write({**values, **prepare_reasons(reasons), "next_try": next_try, "state": state})
        self.mapped("is_private")  # so that it is written with the state, not by a query of its own

    # ------------------------------------------------------------
    # RETENTION
    # ------------------------------------------------------------

    @api.autovacuum
    def _gc_raw(self):
        """Delete expired originals: sooner if the email was logged completely, never while a proposal is open."""
        get_parameter = self.env["crm.bcc.dropbox"]._get_parameter
        is_complete = Domain("state", "=", CAPTURED) & Domain("reason_code", "=", False)
        is_over = is_complete & self._get_old_domain(get_parameter("keep_original_days"))
        is_over |= ~is_complete & self._get_old_domain(get_parameter("retention_days"))
        # a proposal needs it; archiving the email withdraws its proposals
        is_over &= Domain("active", "=", False) | Domain("line_ids", "not any", [("outcome", "=", PROPOSED)])
        domain = Domain("email_id", "any", Domain("state", "!=", PENDING) & is_over)
        old = self.env["crm.bcc.dropbox.email.raw"].with_context(active_test=False).search(domain, limit=GC_BATCH)
        old.unlink()
        return len(old), len(old) == GC_BATCH  # done, remaining

    @api.model
    def _get_old_domain(self, days):
        """Return the domain of the emails that arrived, or were removed from their records, before some days."""
        limit = fields.Datetime.now() - timedelta(days=days)
        return Domain("create_date", "<", limit) & (
            Domain("undone_date", "=", False) | Domain("undone_date", "<", limit)
        )

    # ------------------------------------------------------------
    # EXPLANATION
    # ------------------------------------------------------------

    @api.depends_context("uid", "lang", "tz")
    @api.depends(
        "found_in", "exposed", "from_last_hop", "mailbox", "email_from", "forwarded_by", "forwarded_date", "redirected",
        "dropbox_id.sender_ids.verified", "authentication", "authentication_method", "authentication_host",
        "state", "reason_code", "create_date", "done_date", "duration", "next_try",
    )  # fmt: skip
    def _compute_explanation(self):
        for email in self:
            email.explanation = explain(email)

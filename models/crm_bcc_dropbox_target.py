from contextlib import suppress
from datetime import datetime

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.address import MAX_ADDRESS
from ..tools.further_address import split_text
from ..tools.last_email import find_last_emails, search_date, search_direction
from ..tools.people import People, Places, count_emails, get_line_domain
from ..tools.spelling import get_key, get_spellings
from ..tools.states import INCOMING, OUTGOING
from ..tools.waiting import count_waiting, find_waiting, log_waiting
from .crm_bcc_dropbox import USER_GROUP


class CrmBccDropboxTarget(models.AbstractModel):
    """A kind of record that emails are logged on: how to find the record of a customer, and how to create it.

    Inherit it in a `mail.thread` with an `email_normalized`. Define an index by :func:`define_email_index`, and one by
    :func:`define_further_index` if its records can have more addresses. Records are found and created as the owner of
    the dropbox.
    """

    _name = "crm.bcc.dropbox.target"
    _description = "Target of a BCC Dropbox"

    bcc_dropbox_email_count = fields.Integer(
        "Captured Emails", compute="_compute_bcc_dropbox_email_count", groups=USER_GROUP
    )
    bcc_dropbox_waiting_count = fields.Integer(
        "Waiting Emails", compute="_compute_bcc_dropbox_waiting_count", groups=USER_GROUP
    )
    bcc_dropbox_sure_count = fields.Integer(
        "Emails to Log Here", compute="_compute_bcc_dropbox_waiting_count", groups=USER_GROUP
    )
    bcc_dropbox_last_email_date = fields.Datetime(
        "Last Email", groups=USER_GROUP,
        compute="_compute_bcc_dropbox_last_email", search=search_date,
    )  # fmt: skip
    bcc_dropbox_last_email_direction = fields.Selection(
        [(OUTGOING, "Sent"), (INCOMING, "Received")], "Direction of the Last Email", groups=USER_GROUP,
        compute="_compute_bcc_dropbox_last_email", search=search_direction,
    )  # fmt: skip

    @api.depends_context("uid")
    def _compute_bcc_dropbox_email_count(self):
        """Count the captured emails that the user may see, of the records and their people; one query for all lines."""
        # sudo(False): users inherit this field from their contact, as superuser
        Line = self.env["crm.bcc.dropbox.email.line"].sudo(False)
        counts = {}
        if self.ids and Line.has_access("read"):
            counts = count_emails(Line, self._origin._get_bcc_dropbox_people())
        for record in self:
            record.bcc_dropbox_email_count = counts.get(record._origin.id, 0)

    @api.depends_context("uid")
    def _compute_bcc_dropbox_waiting_count(self):
        """Count the emails of the user that wait for a record with this address, see :func:`count_waiting`."""
        found = count_waiting(self._origin)
        for record in self:
            record.bcc_dropbox_waiting_count, record.bcc_dropbox_sure_count = found.get(record._origin.id, (0, 0))

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_bcc_dropbox_last_email(self):
        """Find the last emails that the user may read, of the records and their people, in one query."""
        found = find_last_emails(self._origin)
        for record in self:
            last = found.get(record._origin.id, (False, False))
            record.bcc_dropbox_last_email_date, record.bcc_dropbox_last_email_direction = last

    def action_bcc_dropbox_log_waiting(self):
        """Log on this record the emails that wait for its address."""
        self.ensure_one().check_access("write")
        return log_waiting(self)

    def action_bcc_dropbox_show_waiting(self):
        """Open the emails that wait for the address of this record."""
        self.ensure_one().check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_bcc_dropbox.crm_bcc_dropbox_email_action_all")
        waiting = find_waiting(self).get(self.id, self.browse())
        return {**action, "domain": [("id", "in", waiting.ids)], "context": {}}

    def action_open_bcc_dropbox_emails(self):
        """Open the captured emails of this record and its people, see `_get_bcc_dropbox_people`."""
        self.ensure_one().check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_bcc_dropbox.crm_bcc_dropbox_email_action_all")
        lines = get_line_domain(self._get_bcc_dropbox_people().values())
        # with archived ones, which are counted as well
        return {**action, "domain": [("line_ids", "any", list(lines))], "context": {"active_test": False}}

    def action_bcc_dropbox_address(self):
        """Open the dialog with the BCC address that logs emails of the current user on this record."""
        self.ensure_one()
        return self.env["crm.bcc.dropbox.record"]._open(self)

    def _get_bcc_dropbox_people(self):
        """Return whose captured emails each record shows: its own, and those of its people wherever they are logged.

        :return: a :class:`People` per id
        """
        return {id_: People({(self._name, id_)}, set()) for id_ in self.ids}

    @api.model
    def _get_bcc_dropbox_places(self, alias):
        """Return the same as `_get_bcc_dropbox_people` in SQL, as :class:`Places` of the record with this alias."""
        return Places({self._name: SQL("SELECT %s", SQL.identifier(alias, "id"))})

    # ------------------------------------------------------------
    # CHOICE BY HAND
    # ------------------------------------------------------------

    @api.model
    def _search_display_name(self, operator, value):
        """Find records by email address as well when a user chooses one for a captured email."""
        domain = super()._search_display_name(operator, value)
        if self.env.context.get("bcc_dropbox_by_email") and operator not in Domain.NEGATIVE_OPERATORS:
            domain |= Domain("email_normalized", operator, value)
        return domain

    def _get_bcc_dropbox_suggestion_domain(self, emails):
        """Return the domain of the records to suggest for a captured email to one of these normalised addresses."""
        return self._get_bcc_dropbox_customer_domain(emails)

    # ------------------------------------------------------------
    # CHATTER
    # ------------------------------------------------------------

    def _message_get_suggested_recipients_batch(
        self,
        reply_discussion=False,
        reply_message=None,
        no_create=True,
        primary_email=False,
        additional_partners=None,
    ):
        """Ignore a captured email: its author and its recipients already have it."""
        if reply_message and reply_message.bcc_dropbox_captured:
            reply_message = None
        return super()._message_get_suggested_recipients_batch(
            reply_discussion=reply_discussion,
            reply_message=reply_message,
            no_create=no_create,
            primary_email=primary_email,
            additional_partners=additional_partners,
        )

    # ------------------------------------------------------------
    # GATEWAY
    # ------------------------------------------------------------

    @api.model
    def _get_bcc_dropbox_models(self):
        """Return the empty recordsets of all target models."""
        names = self.env.registry.descendants(["crm.bcc.dropbox.target"], "_inherit")
        return [self.env[name] for name in names if not self.env[name]._abstract]

    def _get_bcc_dropbox_domain(self):
        """Return the domain of the records that emails may be logged on, whatever their addresses."""
        return Domain.TRUE

    def _get_bcc_dropbox_email_domain(self, emails):
        """Return the domain of the records with one of these normalised addresses, given in all spellings."""
        # the condition of the index; no address in a mail is longer
        is_indexed = Domain.custom(
            to_sql=lambda _model, alias, _query: SQL(
                "length(%s) <= %s", SQL.identifier(alias, "email_normalized"), MAX_ADDRESS
            )
        )
        return Domain("email_normalized", "in", emails) & is_indexed

    def _get_bcc_dropbox_customer_domain(self, emails):
        """Return the domain of the records that an email to one of these normalised addresses may be logged on."""
        return self._get_bcc_dropbox_domain() & self._get_bcc_dropbox_email_domain(get_spellings(emails))

    def _get_bcc_dropbox_email_text(self):
        """Return the text with all addresses of the record."""
        return self.email_normalized

    def _get_bcc_dropbox_keys(self):
        """Return the keys by which the addresses of the record are compared, in their order; see :func:`get_key`."""
        text = self._get_bcc_dropbox_email_text() or ""
        further = split_text(text) if text.count("@") > bool(self.email_normalized) else ()
        return [get_key(email) for email in (self.email_normalized or "", *further)]

    def _get_bcc_dropbox_fields(self):
        """Return the names of the fields to read in the search, because rows are long.

        They are those that later steps and, as far as known, record rules use.
        """
        return ["company_id", "email_normalized", "user_id"]

    def _get_bcc_dropbox_rank(self):
        """Return the sort key of a record among all those with the same address: the smallest wins."""
        self.ensure_one()
        return ()

    def _find_bcc_dropbox_answered(self, ids):
        """Find the records that answers may be logged on, among those with the answered messages."""
        domain = self._get_bcc_dropbox_domain() & Domain("id", "in", ids)
        return self.search_fetch(domain, self._get_bcc_dropbox_fields())

    def _find_bcc_dropbox_records(self, emails, several="best"):
        """Step 4, *match*: find the records of each customer in one query.

        Records with it as a further address count only if no record has it as its first.

        :param list emails: normalised
        :param str several: the owner's choice if several have the address
        :return: a recordset per address, without addresses that have none
        """
        domain = self._get_bcc_dropbox_customer_domain(emails)
        records = self.search_fetch(domain, self._get_bcc_dropbox_fields(), order="id")
        first, further = {}, {}
        for record in records.sorted(lambda record: record._get_bcc_dropbox_rank()):
            for number, key in enumerate(record._get_bcc_dropbox_keys()):
                (further if number else first).setdefault(key, {})[record.id] = None
        found = further | first
        found = {email: found[key] for email in emails if (key := get_key(email)) in found}
        candidates = {email: self.browse(ids).with_prefetch(records._prefetch_ids) for email, ids in found.items()}
        return self._choose_bcc_dropbox_records(candidates, several)

    def _choose_bcc_dropbox_records(self, candidates, several):
        """Choose among the records of each customer.

        :param dict candidates: a recordset per address, the best first, see :meth:`_get_bcc_dropbox_rank`
        :param str several: `best`, `all`, `oldest` or `active`
        :return: a recordset per address
        """
        if several == "all":
            return candidates
        if several == "oldest":
            candidates = {email: records.sorted("id") for email, records in candidates.items()}
        elif several == "active":
            dates = self._get_bcc_dropbox_dates(candidates)
            candidates = {
                email: records.sorted(lambda record: dates.get(record.id) or datetime.min, reverse=True)
                for email, records in candidates.items()
            }
        return {email: records[:1] for email, records in candidates.items()}

    def _get_bcc_dropbox_dates(self, candidates):
        """Return the date of the latest message per id, in one query if any customer has several records."""
        ids = {record.id for records in candidates.values() if len(records) > 1 for record in records}
        if not ids:
            return {}
        domain = Domain("model", "=", self._name) & Domain("res_id", "in", ids)
        domain &= Domain("message_type", "!=", "user_notification")  # in no chatter
        Message = self.env["mail.message"].sudo()  # only dates, of records that the owner may see
        return dict(Message._read_group(domain, ["res_id"], ["date:max"]))

    def _prepare_bcc_dropbox_values(self, address, mail):
        """Return the values of the record to create for a customer who has none.

        :param Address address: of the customer, as in the mail
        :param RawMail mail: the mail
        """
        return {}

    def _create_bcc_dropbox_record(self, address, mail):
        """Create the record of a customer, without notifying or subscribing anyone."""
        values = self._prepare_bcc_dropbox_values(address, mail)
        return self.with_context(tracking_disable=True).create(values).with_env(self.env)

    # ------------------------------------------------------------
    # UNDO
    # ------------------------------------------------------------

    def _archive_bcc_dropbox_record(self):
        """Archive a record that was created for an email that is now removed from it, unless it was changed since."""
        self.ensure_one()
        record = self.sudo()  # users who may change it may undo what the gateway did
        self.env.flush_all()
        if record._is_bcc_dropbox_untouched():
            with suppress(UserError), self.env.cr.savepoint():  # another addon may refuse
                record.with_context(tracking_disable=True).action_archive()

    def _is_bcc_dropbox_untouched(self):
        """Return whether nobody has changed the record since it was created, or added something to its history."""
        added = (self.message_ids, self.activity_ids, self.message_follower_ids, self.message_attachment_count)
        return self.write_date == self.create_date and not any(added)

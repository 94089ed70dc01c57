import logging
from dataclasses import replace
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import SQL
from psycopg2 import IntegrityError

from ..tools import live
from ..tools.address import Address, clean, holds_token
from ..tools.admit import find_refusal
from ..tools.authentication import Verdict, read_verdict
from ..tools.by_destination import NO_CHOICE, find_chosen, find_creation
from ..tools.by_number import find_documents
from ..tools.by_rule import is_flood_of_unknown, may_be_redirected, take_confirmation
from ..tools.colleagues import Ourselves, find_ourselves
from ..tools.date import get_time
from ..tools.decision import CREATED, ON_RECORD, SKIPPED, Decision, MailToLog, prepare_line, skip
from ..tools.document_number import DOCUMENTS
from ..tools.excluded_mail import drop_excluded
from ..tools.explanation import explain_no_customer
from ..tools.flood import count_flood, is_by_owner, is_flood, is_flood_of_waiting
from ..tools.forwarded_mail import find_forwarded_mails
from ..tools.notices import notify_refused, notify_waiting
from ..tools.payload import NO_PAYLOAD
from ..tools.proposals import Proposals, explain_proposals
from ..tools.reasons import DAILY_RECORDS, ONLY_EXCLUDED, Reason
from ..tools.redirected import UNKNOWN, UNPROVED
from ..tools.robot_address import is_robot_address
from ..tools.several import add_opportunities, find_conversations, limit_records, match_all
from ..tools.signature import check_signatures, is_signed
from ..tools.spelling import get_key, get_spellings
from ..tools.states import CAPTURED, INCOMING, OUTGOING, PENDING, REFUSED, UNMATCHED
from ..tools.todo import follow_up

_logger = logging.getLogger(__name__)


class CrmBccDropboxEmail(models.Model):
    """Steps 2 to 6: admit, split, match, file and log.

    The gateway calls `_find_mails_to_log` (step 3) before it locks the customers, then `_file` (all other steps) in a
    transaction of its own. Decisions are made as the owner of the dropbox; only the log is written as the system.
    """

    _inherit = "crm.bcc.dropbox.email"  # pylint: disable=consider-merging-classes-inherited

    def _file(self, raw_mail, verdict, to_log):
        """Take one stored email through the steps.

        :param RawMail raw_mail: the mail that arrived
        :param Verdict verdict: about its sender; None if nothing was checked
        :param list to_log: from :meth:`_find_mails_to_log`
        :return: set of the addresses of customers
        """
        if not self._lock_pending():
            return set()  # another process has it, or had it
        self = self.with_company(self.user_id.company_id)  # otherwise Odoo reads the company of the system
        dropbox = self.dropbox_id
        if raw_mail.is_incoming:
            self.redirected = True
        refusal, verdict = find_refusal(self, raw_mail, verdict, self.token_id)
        chosen = find_chosen(self, raw_mail)
        refusal = refusal or chosen.refusal
        if is_test := not refusal and dropbox._is_test(raw_mail):
            dropbox._end_test(self.found_in, self.from_last_hop)
        if is_test or take_confirmation(dropbox, raw_mail, refusal):
            self.unlink()  # neither a test nor the confirmation of a rule is a captured email
            return set()
        if refusal:
            customers, is_kept = [], self._refuse(raw_mail, to_log, verdict, refusal)
        else:
            customers = self._file_admitted(raw_mail, to_log, verdict, chosen, is_limited=True)
            is_kept = customers is not None
        if not is_kept:
            return set()  # only counted
        if self._is_exposed(raw_mail):
            self.exposed = True
        if not dropbox._watch_leak(self, raw_mail) and refusal and self.state == REFUSED:
            notify_refused(dropbox, self)
        live.note_arrival(self)
        return {address.email for address in customers}

    def _lock_pending(self):
        """Lock the row until the end of the transaction, and return whether it is still pending.

        The commit of this transaction need not wait for the disk: the mail itself is on disk. After a crash of the
        database it is pending again and will be logged again.
        """
        # SQL: only a setting can say this
        lock = SQL(
            "SET LOCAL synchronous_commit TO OFF;"
            " SELECT id FROM crm_bcc_dropbox_email WHERE id = %s FOR UPDATE SKIP LOCKED",
            self.id,
        )
        return bool(self.env.execute_query(lock)) and self._fetch_needed().state == PENDING

    def _file_admitted(self, raw_mail, to_log, verdict=None, chosen=NO_CHOICE, model_name=None, is_limited=False):
        """Take an admitted email through steps 4 to 6.

        :param list to_log: of :class:`MailToLog`: the mails to log
        :param Chosen chosen: the destination in the BCC address
        :param str model_name: find and create this kind of record only, whatever the lookup pattern
        :param bool is_limited: whether the limits of the day hold
        :return: list of :class:`Address`: the customers, excluded ones as well; None if it was only counted
        """
        env, customers, lines, reasons, file_count = self.dropbox_id._get_owner_env(), [], [], [], 0
        proposals = Proposals(self, env, to_log, model_name)
        for item in to_log:
            # by hand, a colleague's private address gets its record: rejecting it would reveal whose it is
            of_mail = item.shown if model_name else item.customers
            customers += of_mail
            decisions = [] if item.is_excluded else chosen.decide(self, of_mail)
            if of_mail and not decisions:
                decisions = proposals.review(self._match_customers(env, of_mail, item.mail, model_name), item.mail)
            if is_limited and is_flood_of_unknown(self, verdict, decisions, item):
                self._refuse_flood(raw_mail, to_log, verdict, [Reason(UNKNOWN)])
                return None
            if is_limited and not lines and not item.is_excluded and (reason := self._find_day_limit(decisions)):
                return customers if self._wait_until_tomorrow(raw_mail, to_log, verdict, reason) else None
            payload = self._read_payload(item.mail) if decisions else NO_PAYLOAD
            lines += self._file_on_records(env, decisions, item.mail, payload)
            lines += self._prepare_skipped_lines(item)
            reasons += payload.reasons
            file_count += payload.file_count
        outcomes = {line["outcome"] for line in lines}
        is_logged = not outcomes.isdisjoint(ON_RECORD)
        if is_logged:
            reasons += [*chosen.reasons, *follow_up(self, chosen.destination.todo_days, to_log, lines)]
        else:
            reasons = self._explain_not_logged(to_log, customers, lines)
        set_state = self._set_captured if is_logged else self._set_unmatched
        reasons = explain_proposals(outcomes, reasons)
        self._log(set_state, reasons, self._choose_described(raw_mail, to_log), to_log, verdict, lines, file_count)
        proposals.log_earlier(lines)
        return customers + [address for item in to_log for address, _reason in item.excluded]

    def _explain_not_logged(self, to_log, customers, lines):
        """Return as :class:`Reason` why an email is on no record."""
        if not customers:
            return explain_no_customer(self.env, to_log)
        is_unknown = all(line["reason_code"] == UNKNOWN for line in lines)
        return [Reason(UNKNOWN if is_unknown else "nothing_logged")]

    # ------------------------------------------------------------
    # 2 ADMIT
    # ------------------------------------------------------------

    def _authenticate(self, raw_mail):
        """Check whether a mail really is from its sender.

        The DNS may be slow: of all callers, only :func:`log_there_too`, which is rare, holds locks meanwhile.

        :return: a :class:`Verdict`; None if no check is required
        """
        Dropbox = self.env["crm.bcc.dropbox"]
        sender = raw_mail.likely_email if raw_mail.spelling else raw_mail.sender_email
        is_off = Dropbox._get_authentication_mode(raw_mail) == "off"
        if is_off or not sender or (raw_mail.sender_flaw and not raw_mail.spelling):
            return None
        verdict = read_verdict(raw_mail, sender, Dropbox._get_authentication_hosts())
        if verdict.result in ("pass", "fail") or not self._is_signature_wanted(raw_mail, sender):
            return verdict
        result = check_signatures(raw_mail, sender.rpartition("@")[2])
        if result == "temperror":
            _logger.info("The DNS did not answer while the signature of a captured email was checked.")
        return Verdict(result, "dkim") if result else verdict

    def _is_signature_wanted(self, raw_mail, sender):
        """Return whether a mail is signed and from a sender address: unknown senders must not cause DNS queries."""
        if not is_signed(raw_mail, sender.rpartition("@")[2]):
            return False
        domain = [("email_normalized", "=", sender), ("verified", "=", True), ("dropbox_id.email_ids", "in", self.ids)]
        return bool(self.env["crm.bcc.dropbox.sender"].search_count(domain, limit=1))

    def _is_exposed(self, raw_mail):
        """Return whether a mail showed the BCC address to its other recipients."""
        token = self.sudo().token_id.token  # sudo: tokens are closed to everyone
        shown = [address for address in raw_mail.recipients if token and token in address.email]
        return bool(shown) and len(raw_mail.recipients) > len(shown)

    def _refuse(self, raw_mail, to_log, verdict, refusal):
        """Write why an email is rejected or, if a rule may have redirected it, unmatched; or only count it.

        :return: whether the row is kept
        """
        self.is_from_owner = is_by_owner(self, raw_mail, verdict)
        if any(item.is_excluded for item in to_log):
            refusal = [*refusal, Reason(ONLY_EXCLUDED)]
        if is_flood(self, verdict, refusal):
            self._refuse_flood(raw_mail, to_log, verdict, refusal)
            return False
        is_unproved = refusal[0].code in UNPROVED and self.redirected
        self._log(self._set_unmatched if is_unproved else self._set_refused, refusal, raw_mail, to_log, verdict)
        return True

    def _refuse_flood(self, raw_mail, to_log, verdict, refusal):
        """Count an email without keeping it."""
        self._log(self._set_refused, refusal, raw_mail, to_log, verdict)
        self.raw = False
        count_flood(self)

    # ------------------------------------------------------------
    # 3 SPLIT
    # ------------------------------------------------------------

    def _find_mails_to_log(self, raw_mail):
        """Return the mails to log: the one that arrived or, if it names no customer, those that it forwards.

        Also sets `raw_mail.is_incoming`. Runs before step 2, because the customers must be locked first.

        :return: list of :class:`MailToLog`, not empty
        """
        raw_mail.is_incoming = may_be_redirected(self, raw_mail)
        itself = self._split_correspondents(raw_mail)
        names_others = itself.customers or itself.excluded or itself.unreadable
        if raw_mail.is_incoming or names_others or self._get_excess(raw_mail):
            return [itself]
        forwarded = find_forwarded_mails(raw_mail, self._is_ours, self._get_max_text())
        to_log = [self._split_correspondents(mail) for mail in forwarded] or [itself]
        return sorted(to_log, key=lambda item: item.is_excluded)  # the first one decides about the limits of the day

    def _is_ours(self, *emails):
        """Return whether all of some addresses belong to colleagues or to Odoo."""
        found = self._find_ourselves(get_spellings(emails))
        return {*map(get_key, emails)} <= {*found.known, *found.private}

    def _split_correspondents(self, mail):
        """Sort the addresses of a mail into customers, ourselves, excluded ones and others.

        :return: :class:`MailToLog`
        """
        readable = {}
        for address in mail.correspondents:
            if address.email and not holds_token(address.email):
                readable.setdefault(get_key(address.email), address)  # two spellings of an address count once
        found = self._find_ourselves(get_spellings(address.email for address in readable.values()))
        left_out = found.known.keys() | found.excluded.keys()
        others = [address for key, address in readable.items() if key not in left_out]
        limit = self.env["crm.bcc.dropbox"]._get_parameter("max_recipients")
        return MailToLog(
            mail,
            customers=[address for address in others[:limit] if get_key(address.email) not in found.private],
            shown=others[:limit],
            too_many=others[limit:],
            unreadable=[address for address in mail.correspondents if not address.email],
            ours={address.email: found.known[key] for key, address in readable.items() if key in found.known},
            excluded=[(address, found.excluded[key]) for key, address in readable.items() if key in found.excluded],
        )

    def _find_ourselves(self, emails):
        """Find which addresses are ours or excluded, see :func:`find_ourselves`."""
        if not emails:
            return Ourselves()
        self.env.flush_all()  # SQL follows: it must see what a user who logs by hand has changed
        return find_ourselves(self.env, emails, self.id, self.env["crm.bcc.dropbox"]._get_mailbox())

    # ------------------------------------------------------------
    # 4 MATCH
    # ------------------------------------------------------------

    def _match_customers(self, env, customers, mail, model_name=None):
        """Decide on which records to log the email, in this order of precedence.

        1. The records of the conversation that the email answers: `_find_conversation`.
        2. The records that the lookup pattern finds, see `_find_bcc_dropbox_records` of each target, and the owner's
           choice if there are several.
        3. A new record: `_decide_creation`.

        Opportunities of the contacts that 2 found, and documents with a number in the subject, are added to these.

        :param str model_name: the only kind of record to find or create, instead of all this
        :return: list of :class:`Decision`, at least one per customer, in their order
        """
        dropbox = self.dropbox_id
        answered = {} if model_name else self._find_conversation(env, customers, mail)
        found = dict(answered)
        for name in [model_name] if model_name else dropbox._get_lookup_models():
            missing = [address.email for address in customers if address.email not in found]
            if missing and env[name].has_access("read"):
                found |= env[name]._find_bcc_dropbox_records(missing, dropbox.several)
        decisions = []
        for address in customers:
            if records := found.get(address.email):
                decisions += match_all(address, records, address.email in answered)
            else:
                decisions.append(self._decide_creation(env, model_name, address, mail))
        if model_name:
            return decisions
        decisions = self._add_opportunities(env, decisions, answered)
        return limit_records(self._add_documents(env, decisions, mail))

    def _add_opportunities(self, env, decisions, answered):
        """Add the opportunities that the owner chose, see :func:`add_opportunities`; no record is dropped for them."""
        choice = self.dropbox_id.opportunity
        return decisions if choice == "none" else add_opportunities(env, decisions, answered, choice)

    def _add_documents(self, env, decisions, mail):
        """Add the documents with a number in the subject, see :func:`find_documents`."""
        return decisions + find_documents(env, self._get_bcc_dropbox_documents(), decisions, mail)

    @api.model
    def _get_bcc_dropbox_documents(self):
        """Return the kinds of documents that a subject can name. Extend it to add those of other apps.

        :return: list of :class:`DocumentKind`; their models need not be installed
        """
        return list(DOCUMENTS)

    def _decide_creation(self, env, model_name, address, mail):
        """Decide what to create for a customer who has no record. By hand, any address gets one."""
        dropbox = self.dropbox_id
        name = model_name or dropbox._get_created_model(*find_creation(self))
        if not name:
            return skip(address, Reason("create_nothing"))
        if self.redirected and not model_name and not dropbox.redirects_unknown:
            return Decision(address, SKIPPED, env[name], (Reason(UNKNOWN),))
        if not model_name and is_robot_address(address.email, mail.list_emails):
            return skip(address, Reason("robot_address", {"email": address.email}))
        if not env[name].has_access("create"):
            return skip(address, Reason("no_create_access", {"model": name}))
        return Decision(address, CREATED, env[name])

    def _find_conversation(self, env, customers, mail):
        """Find the customers whose conversation is already on a record: the email is logged there.

        The record has their address, or an answered message on it is from them or to them. References alone are not
        enough: email programs keep them when they forward.

        :return: the records per address, see :func:`find_conversations`
        """
        messages, records = self._find_answered(mail), {}
        for name, of_model in messages.grouped("model").items():
            if name in env and hasattr(env[name], "_find_bcc_dropbox_answered") and env[name].has_access("read"):
                answered = env[name]._find_bcc_dropbox_answered(of_model.mapped("res_id"))
                records |= {(name, record.id): record for record in answered}
        return find_conversations(messages, records, customers)

    def _find_answered(self, mail):
        """Find the messages that a mail answers, the nearest first."""
        messages = self.env["mail.message"]
        if not mail.references:
            return messages
        domain = [("message_id", "in", mail.references), ("model", "!=", False)]
        needed = ["bcc_dropbox_cc", "bcc_dropbox_to", "email_from", "message_id", "model", "res_id"]
        messages = messages.search_fetch(domain, needed, order="id DESC")
        return messages.sorted(lambda message: -mail.references.index(message.message_id))

    # ------------------------------------------------------------
    # 5 FILE
    # ------------------------------------------------------------

    def _find_day_limit(self, decisions):
        """Return the :class:`Reason` to wait until tomorrow, or None. Days are UTC days.

        Redirected emails have limits of their own: strangers cause them, and must not delay what the owner sends.
        Emails that arrive at the same instant may exceed a limit slightly, and so may the records of the last one.
        """
        get_parameter = self.dropbox_id._get_parameter
        emails, records = get_parameter("max_mails_per_day"), get_parameter("max_records_per_day")
        domain = self._get_today_domain([CAPTURED, UNMATCHED])
        domain &= Domain("reason_code", "not in", (*UNPROVED, ONLY_EXCLUDED))
        domain &= Domain("redirected", "=", self.redirected)
        [[count, created]] = self._read_group(domain, aggregates=["__count", "created_count:sum"])
        if count >= emails:
            return Reason("daily_emails", {"limit": emails})
        if (created or 0) >= records and any(decision.outcome == CREATED for decision in decisions):
            return Reason(DAILY_RECORDS, {"limit": records})
        return None

    def _get_today_domain(self, states):
        today = Domain("done_date", ">=", fields.Datetime.today()) & Domain("active", "in", (True, False))
        return today & Domain([("dropbox_id", "=", self.dropbox_id.id), ("state", "in", states)])

    def _wait_until_tomorrow(self, raw_mail, to_log, verdict, reason):
        """Leave an email pending until the next day, which costs no try, or only count it; return whether it waits."""
        if is_flood_of_waiting(self, reason):
            self._refuse_flood(raw_mail, to_log, verdict, [reason])
            return False
        tomorrow = fields.Datetime.today() + timedelta(days=1)
        self._set_pending(tomorrow, [reason], **self._prepare_header_values(raw_mail), tries=max(0, self.tries - 1))
        notify_waiting(self.dropbox_id, self, [reason], tomorrow)
        return True

    def _file_on_records(self, env, decisions, mail, payload):
        """Log an email once on each record, and create missing records.

        :return: values of a line per decision
        """
        if not decisions:
            return []
        decisions = [self._create_record(env, decision, mail) for decision in decisions]
        records = {decision.key: decision.record for decision in decisions if decision.key}
        messages = self._find_filed_messages(env, mail, records.values(), payload)
        remarks = {
            key: (Reason("comment_left_out"),)
            for key, message in messages.items()
            if mail.comment not in ("", message.bcc_dropbox_comment)
        }
        decisions = [
            replace(decision, reasons=decision.reasons + remarks.get(decision.key, ())) for decision in decisions
        ]
        new = [record for key, record in records.items() if key not in messages]
        created, failures = self._try_create_messages(env, new, mail, payload)
        live.note_created(created)
        messages |= created
        filed = [skip(one.address, failures[one.key]) if one.key in failures else one for one in decisions]
        return [prepare_line(decision, messages.get(decision.key)) for decision in filed]

    @api.model
    def _create_record(self, env, decision, mail):
        """Create the record of a customer who has none; return the decision with the record, or without it."""
        if decision.outcome != CREATED:
            return decision
        try:
            with env.cr.savepoint():
                record = decision.record._create_bcc_dropbox_record(decision.address, mail)
                record.flush_recordset()
            return replace(decision, record=record)
        except UserError as error:  # a message for users: what this database demands of such records
            return skip(decision.address, Reason("record_error", {"error": str(error)}))
        except IntegrityError:
            return skip(decision.address, Reason("database_error"))

    # ------------------------------------------------------------
    # 6 LOG
    # ------------------------------------------------------------

    def _log(self, set_state, reasons, mail, to_log, verdict=None, lines=(), file_count=0):
        """Write the result on the row.

        :param set_state: `_set_captured`, `_set_unmatched` or `_set_refused`
        :param list reasons: of :class:`Reason`
        :param RawMail mail: the mail that the row describes: the one that arrived, unless there is only one to log
        :param list to_log: of :class:`MailToLog`
        :param list lines: values of the lines
        """
        values = self._prepare_header_values(mail)
        if verdict:  # otherwise keep the one that is stored
            values["authentication"] = verdict.result
            values["authentication_method"] = verdict.method or False
            values["authentication_host"] = clean(verdict.host) or False
        if self._is_first_try():  # later tries would distort the average
            values["duration"] = max(0, (get_time() - self.create_date).total_seconds() * 1000)
        # a pending email has no lines: looking for some would be a query
        forget = [] if self.state == PENDING else [Command.clear()]
        set_state(
            [*reasons, *self._get_date_reasons(mail)],
            **values,
            attachment_count=file_count,
            created_count=sum(line["outcome"] == CREATED for line in lines),
            direction=INCOMING if any(item.mail.is_incoming for item in to_log) else OUTGOING,
            done_date=fields.Datetime.now(),
            line_ids=[*forget, *map(Command.create, lines)],
            recipients=", ".join(address.email for item in to_log for address in item.shown),
        )
        drop_excluded(self, mail, to_log)  # uses the mail only if there are several to log: the one that arrived

    def _is_first_try(self):
        """Return whether this email has just arrived, and no user has looked at it."""
        return self.state == PENDING and self.tries <= 1 and not (self.reason_code or self.history)

    def _prepare_skipped_lines(self, item):
        """Prepare the values of the lines of addresses that were not looked at."""
        limit = self.dropbox_id._get_parameter("max_recipients")
        skipped = [(address, Reason("unreadable_address")) for address in item.unreadable[:limit]]
        if (count := len(item.unreadable) - limit) > 0:
            skipped.append((Address("", "", "…"), Reason("unreadable_addresses", {"count": count})))
        skipped += [(address, Reason("too_many_recipients", {"limit": limit})) for address in item.too_many]
        skipped += item.excluded[:limit]
        return [prepare_line(skip(address, reason)) for address, reason in skipped]

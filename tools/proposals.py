"""New people who stay proposals: no record is created before someone confirms them.

The gateway decides by :class:`Proposals`; the other functions are what happens to a proposal later.
"""

from dataclasses import replace
from time import monotonic

from odoo.exceptions import UserError
from odoo.fields import Domain

from .address import Address
from .by_destination import find_chosen_kind
from .decision import CREATED, MATCHED, ON_RECORD, PROPOSED, SKIPPED, Decision, prepare_line, skip
from .excluded_mail import forget_excluded
from .exclusion import find_exclusion, get_search_texts
from .raw_mail import RawMail
from .reasons import Reason, describe_reasons
from .spelling import get_key, get_spellings
from .states import CAPTURED
from .undo import remember_along

MAX_EARLIER = 50
"""Earlier emails that are logged together with a later one; further ones stay proposals until they are confirmed."""

MAX_SECONDS = 15
"""Seconds for logging them: strangers may have sent them, and must not keep the owner's email from being logged."""

LINE = "crm.bcc.dropbox.email.line"

PROPOSED_REST = "proposed_rest"
REFUSED_PERSON = "proposal_refused"

OUTDATED = ("nothing_logged", PROPOSED, PROPOSED_REST, REFUSED_PERSON, "removed")
"""Reasons of an email that no longer hold when a proposal is confirmed or refused."""

ASKED = "proposal_asked"
TOO_MANY = "proposal_too_many"


class Proposals:
    """Decide which new people of one mail stay proposals.

    :param email: the `crm.bcc.dropbox.email`
    :param env: the environment of the owner
    :param list to_log: of :class:`.decision.MailToLog`
    :param str model_name: the kind of record that a user asked for; then nobody stays a proposal
    """

    def __init__(self, email, env, to_log, model_name):
        self.email, self.env, self.to_log, self.model_name = email, env, to_log, model_name
        self.dropbox = email.dropbox_id
        self.is_mass = None
        self.confirmed = set()

    def review(self, decisions, mail):
        """Decide again for people without a record; for each, the first rule that applies.

        1. The owner refused the person: skipped.
        2. The mail would create more than `max_new_records` records: all of them are proposals.
        3. The person already is a proposal: confirmed by this mail, unless both are redirected emails of a stranger.
        4. The owner wants to be asked, and the BCC address does not say what to create: a proposal.

        :param list decisions: of :class:`.decision.Decision`, for one of the mails to log
        :param RawMail mail: that mail
        :return: list of :class:`.decision.Decision`
        """
        new = {} if self.model_name else self._find_new(decisions)
        if not new:
            return decisions
        waiting, refused = self._find_former(new)
        if self.is_mass is None:
            self.is_mass = self._is_mass(decisions, waiting)
        reviewed = []
        for decision in decisions:
            key = get_key(decision.address.email)
            reviewed += self._review_new(decision, key, waiting, refused, mail) if key in new else [decision]
        if not self.dropbox.has_proposals and any(decision.outcome == PROPOSED for decision in reviewed):
            self.dropbox.has_proposals = True
        return reviewed

    def _find_new(self, decisions):
        """Return the addresses of people without a record of their own, per key.

        Among them are those whose email is logged only because of its conversation.
        """
        found = [decision for decision in decisions if decision.outcome == CREATED or _is_unknown(decision)]
        if self.dropbox.has_proposals:  # otherwise nothing would change for them
            matched = [decision for decision in decisions if decision.outcome == MATCHED and decision.address.email]
            own = {get_key(decision.address.email) for decision in matched if _is_own(decision)}
            found += [decision for decision in matched if get_key(decision.address.email) not in own]
        return {get_key(decision.address.email): decision.address.email for decision in found}

    def _find_former(self, new):
        """Return the keys of people who already are proposals, and of those who were refused."""
        if not self.dropbox.has_proposals:
            return set(), set()
        is_waiting = get_waiting_domain(self.email)
        if self.email.redirected:  # two emails of a stranger are no reply
            is_waiting &= Domain("email_id.redirected", "=", False)
        is_refused = Domain("reason_code", "=", REFUSED_PERSON)
        is_refused &= Domain("email_id", "any", _get_others_domain(self.email))
        domain = Domain("email", "in", get_spellings(new.values())) & (is_waiting | is_refused)
        waiting, refused = set(), set()
        # grouped: a person may have sent thousands
        for address, outcome in self.email.env[LINE]._read_group(domain, ["email", "outcome"]):
            (waiting if outcome == PROPOSED else refused).add(get_key(address))
        return waiting, refused

    def _is_mass(self, decisions, waiting):
        """Return whether the mail that arrived, with all that it forwards, would create too many records."""
        limit = self.dropbox._get_parameter("max_new_records")
        if len(self.to_log) > 1 and sum(len(item.customers) for item in self.to_log) > limit:
            found = [self.email._match_customers(self.env, item.customers, item.mail) for item in self.to_log]
            decisions = [decision for of_mail in found for decision in of_mail]
        created = {get_key(decision.address.email) for decision in decisions if decision.outcome == CREATED}
        return len(created | waiting) > limit

    def _review_new(self, decision, key, waiting, refused, mail):
        kept = [decision] if decision.outcome == MATCHED else []
        if key in refused:
            return kept or [skip(decision.address, Reason(REFUSED_PERSON))]
        if key in waiting and not self.is_mass and key not in self.confirmed:
            self.confirmed.add(key)
            return [*kept, *self._decide_creation(decision.address, mail)] if kept else [accept(decision)]
        is_asked = self.dropbox.propose and not find_chosen_kind(self.email)
        if decision.outcome != CREATED or not (self.is_mass or is_asked):
            return [decision]
        values = {"limit": self.dropbox._get_parameter("max_new_records")}
        reason = Reason(TOO_MANY, values) if self.is_mass else Reason(ASKED)
        return [Decision(decision.address, PROPOSED, reasons=(reason,))]

    def _decide_creation(self, address, mail):
        """Return the decision to create the record of a person, as a list; empty if there is a record already."""
        for name in self.dropbox._get_lookup_models():  # the conversation took precedence
            Model = self.env[name]
            if Model.has_access("read") and Model._find_bcc_dropbox_records([address.email]):
                return []
        created = accept(self.email._decide_creation(self.env, None, address, mail))
        return [created] if created.outcome == CREATED else []

    def log_earlier(self, lines):
        """Log earlier emails on the records of the people whom this mail has confirmed.

        :param list lines: values of the lines of this email
        """
        if not self.model_name:  # only on records that were created; by hand, on all
            lines = [line for line in lines if line["outcome"] == CREATED and get_key(line["email"]) in self.confirmed]
        log_earlier(self.email, lines)


def _is_unknown(decision):
    return decision.outcome == SKIPPED and decision.record is not None


def _is_own(decision):
    """Return whether a record has the address of the customer. Documents have none."""
    get_keys = getattr(decision.record, "_get_bcc_dropbox_keys", list)
    return get_key(decision.address.email) in get_keys()


def accept(decision):
    """Return the decision to create the record of a confirmed unknown sender, whatever the owner chose for these.

    Other decisions are returned unchanged.
    """
    if _is_unknown(decision) and decision.record.has_access("create"):
        return replace(decision, outcome=CREATED, reasons=())
    return decision


def explain_proposals(outcomes, reasons):
    """Return the reasons of an email with its proposals.

    :param outcomes: of its lines
    :param list reasons: of :class:`Reason`: what could not be logged of it
    """
    if PROPOSED not in outcomes:
        return reasons
    if set(ON_RECORD).isdisjoint(outcomes):
        return [Reason(PROPOSED)]
    return [Reason(PROPOSED_REST), *reasons]


# ------------------------------------------------------------
# WAITING PROPOSALS
# ------------------------------------------------------------


def _get_others_domain(email):
    """Return the domain of the other emails of the same dropbox, archived or not."""
    domain = Domain("dropbox_id", "=", email.dropbox_id.id) & Domain("id", "!=", email.id)
    return domain & Domain("active", "in", (True, False))


def get_waiting_domain(email):
    """Return the domain of the lines of other emails of the owner that wait for a confirmation.

    Archiving an email withdraws its proposals.
    """
    others = _get_others_domain(email) & Domain("active", "=", True)
    return Domain("outcome", "=", PROPOSED) & Domain("email_id", "any", others)


def _find_waiting(email, emails, limit=None):
    """Return the waiting lines of some people per other email. These emails are locked; those in use are left out."""
    domain = get_waiting_domain(email) & Domain("email", "in", get_spellings(emails))
    lines = email.env[LINE].search(domain, order="id DESC", limit=limit)
    of_email = lines.grouped("email_id")
    return {other: of_email[other] for other in lines.email_id.try_lock_for_update()}


def log_earlier(email, lines):
    """Log the other emails that wait for the same people on the records of these.

    The caller has locked the people.

    :param list lines: values of lines of the email
    """
    if not email.dropbox_id.has_proposals:
        return
    env, records = email.dropbox_id._get_owner_env(), {}
    for line in lines:
        if line["outcome"] in ON_RECORD:
            record = env[line["res_model"]].browse(line["res_id"])
            records.setdefault(get_key(line["email"]), []).append(record)
    if not records:
        return

    def decide(addresses, _mail):
        return [
            Decision(address, MATCHED, record) for address in addresses for record in records[get_key(address.email)]
        ]

    end = monotonic() + MAX_SECONDS
    found = _find_waiting(email, records, MAX_EARLIER)
    remember_along(email, email.browse().union(*found))
    for other, waiting in found.items():
        if monotonic() > end:
            break
        if raw := other._read_raw():
            log_lines(other, other._find_mails_to_log(RawMail(raw)), waiting, decide)


def log_lines(email, to_log, lines, decide):
    """Log an email for people who were proposed, and write the result on it.

    :param list to_log: of :class:`.decision.MailToLog`
    :param lines: the `crm.bcc.dropbox.email.line` of these people
    :param decide: function that takes a list of :class:`.address.Address` and a mail, and returns a list of
        :class:`.decision.Decision`
    :return: values of the lines that were logged, and the stored reasons of those that were not
    """
    env, waiting = email.dropbox_id._get_owner_env(), {}
    for line in lines.sorted("id"):
        waiting.setdefault(get_key(line.email), []).append(line)
    remarks, logged, failures = [], [], []
    for item in to_log:
        addresses = [address for address in item.shown if waiting.get(get_key(address.email))]
        if not addresses:
            continue
        payload = email._read_payload(item.mail)
        values = email._file_on_records(env, decide(addresses, item.mail), item.mail, payload)
        remarks += payload.reasons
        _add_documents(email, addresses, values)
        for address in addresses:
            own = [line for line in values if line["email"] == address.email]
            if found := [line for line in own if line["outcome"] in ON_RECORD]:
                waiting[get_key(address.email)].pop(0).write(found[0])
                _add_lines(email, found[1:])
                logged += found
            else:
                failures += [reason for line in own for reason in line["reasons"] or ()]
    if logged:
        names = {env[line["res_model"]].browse(line["res_id"]).display_name: None for line in logged}
        settle(email, remarks, sum(line["outcome"] == CREATED for line in logged))
        email._trace(env._("Logged on %(records)s.", records=email._quote(names)))
    return logged, failures


def _add_documents(email, addresses, values):
    """Add the lines of documents with a number in the subject, unless the email was on them before."""
    people, known = {address.email for address in addresses}, email.line_ids.mail_message_id.ids
    _add_lines(
        email,
        [
            line
            for line in values
            if line["outcome"] in ON_RECORD and line["email"] not in people and line["mail_message_id"] not in known
        ],
    )


def _add_lines(email, values):
    email.env[LINE].create([{**line, "email_id": email.id} for line in values])


def settle(email, remarks=(), created=0, reason=REFUSED_PERSON):
    """Write the state of an email after some of its proposals were confirmed or refused.

    :param list remarks: of :class:`Reason`: what could not be logged of it
    :param int created: number of records that were created
    :param str reason: the code of the reason if nobody is left who could be logged
    """
    outcomes = email.line_ids.mapped("outcome")
    is_first = email.state != CAPTURED
    reasons = [Reason(*stored) for stored in email.reasons or () if stored[0] not in OUTDATED]
    reasons = explain_proposals(outcomes, [*reasons, *(remarks if is_first else ())])
    if not set(ON_RECORD).isdisjoint(outcomes):
        email._set_captured(reasons, created_count=email.created_count + created)
    elif PROPOSED in outcomes:
        email._set_unmatched(reasons)
    else:  # all were refused: nothing is left to do, unless it was removed from a record
        email._set_unmatched([Reason(reason), *reasons], active=email.active and bool(email.undone_date))


# ------------------------------------------------------------
# BY HAND
# ------------------------------------------------------------


def confirm(email, lines):
    """Log an email on the records of people who were proposed, as the lookup pattern says; create missing ones.

    :param email: from `_begin_action`
    :raises UserError: an email can't be logged, or the current user does not have the rights; then nothing happens
    """
    env = email.dropbox_id._get_owner_env()

    def decide(addresses, mail):
        decisions = [accept(decision) for decision in email._match_customers(env, addresses, mail)]
        for decision in decisions:
            if decision.outcome == CREATED:
                decision.record.with_user(email.env.user).check_access("create")
        return decisions

    _log_by_hand(email, lines, decide)


def log_on_record(email, line, record):
    """Log an email for a proposed person, on a record that the current user chose.

    :param email: from `_begin_action`
    :raises UserError: the email can't be logged, or the current user does not have the rights; then nothing happens
    """
    email._check_target(record)
    record = record.with_env(email.dropbox_id._get_owner_env())
    reason = Reason("logged_by", {"user": email.env.user.name})
    _log_by_hand(email, line, lambda addresses, _mail: [Decision(a, MATCHED, record, (reason,)) for a in addresses])


def _log_by_hand(email, lines, decide):
    with email._filing_by_hand() as (_raw_mail, to_log):
        logged, failures = log_lines(email, to_log, lines, decide)
        if failures or not logged:
            text = email.env._("The email no longer names this person as a customer.")
            raise UserError(describe_reasons(email.env, failures) or text)
        for line in logged:
            email._check_writable(email.env[line["res_model"]].browse(line["res_id"]))
        log_earlier(email, logged)


def refuse(email, lines):
    """Refuse people who were proposed, in all emails of the owner: they are not proposed again.

    :param email: from `_begin_action`
    """
    found = _find_waiting(email, lines.mapped("email"))
    remember_along(email, email.browse().union(*found))
    for other, waiting in {email: lines, **found}.items():
        _skip(other, dict.fromkeys(waiting, Reason(REFUSED_PERSON)), REFUSED_PERSON)
        env = other.dropbox_id._get_owner_env()
        other._trace(env._("Refused: %(emails)s.", emails=", ".join(waiting.mapped("email"))))


def _skip(email, reasons, reason):
    """Skip people who were proposed.

    :param dict reasons: a :class:`Reason` per line
    :param str reason: the code of the reason of the email if nothing is left to do
    """
    for line, of_line in reasons.items():
        line.write(prepare_line(skip(Address("", line.email, ""), of_line)))
    settle(email, reason=reason)


# ------------------------------------------------------------
# EXCLUDED
# ------------------------------------------------------------


def withdraw(exclusions):
    """Skip the people who are excluded, in all emails in which they wait for a confirmation.

    :param exclusions: new or changed `crm.bcc.dropbox.exclusion`
    """
    end = monotonic() + MAX_SECONDS
    found = _find_excluded(exclusions)
    # sudo: the log is closed to users. Skip emails in use: their excluded people can no longer be confirmed anyway
    for email in exclusions.env["crm.bcc.dropbox.email"].sudo().union(*found).try_lock_for_update():
        _skip(email, found[email], "nothing_logged")
        patterns = dict.fromkeys(reason.values["pattern"] for reason in found[email].values())
        env = email.dropbox_id._get_owner_env()
        email._trace(env._("Never logged from now on: %(patterns)s.", patterns=", ".join(patterns)))
        if monotonic() < end:  # the originals of further ones are deleted after `retention_days`
            forget_excluded(email)


def _find_excluded(exclusions):
    """Return the waiting lines with the reason why each is excluded, per email, as the system."""
    texts = get_search_texts(exclusions.mapped("pattern"))
    domain = Domain("outcome", "=", PROPOSED) & Domain("email_id.active", "=", True)
    domain &= Domain.OR(Domain("email", "ilike", text) for text in texts)
    # sudo: the log is closed to users, and a company's list concerns the emails of all of its users
    lines = exclusions.env[LINE].sudo().search(domain)
    patterns = {
        owner: {one.pattern: bool(one.user_id) for one in exclusions if one._applies_to(owner)}
        for owner in lines.email_id.user_id
    }
    found = {}
    for line in lines:
        if reason := find_exclusion(line.email, patterns[line.email_id.user_id]):
            found.setdefault(line.email_id, {})[line] = reason
    return found

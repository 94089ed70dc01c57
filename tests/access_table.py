"""Access rights: a row for each model, field and public method of the addon, checked by `test_access_table`.

Anything without a row fails there. All rows are about records of one salesperson, the *owner*.
"""

from dataclasses import dataclass, field

PERSONAS = {
    "owner": "sam",
    "manager": "boss",  # of dropboxes and sales
    "colleague": "lea",  # sees all leads
    "seller": "own",  # sees own leads
    "far": "far",  # of another company
    "clerk": "clerk",  # no permission to use a dropbox
    "portal": "portal",
    "public": "public",
}

NOBODY = frozenset()
OWNER = frozenset({"owner"})
MANAGERS = frozenset({"owner", "manager"})
SELLERS = frozenset({"owner", "manager", "colleague", "seller", "far"})
INTERNAL = SELLERS | {"clerk"}
LEAD_READERS = frozenset({"owner", "manager", "colleague"})
ANYONE = frozenset(PERSONAS)


@dataclass(frozen=True)
class Model:
    """The personas who may read, write, create or delete a record of a model.

    :param str sample: attribute of the test case that has a record of the owner
    :param str closed: fields that nobody sees, not even managers
    :param str open: fields that all readers of the record see
    """

    sample: str
    read: frozenset = NOBODY
    write: frozenset = NOBODY
    create: frozenset = NOBODY
    unlink: frozenset = NOBODY
    closed: str = ""
    open: str = ""


MODELS = {
    "crm.bcc.dropbox": Model(
        "dropbox", read=MANAGERS,
        closed="token_ids confirmation_date confirmation_count test_nonce test_date test_result told_date"
        " rule_confirmations has_proposals noticed_until notice_keys",
        open="user_id active is_allowed can_choose address lookup create_kind sender_ids email_ids last_date"
        " email_count week_count refused_count leak leak_reason leak_date leak_kept_date flood flood_date flood_count"
        " former redirects redirects_bulk redirects_unknown skipped skipped_count several opportunity propose notice"
        " notice_by notice_to",
    ),
    "crm.bcc.dropbox.token": Model("token", open="dropbox_id token replaced_date"),
    "crm.bcc.dropbox.sender": Model(
        "sender", read=MANAGERS, write=MANAGERS, create=MANAGERS, unlink=MANAGERS,
        closed="nonce spellings",
        open="dropbox_id user_id email email_normalized verified confirmation",
    ),
    "crm.bcc.dropbox.exclusion": Model(
        "exclusion", read=MANAGERS, write=MANAGERS, create=MANAGERS, unlink=MANAGERS,
        open="pattern user_id company_id warning",
    ),
    "crm.bcc.dropbox.email": Model(
        "email", read=MANAGERS,
        closed="token_id raw raw_ids accepted last_action ordinary_raw ordinary_tries ordinary_next_try duration",
        open="dropbox_id user_id message_id fingerprint date subject email_from email_to email_cc attachment_count"
        " forwarded_by forwarded_date"
        " direction found_in from_last_hop suffix delivered_by mailbox exposed state reason reason_code reasons"
        " recipients line_ids tries next_try is_private"
        " active history can_adopt_sender undone_date has_original original_header original_body original_files"
        " explanation authentication authentication_method authentication_host is_sender_doubtful sender_spelling"
        " done_date created_count is_from_owner redirected has_candidates proposal_count is_to_do suggestions"
        " customer customer_email logged_on problem people content",
    ),
    "crm.bcc.dropbox.email.line": Model(
        "line", read=MANAGERS,
        open="email_id user_id email outcome reason reason_code reasons res_model res_id record explanation"
        " mail_message_id also_on activity_id can_exclude",
    ),
    "crm.bcc.dropbox.email.raw": Model("original", open="email_id raw"),
    "crm.bcc.dropbox.file": Model(
        "question", read=OWNER, write=OWNER,
        closed="email_id line_id",
        open="subject recipients is_move is_copy record suggestion_ids",
    ),
    "crm.bcc.dropbox.file.suggestion": Model("suggestion", read=OWNER, open="question_id record kind rule reason"),
    "crm.bcc.dropbox.record": Model(
        "dialog", read=OWNER,
        closed="res_model res_id",
        open="name address qrcode mailto",
    ),
    "crm.bcc.dropbox.never": Model(
        "never", read=OWNER, write=OWNER,
        closed="user_id",
        open="patterns warning earlier_count remove",
    ),
    "crm.bcc.dropbox.setup": Model(  # for administrators of Odoo, who are none of the personas
        "wizard",
        open="step way alias_domain is_alias_domain domain mailbox example hostname user_id trusted_host lines"
        " script_lines checks has_address team is_alone message",
    ),
    "crm.bcc.dropbox.report": Model(
        "report", read=MANAGERS,
        open="user_id team_id company_id date sent received private new_leads answer_hours answer_hours_median",
    ),
    "crm.bcc.dropbox.poll": Model(
        "poll", read=frozenset({"manager"}),
        closed="key tries next_try size reason",
        open="server_id state email_from date reasons explanation",
    ),
}  # fmt: skip

PARTS = {"crm.bcc.dropbox.health", "crm.bcc.dropbox.target"}
"""Abstract models: they have no records, and the models that inherit them have rows for their fields."""


@dataclass(frozen=True)
class Field:
    """The personas who see a field that the addon adds to a model of Odoo.

    :param str sample: attribute of the test case with a record in which the field has a value
    :param frozenset sees: personas who see the value
    :param frozenset blank: personas who may read the field, but get an empty value; all others get an access error
    """

    sample: str
    sees: frozenset = NOBODY
    blank: frozenset = NOBODY


FIELDS = {
    "crm.lead": {
        "bcc_dropbox_email_count": Field("lead", sees=MANAGERS, blank=LEAD_READERS - MANAGERS),
        "bcc_dropbox_sure_count": Field("lead", sees=OWNER, blank=LEAD_READERS - OWNER),
        "bcc_dropbox_waiting_count": Field("lead", sees=OWNER, blank=LEAD_READERS - OWNER),
        "bcc_dropbox_last_email_date": Field("lead", sees=LEAD_READERS),
        "bcc_dropbox_last_email_direction": Field("lead", sees=LEAD_READERS),
    },
    "fetchmail.server": {
        "bcc_dropbox_by_sender": Field("server"),
    },
    "mail.mail": {
        "bcc_dropbox_captured": Field("mail"),
        "bcc_dropbox_fingerprint": Field("mail"),
        "bcc_dropbox_comment": Field("mail"),
        "bcc_dropbox_forwarded_by": Field("mail"),
        "bcc_dropbox_forwarded_date": Field("mail"),
        "bcc_dropbox_note": Field("mail"),
        "bcc_dropbox_to": Field("mail"),
        "bcc_dropbox_cc": Field("mail"),
    },
    "mail.message": {
        "bcc_dropbox_captured": Field("message", sees=LEAD_READERS),
        "bcc_dropbox_fingerprint": Field("message", sees=LEAD_READERS),
        "bcc_dropbox_comment": Field("message", sees=LEAD_READERS),
        "bcc_dropbox_forwarded_by": Field("message", sees=LEAD_READERS),
        "bcc_dropbox_forwarded_date": Field("message", sees=LEAD_READERS),
        "bcc_dropbox_note": Field("message", sees=LEAD_READERS),
        "bcc_dropbox_to": Field("message", sees=LEAD_READERS),
        "bcc_dropbox_cc": Field("message", sees=LEAD_READERS),
    },
    "res.config.settings": {
        "bcc_dropbox_authentication": Field("settings"),
        "bcc_dropbox_authentication_host": Field("settings"),
        "bcc_dropbox_example": Field("settings"),
        "bcc_dropbox_fetch_minutes": Field("settings"),
        "bcc_dropbox_health": Field("settings"),
        "bcc_dropbox_keep_original_days": Field("settings"),
        "bcc_dropbox_mailbox": Field("settings"),
        "bcc_dropbox_max_attachment_mb": Field("settings"),
        "bcc_dropbox_max_mails_per_day": Field("settings"),
        "bcc_dropbox_max_new_records": Field("settings"),
        "bcc_dropbox_notice": Field("settings"),
        "bcc_dropbox_notice_by": Field("settings"),
        "bcc_dropbox_opportunity": Field("settings"),
        "bcc_dropbox_propose": Field("settings"),
        "bcc_dropbox_several": Field("settings"),
        "bcc_dropbox_max_recipients": Field("settings"),
        "bcc_dropbox_max_records_per_day": Field("settings"),
        "bcc_dropbox_max_refused_per_day": Field("settings"),
        "bcc_dropbox_max_senders": Field("settings"),
        "bcc_dropbox_receive": Field("settings"),
        "bcc_dropbox_retention_days": Field("settings"),
        "group_bcc_dropbox_all": Field("settings"),
        "group_bcc_dropbox_internal": Field("settings"),
        "group_bcc_dropbox_own": Field("settings"),
        "group_bcc_dropbox_system": Field("settings"),
    },
    "res.partner": {
        "bcc_dropbox_email_count": Field("contact", sees=MANAGERS, blank=SELLERS - MANAGERS),
        "bcc_dropbox_sure_count": Field("contact", sees=OWNER, blank=SELLERS - OWNER),
        "bcc_dropbox_waiting_count": Field("contact", sees=OWNER, blank=SELLERS - OWNER),
        "bcc_dropbox_last_email_date": Field("contact", sees=SELLERS),
        "bcc_dropbox_last_email_direction": Field("contact", sees=SELLERS),
    },
    "res.users": {
        "bcc_dropbox_address": Field("sam", sees=MANAGERS, blank=INTERNAL - MANAGERS),
        "bcc_dropbox_can_choose": Field("sam", sees=MANAGERS, blank=INTERNAL - MANAGERS),
        "bcc_dropbox_create": Field("sam", sees=MANAGERS, blank=INTERNAL - MANAGERS),
        "bcc_dropbox_create_nothing": Field("sam", blank=INTERNAL),
        "bcc_dropbox_email_count": Field("sam", blank=SELLERS),
        "bcc_dropbox_email_proved": Field("sam"),
        "bcc_dropbox_exclusion_ids": Field("sam", sees=MANAGERS, blank=SELLERS - MANAGERS),
        "bcc_dropbox_flood": Field("sam", sees=MANAGERS, blank=INTERNAL - MANAGERS),
        "bcc_dropbox_former": Field("sam", sees=MANAGERS, blank=INTERNAL - MANAGERS),
        "bcc_dropbox_ids": Field("sam"),
        "bcc_dropbox_last_date": Field("sam", sees=MANAGERS, blank=INTERNAL - MANAGERS),
        "bcc_dropbox_last_email_date": Field("sam", sees=SELLERS),
        "bcc_dropbox_last_email_direction": Field("sam", sees=SELLERS),
        "bcc_dropbox_leak": Field("sam", sees=MANAGERS, blank=INTERNAL - MANAGERS),
        "bcc_dropbox_lookup": Field("sam", sees=MANAGERS, blank=INTERNAL - MANAGERS),
        "bcc_dropbox_mailbox": Field("sam", sees=MANAGERS, blank=INTERNAL - MANAGERS),
        "bcc_dropbox_missing": Field("sam", blank=INTERNAL),
        "bcc_dropbox_notice": Field("sam", sees=MANAGERS, blank=INTERNAL - MANAGERS),
        "bcc_dropbox_notice_by": Field("sam", sees=MANAGERS, blank=INTERNAL - MANAGERS),
        "bcc_dropbox_notice_to": Field("sam", sees=MANAGERS, blank=INTERNAL - MANAGERS),
        "bcc_dropbox_qrcode": Field("sam", sees=OWNER, blank=INTERNAL - OWNER),
        "bcc_dropbox_refused_count": Field("sam", sees=MANAGERS, blank=INTERNAL - MANAGERS),
        "bcc_dropbox_redirects": Field("sam", blank=INTERNAL),
        "bcc_dropbox_redirects_bulk": Field("sam", blank=INTERNAL),
        "bcc_dropbox_redirects_unknown": Field("sam", blank=INTERNAL),
        "bcc_dropbox_several": Field("sam", sees=MANAGERS, blank=INTERNAL - MANAGERS),
        "bcc_dropbox_opportunity": Field("sam", sees=MANAGERS, blank=INTERNAL - MANAGERS),
        "bcc_dropbox_propose": Field("sam", blank=INTERNAL),
        "bcc_dropbox_rules": Field("sam", sees=OWNER, blank=INTERNAL - OWNER),
        "bcc_dropbox_sender_full": Field("sam", sees=MANAGERS, blank=INTERNAL - MANAGERS),
        "bcc_dropbox_sender_ids": Field("sam", sees=MANAGERS, blank=SELLERS - MANAGERS),
        "bcc_dropbox_sender_usage": Field("sam", sees=MANAGERS, blank=INTERNAL - MANAGERS),
        "bcc_dropbox_skipped": Field("sam", sees=MANAGERS, blank=INTERNAL - MANAGERS),
        "bcc_dropbox_unconfirmed": Field("sam", blank=INTERNAL),
        "bcc_dropbox_sure_count": Field("sam", blank=SELLERS),
        "bcc_dropbox_waiting_count": Field("sam", blank=SELLERS),
        "bcc_dropbox_week_count": Field("sam", sees=MANAGERS, blank=INTERNAL - MANAGERS),
    },
}


@dataclass(frozen=True)
class Method:
    """The personas who may call a public method on a record of the owner; all others get an access error.

    :param tuple arguments: arguments of the call
    :param str sample: attribute of the test case with the record, for models without a row
    """

    allowed: frozenset = NOBODY
    arguments: tuple = field(default=())
    sample: str = ""


METHODS = {
    "crm.bcc.dropbox": {
        "action_archive": Method({"manager"}),
        "action_keep_address": Method({"manager"}),
        "action_open_emails": Method(ANYONE),  # an action that opens the list: the list has its own rights
        "action_regenerate": Method({"manager"}),
        "action_stop_former": Method({"manager"}),
        "action_unarchive": Method({"manager"}),
    },
    "crm.bcc.dropbox.email": {
        "action_adopt_sender": Method(OWNER),
        "action_confirm_proposals": Method(MANAGERS),
        "action_create_contact": Method(MANAGERS),
        "action_create_lead": Method(MANAGERS),
        "action_dismiss": Method(MANAGERS),
        "action_file_on": Method(MANAGERS),
        "action_log_on": Method(MANAGERS, ("crm.lead", 0)),
        "action_log_suggested": Method(MANAGERS),
        "action_never_address": Method(MANAGERS),
        "action_never_domain": Method(MANAGERS),
        "action_read_again": Method(MANAGERS),
        "action_refuse_proposals": Method(MANAGERS),
        "action_restore": Method(MANAGERS),
        "action_retry": Method(MANAGERS),
        "action_show_original": Method(MANAGERS),
        "action_undo": Method(MANAGERS),
        "action_undo_last": Method(MANAGERS),
        "get_to_do_count": Method(SELLERS),  # of the reader's own emails
    },
    "crm.bcc.dropbox.email.line": {
        "action_log_also": Method(MANAGERS),
        "action_confirm": Method(MANAGERS),
        "action_file_on": Method(MANAGERS),
        "action_refuse": Method(MANAGERS),
        "action_move": Method(MANAGERS),
        "action_never_address": Method(MANAGERS),
        "action_never_domain": Method(MANAGERS),
        "action_open_record": Method(MANAGERS),
        "action_undo": Method(MANAGERS),
    },
    "crm.bcc.dropbox.file": {
        "action_confirm": Method(OWNER),
    },
    "crm.bcc.dropbox.file.suggestion": {
        "action_choose": Method(OWNER),
    },
    "crm.bcc.dropbox.never": {
        "action_confirm": Method(OWNER),
    },
    "crm.bcc.dropbox.sender": {
        "action_send_confirmation": Method(OWNER),
    },
    "crm.bcc.dropbox.setup": {
        "action_back": Method(),
        "action_dismiss": Method(),
        "action_done": Method(ANYONE),  # the pipeline, which has its own rights
        "action_next": Method(),
        "action_open_servers": Method(),
        "action_tell": Method(),
        "is_wanted": Method(),
    },
    "res.config.settings": {
        "action_bcc_dropbox_apply_choices": Method({"manager"}, sample="settings"),
    },
    "crm.lead": {
        "action_bcc_dropbox_address": Method(LEAD_READERS, sample="lead"),
        "action_bcc_dropbox_log_waiting": Method({"owner", "manager", "colleague"}, sample="lead"),
        "action_bcc_dropbox_show_waiting": Method(LEAD_READERS, sample="lead"),
        "action_open_bcc_dropbox_emails": Method(LEAD_READERS, sample="lead"),
    },
    "res.partner": {
        "action_bcc_dropbox_address": Method(SELLERS, sample="contact"),
        "action_bcc_dropbox_log_waiting": Method(SELLERS, sample="contact"),
        "action_bcc_dropbox_show_waiting": Method(INTERNAL, sample="contact"),
        "action_open_bcc_dropbox_emails": Method(INTERNAL, sample="contact"),
    },
    "res.users": {
        "action_bcc_dropbox_keep": Method(MANAGERS, sample="sam"),
        "action_bcc_dropbox_refused": Method(ANYONE, sample="sam"),
        "action_bcc_dropbox_regenerate": Method(MANAGERS, sample="sam"),
        "action_bcc_dropbox_rules_done": Method(MANAGERS, sample="sam"),
        "action_bcc_dropbox_stop_former": Method(MANAGERS, sample="sam"),
        "action_bcc_dropbox_test": Method(OWNER, sample="sam"),
        "action_bcc_dropbox_test_result": Method(OWNER, sample="sam"),
        "action_bcc_dropbox_vcard": Method(ANYONE, sample="sam"),  # the URL of the reader's own card
    },
}

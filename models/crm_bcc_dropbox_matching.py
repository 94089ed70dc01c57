from dataclasses import dataclass

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from psycopg2 import IntegrityError

from ..tools.address import Address, holds_token, parse_addresses
from ..tools.envelope import MAX_ADDRESSES
from ..tools.spelling import get_key, get_spellings
from .crm_bcc_dropbox_target import MAX_ADDRESS

MAX_EXPLAINED = 10
"""Addresses of colleagues that a reason names."""


@dataclass(frozen=True)
class Recipients:
    """The recipients of a mail, ourselves left out.

    :param list customers: of :class:`Address`
    :param list shown: what the row names: customers, and among them colleagues by addresses that only their owners and
        managers may know, so that the row does not tell which these are
    :param list too_many: those over the limit, likewise
    :param list unreadable: those without a readable address
    :param dict ours: the id of the user per address that everyone may know to be theirs, or that is the owner's; None
        of an address of Odoo itself
    """

    customers: list
    shown: list
    too_many: list
    unreadable: list
    ours: dict


@dataclass(frozen=True)
class Target:
    """What was decided for a customer.

    :param Address address: of the customer
    :param record: the record that their mails are filed on; None when there is none
    :param str outcome: `matched`, `created` or `skipped`
    :param str reason: why it was skipped
    """

    address: Address
    record: models.Model | None
    outcome: str
    reason: str = ""


class CrmBccDropboxMatching(models.AbstractModel):
    """Steps 3 and 4 of the way of a mail: which of its recipients are customers, and which records are theirs.

    Part of the filing. Records are found and created as the owner of the dropbox.
    """

    _name = "crm.bcc.dropbox.matching"
    _description = "Matching of a Captured Mail"

    # ------------------------------------------------------------
    # 3 SPLIT
    # ------------------------------------------------------------

    def _split_recipients(self, mail):
        """Find the recipients who are customers: To and Cc minus ourselves.

        :return: :class:`Recipients`
        """
        readable = {}
        for address in mail.recipients:
            if address.email and not holds_token(address.email):
                readable.setdefault(get_key(address.email), address)  # the same in the other spelling
        ourselves, private = self._find_ourselves(get_spellings(address.email for address in readable.values()))
        others = [address for key, address in readable.items() if key not in ourselves]
        limit = self.dropbox_id._get_parameter("max_recipients")
        return Recipients(
            customers=[address for address in others[:limit] if get_key(address.email) not in private],
            shown=others[:limit],
            too_many=others[limit:],
            unreadable=[address for address in mail.recipients if not address.email],
            ours={address.email: ourselves[key] for key, address in readable.items() if key in ourselves},
        )

    def _find_ourselves(self, emails):
        """Find which addresses are dropboxes, aliases, or proved to be those of internal users, own ones included.

        What users say of themselves is no proof, or one of them could keep the mail to a customer out of Odoo.

        - The login, and the e-mail that someone who manages users gave, are a colleague's.
        - An own address that its owner confirmed is theirs, too, unless there is a customer with that address.
        - The own addresses of the dropbox are the owner's, confirmed or not.

        :param list emails: in all spellings
        :return: two values by the key of the address: the id of the user, if any, of those that everyone may know; and
            the set of those that nobody else may know
        """
        if not emails:
            return {}, set()
        aliases = [self.dropbox_id._get_mailbox(), *self.env["mail.alias.domain"]._find_aliases(emails)]
        ourselves, private = {get_key(email): None for email in aliases}, set()
        self.env.flush_all()  # of what people do who file by hand
        for email, user_id, is_private in self.env.execute_query(self._prepare_colleagues(emails)):
            if is_private:
                private.add(get_key(email))
            else:
                ourselves[get_key(email)] = user_id
        return ourselves, private - ourselves.keys()

    def _prepare_colleagues(self, emails):
        """Prepare the query of who of the internal users, former ones included, has which address."""
        # SQL: one query for all
        return SQL(
            """
            SELECT partner.email_normalized, users.id, FALSE
              FROM res_partner AS partner
              JOIN res_users AS users ON users.partner_id = partner.id
             WHERE partner.email_normalized = ANY(%(emails)s) AND length(partner.email_normalized) <= %(max_length)s
               AND users.share IS NOT TRUE AND users.bcc_dropbox_email_proved
             UNION
            SELECT lower(login), id, FALSE
              FROM res_users
             WHERE lower(login) = ANY(%(emails)s) AND share IS NOT TRUE
             UNION
            SELECT sender.email_normalized, users.id, sender.dropbox_id != %(dropbox_id)s
              FROM crm_bcc_dropbox_sender AS sender
              JOIN res_users AS users ON users.id = sender.user_id
             WHERE sender.email_normalized = ANY(%(emails)s) AND users.share IS NOT TRUE
               AND (sender.dropbox_id = %(dropbox_id)s OR sender.verified AND NOT EXISTS (
                       SELECT FROM res_partner AS customer
                        WHERE customer.email_normalized = sender.email_normalized
                          AND length(customer.email_normalized) <= %(max_length)s
                          AND customer.active AND customer.partner_share
                    ) AND NOT EXISTS (
                       SELECT FROM crm_lead AS lead
                        WHERE lead.email_normalized = sender.email_normalized
                          AND length(lead.email_normalized) <= %(max_length)s
                          AND lead.active AND lead.won_status IS DISTINCT FROM 'lost'
                    ))
            """,
            emails=emails, dropbox_id=self.dropbox_id.id, max_length=MAX_ADDRESS,
        )  # fmt: skip

    def _explain_no_customer(self, env, recipients):
        """Say why a mail is for no customer, and whose its addresses are, as far as the owner may know."""
        reason = env._("It names no customer: colleagues, addresses of this Odoo and unreadable ones are left out.")
        ours = list(recipients.ours.items())[:MAX_EXPLAINED]
        # sudo: names of colleagues, whatever rules hold for users
        users = env["res.users"].sudo().browse(filter(None, recipients.ours.values()))
        names = {user.id: user.name for user in users}
        sentences = [
            env._("%(email)s belongs to %(user)s.", email=email, user=names[user_id])
            if user_id
            else env._("%(email)s belongs to Odoo itself.", email=email)
            for email, user_id in ours
        ]
        return " ".join([reason, *sentences])

    # ------------------------------------------------------------
    # 4 MATCH
    # ------------------------------------------------------------

    def _match_customers(self, env, customers, mail, model_name=None):
        """Find or create the record of each customer by the lookup pattern.

        :param str model_name: the one kind of record to look in and create, instead of the pattern
        :return: a :class:`Target` per customer, in their order
        """
        dropbox = self.dropbox_id
        found = {} if model_name else self._find_conversation(env, customers, mail)
        for name in [model_name] if model_name else dropbox._get_lookup_models():
            missing = [address.email for address in customers if address.email not in found]
            if missing and env[name].has_access("read"):
                found |= env[name]._find_bcc_dropbox_records(missing)
        created = model_name or dropbox._get_created_model(dropbox.lookup, dropbox.create_kind)
        return [
            Target(address, found[address.email], "matched")
            if address.email in found
            else self._create_target(env[created], address, mail)
            if created
            else self._skip(address, env._("No record has this address, and you chose to create nothing."))
            for address in customers
        ]

    def _find_conversation(self, env, customers, mail):
        """Find the customers whose conversation is on a record already: what they are answered goes there.

        The record has their address, or one of the answered messages on it is from them or to them. References alone
        are not enough: mail programs keep them when they forward a mail to somebody else.

        :return: the record per address
        """
        messages = self._find_answered(mail)
        records, found = {}, {}
        for name, of_model in messages.grouped("model").items():
            if name in env and hasattr(env[name], "_find_bcc_dropbox_answered") and env[name].has_access("read"):
                answered = env[name]._find_bcc_dropbox_answered(of_model.mapped("res_id"))
                records |= {(name, record.id): record for record in answered}
        for message in messages:
            if (record := records.get((message.model, message.res_id))) is not None:
                keys = {*record._get_bcc_dropbox_keys(), *self._get_correspondents(message)}
                for address in customers:
                    if get_key(address.email) in keys:
                        found.setdefault(address.email, record)
        return found

    def _find_answered(self, mail):
        """Find the messages that a mail answers, the nearest first."""
        messages = self.env["mail.message"]
        if not mail.references:
            return messages
        domain = [("message_id", "in", mail.references), ("model", "!=", False)]
        needed = ["bcc_dropbox_cc", "bcc_dropbox_to", "email_from", "message_id", "model", "res_id"]
        messages = messages.search_fetch(domain, needed, order="id DESC")
        return messages.sorted(lambda message: -mail.references.index(message.message_id))

    @api.model
    def _get_correspondents(self, message):
        """Get the keys of the addresses that a message is from and to."""
        for text in filter(None, (message.email_from, message.bcc_dropbox_to, message.bcc_dropbox_cc)):
            yield from (get_key(address.email) for address in parse_addresses(text, MAX_ADDRESSES) if address.email)

    def _create_target(self, Model, address, mail):
        """Create the record of a customer who has none, if the owner may."""
        env = Model.env
        if not Model.has_access("create"):
            name = env["ir.model"]._get(Model._name).sudo().name  # sudo: model names are closed to users
            return self._skip(address, env._("You may not create records of the kind “%(model)s”.", model=name))
        try:
            with env.cr.savepoint():
                record = Model._create_bcc_dropbox_record(address, mail)
                record.flush_recordset()
            return Target(address, record, "created")
        except UserError as error:  # what this database demands of such records, said for people
            return self._skip(address, str(error))
        except IntegrityError:
            return self._skip(address, env._("The database refuses such a record."))

    @api.model
    def _skip(self, address, reason):
        return Target(address, None, "skipped", reason)

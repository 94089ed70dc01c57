from odoo import models
from odoo.fields import Domain


class CrmBccDropboxTarget(models.AbstractModel):
    """A kind of record that mails are filed on: how to find the one of a customer, and how to make it.

    Add it to a `mail.thread` with an indexed `email_normalized`. All methods run as the owner of the dropbox.
    """

    _name = "crm.bcc.dropbox.target"
    _description = "Target of a BCC Dropbox"

    def _get_bcc_dropbox_domain(self, emails):
        """Domain of the records that a mail to one of these normalised addresses may be filed on."""
        return Domain("email_normalized", "in", emails)

    def _get_bcc_dropbox_rank(self, answered_ids):
        """Sort key of a record among all those of one address: the least is taken.

        :param set answered_ids: ids of the records that the mail being answered is filed on
        """
        self.ensure_one()
        return (self.id not in answered_ids,)

    def _find_bcc_dropbox_records(self, emails, answered_ids):
        """Step 4, *match*: find the record of each customer.

        :param list emails: normalised
        :param set answered_ids: ids of the records that the mail being answered is filed on
        :return: the record per address, for those that have one; one query for all of them
        """
        found = {}
        for record in self.search(self._get_bcc_dropbox_domain(emails)).sorted(
            lambda record: record._get_bcc_dropbox_rank(answered_ids)
        ):
            found.setdefault(record.email_normalized, record)
        return found

    def _prepare_bcc_dropbox_values(self, address, mail):
        """Values of the record made for a customer who has none.

        :param Address address: of the customer, as the mail names it
        :param ParsedMail mail: header of the mail
        """
        return {}

    def _create_bcc_dropbox_record(self, address, mail):
        """Make the record of a customer, without telling or subscribing anyone."""
        values = self._prepare_bcc_dropbox_values(address, mail)
        return self.with_context(tracking_disable=True).create(values).with_env(self.env)

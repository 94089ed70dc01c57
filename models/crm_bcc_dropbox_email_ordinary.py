import base64
import logging
import traceback
from contextlib import contextmanager
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.service.model import retrying
from psycopg2 import OperationalError
from psycopg2.pool import PoolError

from ..tools.address import redact
from ..tools.envelope import add_envelope
from ..tools.mailbox import is_no_route
from .crm_bcc_dropbox_email import PAUSES, RETRY_BATCH

_logger = logging.getLogger(__name__)

REPEATED = (OperationalError, PoolError, ConcurrencyError)
"""Trouble of the database: the request is repeated, or the mail is brought again."""


class CrmBccDropboxEmail(models.Model):
    """The ordinary way of kept mails that name an alias as well.

    Once a mail is kept, its delivery is a success: an error would have the mail server return it. So what fails on the
    ordinary way is tried again by the job, after growing pauses, and noted on the row when it is given up.
    """

    # one stage of the work of a long model
    _inherit = "crm.bcc.dropbox.email"  # pylint: disable=consider-merging-classes-inherited

    ordinary_raw = fields.Binary("Mail for Aliases", attachment=False, readonly=True, groups=fields.NO_ACCESS)
    ordinary_tries = fields.Integer("Tries for Aliases", readonly=True, groups=fields.NO_ACCESS)
    ordinary_next_try = fields.Datetime("Next Try for Aliases", readonly=True, groups=fields.NO_ACCESS)

    _ordinary_idx = models.Index("(ordinary_next_try) WHERE ordinary_next_try IS NOT NULL")

    @contextmanager
    def _delivering(self, raw, envelope):
        """Take a kept mail its ordinary way; see to it that it goes on when that fails.

        :param bytes raw: the mail
        :param Envelope envelope: what was told beside it
        :raises Exception: trouble of the database, so that the mail server brings the mail again
        """
        try:
            yield
        except REPEATED:
            raise
        except Exception as error:
            self._log_undelivered(error)
            whole = add_envelope(raw, envelope)
            with self._open_transaction() as log:
                if not retrying(partial(log.browse(self.ids)._postpone_ordinary, whole, error), log.env):
                    raise  # only counted, see `_count_flood`

    @api.model
    def _log_undelivered(self, error):
        details = redact("".join(traceback.format_exception(error)))
        _logger.warning("Captured mails %s did not reach other addresses of Odoo: %s", self.ids, details)

    def _postpone_ordinary(self, raw, error):
        """Keep a mail for another try, or give it up when it cannot help.

        :return: the row that it is kept on
        """
        mail = self.exists()[:1]
        if is_no_route(error):
            mail._give_up_ordinary()
        elif mail and not mail.ordinary_next_try:
            mail.write({"ordinary_raw": base64.b64encode(raw), "ordinary_tries": 0})
            mail._plan_ordinary()
        return mail

    def _plan_ordinary(self):
        self.ordinary_next_try = fields.Datetime.now() + PAUSES[self.ordinary_tries]
        self.env.ref("crm_bcc_dropbox.ir_cron_retry")._trigger(at=self.ordinary_next_try)

    def _give_up_ordinary(self):
        self.write({"ordinary_raw": False, "ordinary_next_try": False})
        for mail in self:
            env = mail.dropbox_id._get_owner_env()
            mail._trace(env._("The email did not reach the other addresses of Odoo that it names."))

    @api.model
    def _retry_ordinary(self):
        """Take mails their ordinary way that failed there, each in a transaction of its own."""
        due = self.search([("ordinary_next_try", "<=", fields.Datetime.now())], limit=RETRY_BATCH)
        for mail in due:
            try:
                # the try counts before it is made, also when it ends the process
                with self._open_transaction() as log:
                    is_begun = retrying(log.browse(mail.id)._begin_ordinary, log.env)
                if is_begun:
                    with self._open_transaction() as log:
                        retrying(log.browse(mail.id)._deliver_ordinary, log.env)
            except Exception as error:  # noqa: BLE001 it is tried again, or given up
                mail._log_undelivered(error)
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _begin_ordinary(self):
        mail = self.try_lock_for_update().filtered("ordinary_next_try")
        if mail.ordinary_tries >= len(PAUSES):
            mail._give_up_ordinary()
            return False
        if mail:
            mail._plan_ordinary()
            mail.ordinary_tries += 1
        return bool(mail)

    def _deliver_ordinary(self):
        mail = self.try_lock_for_update().filtered("ordinary_next_try")
        if mail:
            self.env["mail.thread"]._bcc_dropbox_deliver_again(base64.b64decode(mail.ordinary_raw))
            mail.write({"ordinary_raw": False, "ordinary_next_try": False})

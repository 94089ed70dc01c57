"""Scheduled actions of this addon."""

import logging
from contextlib import contextmanager

from .error import format_traceback

_logger = logging.getLogger(__name__)


@contextmanager
def keep_job_active(cr):
    """Log the error of a scheduled action instead of raising it: Odoo deactivates actions that fail for a week.

    :param cr: the cursor of the action
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 the next run may succeed, whatever it is
        cr.rollback()
        _logger.warning("A scheduled action of the BCC Dropbox failed and will run again: %s", format_traceback(error))

import logging
from base64 import b64decode
from contextlib import contextmanager

from odoo import SUPERUSER_ID, http
from odoo.exceptions import AccessDenied, AccessError, ConcurrencyError
from odoo.http import Response, request
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from werkzeug.exceptions import default_exceptions

from ..tools.address import decode_bytes, redact
from ..tools.deliveries import ENVELOPE_KEY, NO_ENVELOPE, Envelope, read_client
from ..tools.error import format_traceback
from ..tools.mailbox import is_no_route
from .crm_bcc_dropbox import SECRET_HEADERS

_logger = logging.getLogger(__name__)

TAKEN = "taken"
KNOWN = "known"
UNKNOWN_RECIPIENT = "unknown recipient"
"""The script and the receiver compare answers with exactly these texts. All others are for people."""

ENVELOPE_HEADER = "X-BCC-Dropbox-Envelope"
MAX_ENVELOPE = 32_768
"""Characters in base64: some hundred addresses."""

MAX_PASSWORD = 4096
"""Characters: passlib raises an error for longer ones."""


# auth: each request has its own login and password, so that a session must not count
# csrf: there is no session to misuse, and pages of other sites can't send the headers
# readonly: auth="none" defaults to read-only, perhaps on a replica, which may not know a new address yet
ROUTE = {
    "type": "http", "auth": "none", "methods": ["POST"], "csrf": False, "save_session": False, "readonly": False,
}  # fmt: skip


class CrmBccDropboxMailgateController(http.Controller):
    @http.route("/bcc_dropbox/mail", **ROUTE)
    def bcc_dropbox_mail(self, **_arguments):
        """Process the email in the body of the request, with the rights of the user of ``Authorization: Basic``.

        Raising rolls the transaction back; returning commits.

        :param _arguments: not used, but accepted: Odoo logs unknown arguments, and would parse an email that is posted
            as a form into such arguments
        :raises HTTPException: the email was not processed, see :meth:`_build_refusal` and docs/security.md
        """
        uid = self._authenticate()
        if request.httprequest.mimetype != "message/rfc822":
            raise self._build_refusal(415, "no message/rfc822")
        envelope = self._read_envelope()
        # as by RPC: no context of a session
        request.update_env(user=uid, context={} if envelope == NO_ENVELOPE else {ENVELOPE_KEY: envelope})
        raw = self._read_mail()
        with self._explaining():
            request.env["mail.thread"].message_process(False, raw)
            request.env.cr.flush()  # here, so that `_explain` handles its errors
        return self._build_answer(TAKEN)

    @http.route("/bcc_dropbox/recipients", **ROUTE)
    def bcc_dropbox_recipients(self, **_arguments):
        """Answer whether each recipient of the envelope is a dropbox, so that a mail server can refuse other emails.

        Without recipients, the answer only says that emails can be delivered.

        :param _arguments: as above
        :raises HTTPException: a recipient is unknown, or the request failed
        """
        uid = self._authenticate()
        envelope = self._read_envelope()
        request.update_env(user=uid, context={})
        with self._explaining():
            is_known = request.env["crm.bcc.dropbox.token"]._knows_recipients(envelope)
        if not is_known:
            raise self._build_refusal(422, UNKNOWN_RECIPIENT)
        return self._build_answer(KNOWN)

    def _read_mail(self):
        """Return the body of the request.

        :raises HTTPException: it is empty or incomplete
        """
        length = request.httprequest.content_length
        # a chunked body that was cut at the size limit can't be told from a complete one
        if length is None or "Transfer-Encoding" in request.httprequest.headers:
            raise self._build_refusal(411, "no length")
        raw = request.httprequest.get_data()  # cached: Odoo repeats the call after a serialization failure
        if len(raw) != length:
            raise self._build_refusal(400, "not all of the mail")
        if not raw or raw.isspace():
            raise self._build_refusal(400, "no mail")
        return raw

    def _read_envelope(self):
        """Return the envelope in the headers of the request: recipients, one per line, in base64; the program.

        :raises HTTPException: the header is invalid; the mail server keeps the email
        """
        headers = request.httprequest.headers
        header = headers.get(ENVELOPE_HEADER, "")
        if len(header) > MAX_ENVELOPE:
            raise self._build_refusal(431, "too many recipients")
        try:
            lines = decode_bytes(b64decode(header, validate=True)).splitlines()
        except ValueError:
            raise self._build_refusal(400, "no envelope") from None
        return Envelope(tuple(filter(None, map(str.strip, lines))), client=read_client(headers.get("User-Agent", "")))

    # ------------------------------------------------------------
    # CREDENTIALS
    # ------------------------------------------------------------

    def _authenticate(self):
        """Return the id of the user whose login and password, or API key, the request has.

        :raises HTTPException: there is none; the answer does not contain the reason
        """
        login, password = self._read_credentials()
        # as superuser: there is no user yet; as Odoo does for RPC
        Users = request.env(user=SUPERUSER_ID, context={})["res.users"]
        user = Users.search(Users._get_login_domain(login), order=Users._get_login_order(), limit=1) if login else Users
        try:
            if not user:
                with Users._assert_can_auth():  # limits attempts with unknown logins as well
                    Users._crypt_context().hash(password)  # takes as long as with a known login
                    raise AccessDenied
            # as RPC: caches valid passwords, accepts API keys, and requires them if there is a second factor
            Users._check_uid_passwd(user.id, password)
        except AccessDenied:
            _logger.info("Email rejected: wrong login or password, from %s", request.httprequest.remote_addr)
            raise self._build_refusal(401, "wrong login or password") from None
        return user.id

    def _read_credentials(self):
        """Return login and password (RFC 7617), both empty if they can't be valid."""
        authorization = request.httprequest.authorization
        if not authorization or authorization.type != "basic":
            return "", ""
        login, password = authorization.username or "", authorization.password or ""
        # PostgreSQL raises an error for NUL
        is_possible = password and len(password) <= MAX_PASSWORD and "\0" not in login + password
        return (login, password) if is_possible else ("", "")

    # ------------------------------------------------------------
    # ANSWERS
    # ------------------------------------------------------------

    @contextmanager
    def _explaining(self):
        """Answer errors of the gateway, except those after which Odoo repeats the request."""
        try:
            yield
        except (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError):
            raise
        except Exception as error:  # noqa: BLE001 the mail server must learn of any failure
            raise self._explain(error) from None

    def _explain(self, error):
        """Return the answer to an error of the gateway, and log what an administrator must know.

        The answer contains only the class of the error: its text may contain addresses, and may end up in a bounce.
        """
        if is_no_route(error):
            return self._build_refusal(422, UNKNOWN_RECIPIENT)
        if isinstance(error, AccessError):
            _logger.info("Email rejected: %s", redact(str(error)))
            return self._build_refusal(403, "access error")
        _logger.warning("Email not processed, the mail server will deliver it again:\n%s", format_traceback(error))
        return self._build_refusal(503, type(error).__name__)

    def _build_refusal(self, status, text):
        """Return the exception that sends an answer and rolls back."""
        return default_exceptions[status](response=self._build_answer(text, status))

    def _build_answer(self, text, status=200):
        return Response(text, status, [("Content-Type", "text/plain; charset=utf-8"), *SECRET_HEADERS])

import logging
import traceback
from base64 import b64decode

from odoo import SUPERUSER_ID, http
from odoo.exceptions import AccessDenied, AccessError, ConcurrencyError
from odoo.http import Response, request
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from werkzeug.exceptions import default_exceptions

from ..tools.address import decode_bytes, redact
from ..tools.envelope import ENVELOPE_KEY, Envelope
from .crm_bcc_dropbox import SECRET_HEADERS

_logger = logging.getLogger(__name__)

TAKEN = "taken"
UNKNOWN_RECIPIENT = "unknown recipient"
"""What the script believes; it looks for exactly these words. All others are for people."""

ENVELOPE_HEADER = "X-BCC-Dropbox-Envelope"
MAX_ENVELOPE = 32_768
"""Characters of it in base64: some hundred addresses."""

MAX_CREDENTIALS = 4096
"""Characters of them in base64: the library that checks passwords raises its own error at longer ones."""


class CrmBccDropboxMailgateController(http.Controller):
    # auth: each request has login and password of its own, and a session, of whoever it is, must not count;
    # csrf: without a session there is nothing to forge, and a page of another site cannot send this type of content;
    # readonly: the default for auth="none"
    @http.route(
        "/bcc_dropbox/mail",
        type="http",
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def bcc_dropbox_mail(self, **_arguments):
        """Take the mail that is the body of the request, with the rights of the user of ``Authorization: Basic``.

        What is raised rolls the transaction back, other than what is returned.

        :param _arguments: none; Odoo would write into the log which ones are unknown, the mail itself when it is
            sent like a form
        :raises HTTPException: the mail was not taken, see :meth:`_build_refusal` and docs/security.md
        """
        uid = self._authenticate()
        if request.httprequest.mimetype != "message/rfc822":
            raise self._build_refusal(415, "no message/rfc822")
        envelope = self._read_envelope(request.httprequest.headers.get(ENVELOPE_HEADER, ""))
        # as by RPC: nothing of a session, of cookies or of the browser
        request.update_env(user=uid, context={ENVELOPE_KEY: envelope} if envelope.recipients else {})
        raw = self._read_mail()
        try:
            request.env["mail.thread"].message_process(False, raw)
            request.env.cr.flush()  # here, or the text of what fails would be the answer
        except (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError):
            raise  # Odoo tries again
        except Exception as error:  # noqa: BLE001 whatever it is, the script has to learn that the mail is not here
            raise self._explain(error) from None
        return self._build_answer(TAKEN)

    def _read_mail(self):
        """Return the body of the request.

        :raises HTTPException: there is none, or not the whole of it
        """
        length = request.httprequest.content_length
        # in chunks, nothing tells the whole of a body from what was cut at the limit of its size
        if length is None or "Transfer-Encoding" in request.httprequest.headers:
            raise self._build_refusal(411, "no length")
        raw = request.httprequest.get_data()  # kept there: Odoo calls again after a serialization failure
        if len(raw) != length:
            raise self._build_refusal(400, "not all of the mail")
        if not raw or raw.isspace():
            raise self._build_refusal(400, "no mail")
        return raw

    def _read_envelope(self, header):
        """Read the recipients that the mail server told the script: one a line, in base64.

        :raises HTTPException: it is none; the mail server keeps the mail
        """
        if len(header) > MAX_ENVELOPE:
            raise self._build_refusal(431, "too many recipients")
        try:
            lines = decode_bytes(b64decode(header, validate=True)).splitlines()
        except ValueError:
            raise self._build_refusal(400, "no envelope") from None
        return Envelope(tuple(filter(None, map(str.strip, lines))))

    # ------------------------------------------------------------
    # CREDENTIALS
    # ------------------------------------------------------------

    def _authenticate(self):
        """Find the user whose login and password, or API key, the request has.

        :return: the user's id
        :raises HTTPException: there is none; the answer does not tell why
        """
        login, password = self._read_credentials(request.httprequest.headers.get("Authorization", ""))
        # sudo: who it is has to be found out first; as core does for RPC
        Users = request.env(user=SUPERUSER_ID, context={})["res.users"]
        user = Users.search(Users._get_login_domain(login), order=Users._get_login_order(), limit=1) if login else Users
        try:
            if not user:
                with Users._assert_can_auth():  # tries of unknown logins are slowed down, too
                    Users._crypt_context().hash(password)  # as long as a wrong password takes: nobody learns of logins
                    raise AccessDenied
            # what RPC calls: remembers what was right, takes API keys, and those alone where there is a second factor
            Users._check_uid_passwd(user.id, password)
        except AccessDenied:
            _logger.info("Mail refused: wrong login or password, from %s", request.httprequest.remote_addr)
            raise self._build_refusal(401, "wrong login or password") from None
        return user.id

    def _read_credentials(self, header):
        """Read the header ``Authorization: Basic`` (RFC 7617, in UTF-8).

        :return: login and password, both empty when there are none that could be right
        """
        scheme, _blank, encoded = header.strip().partition(" ")
        if scheme.lower() != "basic" or len(encoded) > MAX_CREDENTIALS:
            return "", ""
        try:
            login, _colon, password = b64decode(encoded.strip(), validate=True).decode().partition(":")
        except ValueError:
            return "", ""
        # PostgreSQL raises an error of its own at NUL
        return ("", "") if "\0" in login + password or not password else (login, password)

    # ------------------------------------------------------------
    # ANSWERS
    # ------------------------------------------------------------

    def _explain(self, error):
        """Turn what the gateway raised into an answer, and write into the log what an administrator has to know.

        The answer names the kind of error alone: its text may hold addresses, and lands in a bounce.
        """
        if isinstance(error, ValueError) and str(error).startswith("No possible route found"):
            return self._build_refusal(422, UNKNOWN_RECIPIENT)
        if isinstance(error, AccessError):
            _logger.info("Mail refused: %s", redact(str(error)))
            return self._build_refusal(403, "access error")
        text = "".join(traceback.format_exception(error))
        _logger.warning("Mail not taken, the mail server will bring it again:\n%s", redact(text))
        return self._build_refusal(503, type(error).__name__)

    def _build_refusal(self, status, text):
        """Build the exception that gives an answer and rolls back."""
        return default_exceptions[status](response=self._build_answer(text, status))

    def _build_answer(self, text, status=200):
        return Response(text, status, [("Content-Type", "text/plain; charset=utf-8"), *SECRET_HEADERS])

"""The route for the delivery script, requested in every way."""

import base64
import logging
import socket
from unittest.mock import patch

from odoo.exceptions import AccessError, ConcurrencyError
from odoo.tests.common import HttpCase, Opener
from odoo.tools import mute_logger

from ..controllers import crm_bcc_dropbox_mailgate as page
from .common import data, tagged
from .test_access import AccessCommon
from .test_access_http import UNKNOWN
from .test_secrecy import Collector

LOGGER = page.__name__
NO_ROUTE = "No possible route found for incoming message from a to b (Message-Id <1@x>:). Create a lead alias"


def fail_with(cr, code, text):
    """Make PostgreSQL raise an error."""
    cr.execute(f"DO $$ BEGIN RAISE EXCEPTION '{text}' USING ERRCODE = '{code}'; END $$", log_exceptions=False)


class MailgateHttpCommon(AccessCommon, HttpCase):
    """The delivery script logs in as an internal user without any other right."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param("base.login_cooldown_after", "0")

    def setUp(self):
        super().setUp()
        self.log = Collector()
        logging.getLogger("odoo").addHandler(self.log)
        self.addCleanup(logging.getLogger("odoo").removeHandler, self.log)
        self._forget_failures()
        self.addCleanup(self._forget_failures)

    def _forget_failures(self):
        getattr(self.env.registry, "_login_failures", {}).clear()

    def _get_password(self, user):
        return user.login + "x" * (8 - len(user.login))

    def _post(self, raw, login="clerk", password=None, url="/bcc_dropbox/mail", **headers):
        """Post a mail, and check that response and log contain no secret."""
        password = self._get_password(self.clerk) if password is None else password
        account = base64.b64encode(f"{login}:{password}".encode()).decode()
        headers = {
            "Authorization": f"Basic {account}",
            "Content-Type": "message/rfc822",
            "X-Odoo-Database": self.env.cr.dbname,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        headers = {name: value for name, value in headers.items() if value is not None}
        response = self.url_open(url, raw, headers=headers, method="POST", allow_redirects=False)
        self.env.invalidate_all()
        told = f"{response.headers} {response.text} {self.log.lines}".lower()
        self.assertNotIn(self.token.token, told)
        self.assertNotIn(account.lower(), told)
        self.assertNotIn("set-cookie", told)
        if response.status_code in (200, 401, 403, 415, 422, 503):
            self.assertEqual(response.headers["Cache-Control"], "no-store")
            self.assertEqual(response.headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(response.headers["Content-Type"], "text/plain; charset=utf-8")
        return response

    def _post_beside(self, recipients, raw, **values):
        envelope = base64.b64encode("\n".join(recipients).encode()).decode()
        return self._post(raw, **{"X_BCC_Dropbox_Envelope": envelope, **values})

    def _process(self, process):
        """Replace the gateway."""
        return patch.object(self.env.registry["mail.thread"], "message_process", process)

    def _failing(self, error):
        def process(thread, _model, _message):
            thread.env["res.partner"].sudo().create({"name": "Left behind"})
            thread.env.flush_all()
            raise error

        return self._process(process)

    def assertAnswer(self, response, status, text):
        self.assertEqual((response.status_code, response.text), (status, text))

    def assertNothingLeft(self):
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Left behind")]))


@tagged("post_install", "-at_install")
class TestMailgateHttp(MailgateHttpCommon):
    def test_mail_is_filed(self):
        """The email is logged with the rights of the dropbox's owner, on their record."""
        before = self.env["crm.bcc.dropbox.email"].search([])
        self.assertAnswer(self._post(self._format()), 200, "taken")
        email = self.env["crm.bcc.dropbox.email"].search([]) - before
        self.assertRow(email, "captured")
        self.assertEqual(email.user_id, self.sam)
        message = self._get_record(email).message_ids.filtered_domain([("message_type", "=", "email_outgoing")])
        self.assertEqual(message.author_id, self.sam.partner_id)
        self.assertFalse([line for line in self.log.lines if "ignoring args" in line])

    def test_bytes_unchanged(self):
        seen = []
        for name, raw in {
            "all bytes": b"Subject: x\n\n" + bytes(range(256)),
            "crlf": b"Subject: x\r\n\r\n\r\n\r\r\n.\r\n\0",
            "a form": b"csrf_token=x&model=res.users&bcc=%00",
            "several megabytes": b"Subject: x\n\n" + bytes(range(256)) * 4 * 4096,
        }.items():
            with self.subTest(name), self._process(lambda _thread, model, raw: seen.append((model, raw))):
                self.assertAnswer(self._post(raw), 200, "taken")
                self.assertEqual(seen, [(False, raw)])
                self.assertIs(type(seen.pop()[1]), bytes)

    def test_no_mail(self):
        with self._process(lambda *_arguments: self.fail("there is no mail")):
            for raw in (b"", b"\n\r\n ", b" " * 5_000_000):
                self.assertAnswer(self._post(raw), 400, "no mail")
            for kind in (None, "text/plain", "application/x-www-form-urlencoded", "application/json", "message/x"):
                with self.subTest(kind):
                    # content types that pages of other sites can send as well
                    self.assertEqual(self._post(self._format(), Content_Type=kind).status_code, 415)

    def test_too_large(self):
        self.env["ir.config_parameter"].set_param("web.max_file_upload_size", "1000")
        self.assertEqual(self._post(b"Subject: x\n\n" + b"x" * 1000).status_code, 413)

    @mute_logger("odoo.http")
    def test_other_methods(self):
        for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH"):
            response = self.url_open(
                "/bcc_dropbox/mail", headers={"Authorization": "Basic Y2xlcms6Y2xlcmt4eHg="}, method=method
            )
            self.assertEqual(response.status_code, 405, method)

    def _send(self, *lines, body=b""):
        """Send a raw request, and return the first line of the response."""
        head = [
            b"POST /bcc_dropbox/mail HTTP/1.1", b"Host: localhost", b"Content-Type: message/rfc822",
            b"Connection: close", b"Authorization: Basic Y2xlcms6Y2xlcmt4eHg=",
            b"X-Odoo-Database: " + self.env.cr.dbname.encode(), *lines,
        ]  # fmt: skip
        with (
            self.allow_requests(all_requests=True),
            socket.create_connection((self.base_url().split("/")[2].split(":")[0], self.http_port()), 30) as connection,
        ):
            connection.sendall(b"\r\n".join([*head, b"", body]))
            return connection.makefile("rb").readline()

    @mute_logger("odoo.http")
    def test_length(self):
        """A mail is accepted only with the declared length, and never in chunks."""
        raw = b"Subject: x\r\n\r\nxxx"
        size = len(raw)
        chunks = b"%x\r\n%b\r\n0\r\n\r\n"
        chunked = chunks % (size, raw)
        self.env["ir.config_parameter"].set_param("web.max_file_upload_size", "1000")
        large = b"Subject: x\r\n\r\n" + b"x" * 5000
        for name, status, lines, body in (
            ("whole", 200, [b"Content-Length: %d" % size], raw),
            ("no length", 411, [], raw),
            ("chunks", 411, [b"Transfer-Encoding: chunked"], chunked),
            ("chunks in capitals", 411, [b"transfer-encoding: CHUNKED"], chunked),
            (
                "chunks over the limit",
                411,
                [b"Transfer-Encoding: chunked"],
                b"%x\r\n%b\r\n0\r\n\r\n" % (len(large), large),
            ),
            ("chunks without end", 411, [b"Transfer-Encoding: chunked"], b"%x\r\n%b" % (size, raw)),
            ("chunks and a length", 411, [b"Transfer-Encoding: chunked", b"Content-Length: %d" % size], chunked),
            ("compressed chunks", 411, [b"Transfer-Encoding: gzip, chunked"], chunked),
            ("no number", 400, [b"Content-Length: x"], raw),
            ("negative", 400, [b"Content-Length: -1"], raw),
            ("nothing", 400, [b"Content-Length: 0"], raw),
            ("over the limit", 413, [b"Content-Length: %d" % len(large)], large),
        ):
            seen = []
            with self.subTest(name), self._process(lambda _thread, _model, raw, seen=seen: seen.append(raw)):
                self.assertIn(b" %d " % status, self._send(*lines, body=body))
                self.assertEqual(seen, [raw] if status == 200 else [])

    def test_half_a_mail(self):
        """If the connection breaks, the incomplete mail is not accepted."""
        with (
            self._process(lambda *_arguments: self.fail("that is half a mail")),
            self.allow_requests(all_requests=True),
            socket.create_connection((self.base_url().split("/")[2].split(":")[0], self.http_port()), 30) as connection,
        ):
            connection.sendall(
                b"POST /bcc_dropbox/mail HTTP/1.0\r\nHost: localhost\r\nContent-Type: message/rfc822\r\n"
                b"Authorization: Basic Y2xlcms6Y2xlcmt4eHg=\r\nContent-Length: 100\r\n"
                b"X-Odoo-Database: " + self.env.cr.dbname.encode() + b"\r\n\r\nSubject: x\r\n\r\nxxx"
            )
            connection.shutdown(socket.SHUT_WR)
            self.assertIn(b" 400 ", connection.recv(100))

    # ------------------------------------------------------------
    # ENVELOPE
    # ------------------------------------------------------------

    def test_envelope(self):
        """The envelope is passed beside the mail; fields of the mail do not count as envelope."""
        dropbox, alias = self.sam.bcc_dropbox_address, "bcc-alias@acme.example"
        for recipients, header, found_in in (
            ([dropbox], "", "envelope"),
            ([alias, dropbox.upper()], "", "envelope"),
            ([dropbox], f"X-Original-To: {dropbox}\n", "envelope"),
            ([alias], f"X-BCC-Dropbox-Recipient: {dropbox}\n", "x-bcc-dropbox-recipient"),
            ([], f"X-BCC-Dropbox-Recipient: {dropbox}\n", "x-bcc-dropbox-recipient"),
        ):
            with self.subTest(recipients=recipients, header=header):
                before = self.env["crm.bcc.dropbox.email"].search([])
                raw = self._format(data.BARE, headers=f"Received: from a by b; date\n{header}")
                self.assertAnswer(self._post_beside(recipients, raw), 200, "taken")
                email = self.env["crm.bcc.dropbox.email"].search([]) - before
                self.assertRow(email, "captured")
                self.assertEqual(email.found_in, found_in)
                is_told = found_in == "envelope"
                self.assertEqual(email.from_last_hop, is_told)
                self.assertEqual("your mail server." in email.with_user(self.sam).explanation, is_told)

    def test_headers_say_no_envelope(self):
        """A stranger's mail with the name of the request header, or of the place shown in the log."""
        before = self._get_state()
        for name in ("X-BCC-Dropbox-Envelope", "Envelope", "bcc_dropbox_envelope"):
            encoded = base64.b64encode(self.sam.bcc_dropbox_address.encode()).decode()
            for value in (encoded, self.sam.bcc_dropbox_address):
                raw = self._format(data.BARE, headers=f"{name}: {value}\n")
                self.assertAnswer(self._post(raw), 422, "unknown recipient")
        self.assertEqual(self._get_state(), before)

    def test_no_client_says_envelope(self):
        """A context sent by a client is no envelope either."""
        raw = self._format(data.BARE)
        for value in (self.sam.bcc_dropbox_address, [self.sam.bcc_dropbox_address], {"recipients": ["x"]}, True):
            thread = self.env["mail.thread"].with_user(self.clerk).with_context(bcc_dropbox_envelope=value)
            with self.subTest(value), self.assertRaises(ValueError):
                thread.message_process(None, raw)

    def test_program(self):
        """The row remembers which of our programs delivered the email."""
        for agent, program in (
            ("odoo-bcc-receiver/1.2.3", "odoo-bcc-receiver/1.2.3"),
            ("odoo-bcc-receiver/1.2.3 httpx/0.28", "odoo-bcc-receiver/1.2.3"),
            ("odoo_bcc_mailgate", "odoo_bcc_mailgate"),
            ("odoo_bcc_mailgate/2", "odoo_bcc_mailgate/2"),
            ("odoo-bcc-receiver", False),
            ("odoo-bcc-receiver/" + "1" * 30, False),
            (f"odoo-bcc-receiver/2{self.token.token[1:]}", False),
            ("odoo_bcc_mailgate/<b>", False),
            ("x odoo_bcc_mailgate", False),
            ("Mozilla/5.0", False),
            (None, False),
        ):
            for recipients in ([self.sam.bcc_dropbox_address], []):
                with self.subTest(agent=agent, recipients=recipients):
                    before = self.env["crm.bcc.dropbox.email"].search([])
                    self.assertAnswer(self._post_beside(recipients, self._format(), User_Agent=agent), 200, "taken")
                    email = self.env["crm.bcc.dropbox.email"].search([]) - before
                    self.assertEqual(email.delivered_by, program)

    def test_program_takes_no_query(self):
        self._post_beside([self.sam.bcc_dropbox_address], self._format())
        counts = []
        for agent in (None, "odoo-bcc-receiver/1.0"):
            before = self.cr.sql_log_count
            self._post_beside([self.sam.bcc_dropbox_address], self._format(), User_Agent=agent)
            counts.append(self.cr.sql_log_count - before)
        self.assertGreater(counts[0], 10)
        self.assertEqual(counts[1], counts[0])

    def test_alias_in_the_envelope(self):
        self.boss.group_ids += self.env.ref("base.group_system")
        leads = self.env["ir.model"]._get_id("crm.lead")
        self.env["mail.alias"].create({"alias_name": "deals", "alias_model_id": leads, "alias_contact": "everyone"})
        raw = self._format(data.BARE, subject="By both")
        answer = self._post_beside(
            [self.sam.bcc_dropbox_address, "deals@acme.example"], raw, login="boss", password="bossxxxx"
        )
        self.assertEqual(answer.status_code, 200, answer.text)
        self.assertEqual(self.env["crm.lead"].search_count([("name", "=like", "%By both")]), 2)

    def test_bad_envelope(self):
        with self._process(lambda *_arguments: self.fail("nobody knows for whom it is")):
            for value, status in (("%", 400), ("abc", 400), ("ä", 400), ("A" * 40_000, 431)):
                with self.subTest(value[:5]):
                    self.assertEqual(self._post(self._format(), X_BCC_Dropbox_Envelope=value).status_code, status)

    # ------------------------------------------------------------
    # DATABASE
    # ------------------------------------------------------------

    @mute_logger("odoo.http", "odoo.sql_db")
    def test_database(self):
        name = self.env.cr.dbname
        for databases in ([name], [name, "other"]):
            with self.subTest(databases), patch("odoo.http.db_list", return_value=databases):
                self.opener = Opener(self)  # no session with a database
                self.assertAnswer(self._post(self._format()), 200, "taken")
                for wrong in ("no-such-database", *[None] * (len(databases) - 1)):
                    self.assertEqual(self._post(self._format(), X_Odoo_Database=wrong).status_code, 404)
        with patch("odoo.http.db_filter", return_value=[]):
            self.assertEqual(self._post(self._format()).status_code, 404)

    # ------------------------------------------------------------
    # TROUBLE
    # ------------------------------------------------------------

    def test_unknown_recipient(self):
        before = self._get_state(), self.env["mail.message"].search_count([])
        self.assertAnswer(self._post(self._format(data.PLAIN, dropbox=UNKNOWN)), 422, "unknown recipient")
        self.assertEqual((self._get_state(), self.env["mail.message"].search_count([])), before)
        with self._failing(ValueError(NO_ROUTE)):
            self.assertAnswer(self._post(self._format()), 422, "unknown recipient")
        self.assertNothingLeft()

    def test_dropped_mail(self):
        for dropped in (False, None, 0):
            with self._process(lambda *_arguments, dropped=dropped: dropped):
                self.assertAnswer(self._post(self._format()), 200, "taken")

    def test_errors(self):
        address = self.sam.bcc_dropbox_address
        for error, status, text in (
            (ValueError(f"{address} is wrong"), 503, "ValueError"),
            (ValueError(f"{address}: {NO_ROUTE}"), 503, "ValueError"),
            (KeyError(NO_ROUTE), 503, "KeyError"),
            (RuntimeError(address.upper()), 503, "RuntimeError"),
            (MemoryError(), 503, "MemoryError"),
            (AccessError(f"Not for you: {address}"), 403, "access error"),
        ):
            with self.subTest(error=error), self._failing(error), mute_logger(LOGGER):
                self.assertAnswer(self._post(self._format()), status, text)
            self.assertNothingLeft()

    def test_log(self):
        """The log contains the error, but no secrets."""
        with (
            self._failing(RuntimeError(f"cannot read {self.sam.bcc_dropbox_address}")),
            self.assertLogs(LOGGER, "WARNING") as caught,
        ):
            self._post(self._format())
        [line] = caught.output
        self.assertIn("in bcc_dropbox_mail", line)
        self.assertIn("RuntimeError: cannot read bcc-[hidden]@", line)
        self.assertNotIn("naïve", line)

    @mute_logger(LOGGER)
    def test_errors_of_the_database(self):
        """Errors that a retry does not fix, even if they only occur at the end."""

        def process(thread, _model, raw):
            thread.env["res.partner"].sudo().create({"name": "Left behind"})
            if b"late" in raw:
                thread.env.cr.precommit.add(lambda: fail_with(thread.env.cr, code, self.sam.bcc_dropbox_address))
            else:
                fail_with(thread.env.cr, code, self.sam.bcc_dropbox_address)

        for code, name in {
            "23505": "UniqueViolation",
            "57014": "QueryCanceled",
            "22001": "StringDataRightTruncation",
        }.items():
            for raw in (b"Subject: soon\n\n", b"Subject: late\n\n"):
                with self.subTest(code=code, raw=raw), self._process(process):
                    self.assertAnswer(self._post(raw), 503, name)
                self.assertNothingLeft()

    @mute_logger("odoo.service.model")
    def test_serialization_failure(self):
        """Odoo repeats the request with the same bytes and the same rights."""
        original = self.env.registry["mail.thread"].message_process

        def process(thread, model, raw):
            seen.append((raw, thread.env.user, dict(thread.env.context)))
            if len(seen) <= failures:
                thread.env["res.partner"].sudo().create({"name": "Left behind"})
                if code:
                    fail_with(thread.env.cr, code, "could not serialize access")
                raise ConcurrencyError
            return original(thread, model, raw)

        for code, failures in (("40001", 1), ("40P01", 4), ("55P03", 1), (None, 2)):
            with (
                self.subTest(code=code),
                self._process(process),
                patch("odoo.service.model.random.uniform", return_value=0),
            ):
                seen, raw = [], self._format(to=f"{code}@customer.example")
                before = self.env["crm.bcc.dropbox.email"].search([])
                self.assertAnswer(self._post(raw), 200, "taken")
                self.assertEqual(seen, [(raw, self.clerk, {})] * (failures + 1))
                email = self.env["crm.bcc.dropbox.email"].search([]) - before
                self.assertRow(email, "captured")
                messages = self._get_record(email).message_ids
                self.assertEqual(messages.mapped("message_type").count("email_outgoing"), 1)
                self.assertNothingLeft()

    def test_serialization_failures_without_end(self):
        def process(thread, _model, _raw):
            thread.env["res.partner"].sudo().create({"name": "Left behind"})
            fail_with(thread.env.cr, "40001", "could not serialize access")

        with (
            self._process(process),
            patch("odoo.service.model.random.uniform", return_value=0),
            self.assertLogs("odoo.http", "ERROR") as caught,
        ):
            response = self._post(self._format())
        self.assertEqual(response.status_code, 500)
        self.assertNotIn("unknown recipient", response.text)
        self.assertNotIn("serialize", response.text)
        self.assertIn("SerializationFailure: could not serialize access", str(caught.output))
        self.assertNothingLeft()

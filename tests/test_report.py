"""The report of emails per salesperson and week, and what it says of private emails."""

import csv
import io
import json
import runpy
from datetime import datetime, timedelta
from pathlib import Path

from lxml import etree
from odoo import http
from odoo.exceptions import AccessError
from odoo.tests.common import HttpCase
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

from .common import Command, DropboxCommon, tagged
from .test_access import SEARCHES, AccessCommon

EMAIL, LINE, REPORT = "crm.bcc.dropbox.email", "crm.bcc.dropbox.email.line", "crm.bcc.dropbox.report"
MONDAY = datetime(2026, 11, 23)
MEASURES = ("sent", "received", "new_leads", "private", "answer_hours", "answer_hours_median")
SECRETS = ("Our secret", "carla@customer.example", "Carla")


class ReportMixin:
    """Captured emails as the gateway stores them, for many dates."""

    def _log(self, user, record=None, sent=MONDAY, direction="outgoing", **values):
        """Create a captured email and its message on a record."""
        message = self.env["mail.message"]
        if record:
            message = self._post(record, sent, "email_outgoing" if direction == "outgoing" else "email", captured=True)
        line = {
            "email": "leo@customer.example",
            "outcome": "matched",
            "res_model": record._name if record else False,
            "res_id": record.id if record else False,
            "mail_message_id": message.id,
            **values.pop("line", {}),
        }
        return self.env[EMAIL].create(
            {
                "dropbox_id": user.bcc_dropbox_ids.id,
                "user_id": user.id,
                "fingerprint": str(self.env[EMAIL].search_count([])),
                "subject": "Our secret",
                "date": sent,
                "direction": direction,
                "state": "captured",
                "line_ids": [Command.create(line)],
                **values,
            }
        )

    def _log_private(self, user, sent=MONDAY, **values):
        """Create an email of excluded addresses only."""
        reasons = {"reason_code": "only_excluded", "reasons": [["only_excluded", {}]]}
        line = {"outcome": "skipped", "email": "carla@customer.example"}
        return self._log(user, sent=sent, **{"state": "unmatched", **reasons, "line": line, **values})

    def _post(self, record, date, message_type="email_outgoing", captured=False, **values):
        return self.env["mail.message"].create(
            {
                "model": record._name,
                "res_id": record.id,
                "message_type": message_type,
                "subtype_id": self.env.ref("mail.mt_note").id,
                "bcc_dropbox_captured": captured,
                "author_id": False,
                "date": date,
                **values,
            }
        )

    def _read(self, user=None, groupby=(), domain=(), measures=MEASURES, **context):
        """Read the report like a pivot; a dict of rows without groups."""
        self.env.flush_all()
        self.env.invalidate_all()
        Report = self.env[REPORT].with_user(user or self.boss).with_context(**context)
        names = [f"{name}:{self.env[REPORT]._fields[name].aggregator}" for name in measures]
        rows = Report.formatted_read_group(list(domain), list(groupby), names)
        return [{name: row[key] for name, key in zip(measures, names, strict=True)} | row for row in rows]


@tagged("post_install", "-at_install")
class TestReport(ReportMixin, DropboxCommon):
    def _get_hours(self, *emails, **options):
        """Return the average and the median of the first answers."""
        [row] = self._read(**options)
        return row["answer_hours"], row["answer_hours_median"]

    def test_numbers(self):
        self._log(self.sam, self.lead)
        self._log(self.sam, self.lead, line={"outcome": "created"}, created_count=1)
        self._log(self.sam, self.contact, line={"outcome": "created"}, created_count=1)
        self._log(self.sam, self.lead, direction="incoming", active=False)
        self._log(self.lea, self.lead)
        self._log_private(self.sam)
        for state in ("pending", "unmatched", "refused", "failed"):
            self._log(self.sam, state=state)
        rows = {row["user_id"][0]: row for row in self._read(groupby=["user_id"])}
        numbers = {user: tuple(row[name] for name in MEASURES[:4]) for user, row in rows.items()}
        self.assertEqual(numbers, {self.sam.id: (3, 1, 1, 1), self.lea.id: (1, 0, 0, 0)})

    def test_by_the_gateway(self):
        """With emails as they arrive: a new lead, a private email, and an excluded address beside a customer."""
        self._capture(to="new@customer.example")
        self.env["crm.bcc.dropbox.exclusion"].create({"pattern": "carla@customer.example", "user_id": self.sam.id})
        self._capture(to="carla@customer.example")
        self._capture(to="carla@customer.example", sender="sam@unknown.example")
        mixed = self._capture(to="carla@customer.example, leo@customer.example")
        self.assertRow(mixed, "captured")
        self.assertFalse(mixed.is_private)
        [row] = self._read()
        self.assertEqual(tuple(row[name] for name in MEASURES[:4]), (2, 0, 1, 2))

    # ------------------------------------------------------------
    # FIRST ANSWER
    # ------------------------------------------------------------

    def test_first_answer(self):
        """Hours after Monday, 0:00, of received (+) and sent (-) emails on one record; the answers that count."""
        for hours, answers in [
            ([], []),
            ([+1], []),
            ([-1], []),
            ([-1, +2], []),
            ([+1, -3], [2]),
            ([+1, -3, -4], [2]),
            ([+1, +2, +3, -9], [8]),  # customers who write again wait since the first email
            ([+1, -3, +5, -6], [2, 1]),
            ([+1, -3, +5, +6, -10, +20], [2, 5]),
        ]:
            with self.subTest(hours=hours), self.env.cr.savepoint() as savepoint:
                for hour in hours:
                    direction = "incoming" if hour > 0 else "outgoing"
                    self._log(self.sam, self.lead, MONDAY + timedelta(hours=abs(hour)), direction)
                found = self.env[REPORT].with_user(self.boss).search([("answer_hours", "!=", False)], order="date")
                self.env.flush_all()
                self.assertEqual([row for row in found.mapped("answer_hours") if row], answers)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_answer_by_odoo(self):
        """The composer answers, too; notes and answers on another record do not."""
        self._log(self.sam, self.lead, direction="incoming")
        self._post(self.lead, MONDAY + timedelta(hours=1), "comment", author_id=self.lea.partner_id.id)
        self._post(self.contact, MONDAY + timedelta(hours=2))
        self.assertFalse(any(self._get_hours()))
        comment = self.env.ref("mail.mt_comment").id
        self._post(
            self.lead, MONDAY + timedelta(hours=3), "comment", author_id=self.lea.partner_id.id, subtype_id=comment
        )
        self.assertEqual(self._get_hours(), (3, 3))

    def test_earlier_question_by_an_alias(self):
        """The customer waits since an email that is none of the report's: no time is better than a wrong one."""
        self._post(self.lead, MONDAY, "email")
        self._log(self.sam, self.lead, MONDAY + timedelta(hours=1), "incoming")
        self._post(self.lead, MONDAY + timedelta(hours=2))
        self.assertFalse(any(self._get_hours()))

    def test_several_records(self):
        """The earliest answer counts."""
        email = self._log(self.sam, self.lead, direction="incoming")
        message = self._post(self.contact, MONDAY, "email", captured=True)
        email.line_ids = [Command.create({"email": "x@y.example", "outcome": "matched", "mail_message_id": message.id})]
        self._post(self.lead, MONDAY + timedelta(hours=5))
        self._post(self.contact, MONDAY + timedelta(hours=4))
        self.assertEqual(self._get_hours(), (4, 4))

    def test_average_and_median(self):
        """Of answers, not of weeks or salespeople."""
        for number, hours in enumerate((1, 2, 12)):
            lead = self.env["crm.lead"].create({"name": str(number)})
            received = MONDAY + timedelta(days=8 * number)
            self._log((self.sam, self.lea, self.sam)[number], lead, received, "incoming")
            self._post(lead, received + timedelta(hours=hours))
        self._log(self.sam, self.env["crm.lead"].create({"name": "No answer"}), MONDAY, "incoming")
        self.assertEqual(self._get_hours(), (5, 2))
        rows = {row["user_id"][0]: row["answer_hours_median"] for row in self._read(groupby=["user_id"])}
        self.assertEqual(rows, {self.sam.id: 6.5, self.lea.id: 2})

    # ------------------------------------------------------------
    # WEEKS
    # ------------------------------------------------------------

    def _count_weeks(self, measure, **context):
        rows = self._read(groupby=["date:week"], measures=[measure], **context)
        return {row["date:week"][1]: row[measure] for row in rows if row[measure]}

    def test_weeks(self):
        """Weeks are those of the reader's time zone and language; those of private emails are the same for everyone."""
        english, german = (self.env["res.lang"]._activate_lang(code) for code in ("en_US", "de_DE"))
        english.week_start, german.week_start = "7", "1"
        sunday, monday = datetime(2026, 11, 22, 23, 30), datetime(2026, 11, 23, 1, 0)
        for sent in (sunday, monday):
            self._log(self.sam, self.lead, sent)
            self._log_private(self.sam, sent)
        for zone, lang, counts in [
            ("UTC", "de_DE", [1, 1]),
            ("Europe/Berlin", "de_DE", [2]),  # 0:30 and 2:00 on Monday
            ("America/New_York", "de_DE", [2]),  # 18:30 and 20:00 on Sunday
            ("UTC", "en_US", [2]),  # the week begins on Sunday
            ("Pacific/Kiritimati", "en_US", [2]),
            ("Etc/GMT+12", "en_US", [2]),
            ("nowhere", "de_DE", [1, 1]),
        ]:
            with self.subTest(zone=zone, lang=lang):
                self.env.invalidate_all()
                self.assertEqual(list(self._count_weeks("sent", tz=zone, lang=lang).values()), counts)
                private = self._count_weeks("private", tz=zone, lang=lang)
                self.assertEqual(list(private.values()), [1, 1])
                rows = self.env[REPORT].with_context(tz=zone, lang=lang).search_read([("private", ">", 0)], ["date"])
                wednesdays = {datetime(2026, 11, day, 12) for day in (18, 25)}
                self.assertEqual({row["date"] for row in rows}, wednesdays)

    def test_filters(self):
        team = self.env["crm.team"].create({"name": "Ours", "user_id": self.boss.id})
        self.env["crm.team.member"].create({"crm_team_id": team.id, "user_id": self.sam.id})
        now = datetime.now().replace(microsecond=0)
        new = self._log(self.sam, self.lead, now)
        old = self._log(self.lea, self.lead, now - timedelta(days=40), "incoming")
        self.env.flush_all()
        arch = self.env[REPORT].with_user(self.boss).get_view(view_type="search")["arch"]
        expected = {
            "mine": [], "my_team": new.ids, "sent": new.ids, "received": old.ids, "this_week": new.ids,
            "last_weeks": new.ids,
        }  # fmt: skip
        for name, ids in expected.items():
            with self.subTest(name):
                [node] = etree.fromstring(arch).iterfind(f".//filter[@name='{name}']")
                domain = safe_eval(node.get("domain"), {"uid": self.boss.id})
                self.assertEqual(self.env[REPORT].with_user(self.boss).search(domain).ids, ids)

    def test_plan(self):
        """Answers are looked for only if a column of them is read, and once for both."""
        for columns, count in {
            "SUM(sent)": 0,
            "AVG(answer_hours)": 1,
            "AVG(answer_hours - answer_hours_median)": 1,
        }.items():
            query = SQL("EXPLAIN SELECT %s FROM (%s) AS report", SQL(columns), self.env[REPORT]._table_query)
            plan = "\n".join(line for [line] in self.env.execute_query(query))
            self.assertEqual(plan.count("on mail_message later"), count, plan)

    def test_index(self):
        """A filter by date uses the index, if there are many emails."""
        email = self._log(self.sam)
        self.env.flush_all()
        self.env.cr.execute(
            """
            INSERT INTO crm_bcc_dropbox_email (dropbox_id, user_id, fingerprint, direction, state, date)
            SELECT dropbox_id, user_id, 'many ' || number, direction, state, date - number * INTERVAL '1 hour'
              FROM crm_bcc_dropbox_email, generate_series(1, 10000) AS number
             WHERE id = %s
            """,
            email.ids,
        )
        self.env.cr.execute("ANALYZE crm_bcc_dropbox_email")
        query = self.env[REPORT].with_user(self.boss)._search([("date", ">=", MONDAY)])
        plan = str(self.env.execute_query_dict(SQL("EXPLAIN %s", query.select())))
        self.assertIn("crm_bcc_dropbox_email_report_idx", plan)


@tagged("post_install", "-at_install")
class TestReportRights(ReportMixin, AccessCommon, HttpCase):
    """Who sees the numbers: managers of all, salespeople their own, and nobody more than numbers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leader = cls._create_user("leader", "sales_team.group_sale_manager")
        cls.email.unlink()

    def setUp(self):
        super().setUp()
        self._log(self.sam, self.lead)
        self.private = self._log_private(self.sam, MONDAY + timedelta(days=2, hours=9))
        self._log(self.lea, self.lead)
        self.env.flush_all()

    def test_rows(self):
        for user, count in [(self.sam, 2), (self.lea, 1), (self.own, 0), (self.boss, 3), (self.leader, 3)]:
            with self.subTest(user=user.login):
                rows = self._call(user, self.env[REPORT], "search_read", [], ["user_id"])
                self.assertEqual(len(rows), count)
        for user in self.outsiders:
            for method, get_arguments in SEARCHES.items():
                arguments = ([], ["user_id"], ["sent:sum"]) if "group" in method else get_arguments([])
                with self.subTest(user=user.login, method=method), self.assertRaises(AccessError):
                    self._call(user, self.env[REPORT], method, *arguments)

    def test_groups(self):
        for user, sent, private in [(self.sam, 1, 1), (self.lea, 1, 0), (self.boss, 2, 1), (self.leader, 2, 1)]:
            with self.subTest(user=user.login):
                measures = ["sent:sum", "private:sum"]
                [row] = self._call(user, self.env[REPORT], "formatted_read_group", [], [], measures)
                self.assertEqual((row["sent:sum"], row["private:sum"]), (sent, private))

    def test_companies(self):
        """Like other reports, it is about the chosen companies of the reader."""
        elsewhere = self.far.company_id
        self._log(self.far, self.lead)
        self.env.flush_all()
        self.boss.company_ids += elsewhere
        for companies, count in [(self.company, 3), (elsewhere, 1), (self.company + elsewhere, 4)]:
            with self.subTest(companies=companies.mapped("name")):
                Report = self.env[REPORT].with_user(self.boss).with_context(allowed_company_ids=companies.ids)
                self.assertEqual(Report.search_count([]), count)

    def test_nobody_changes_it(self):
        row = self.env[REPORT].with_user(self.boss).search([], limit=1)
        for method, arguments in {"write": ({"sent": 9},), "create": ({"sent": 1},), "unlink": ()}.items():
            with self.subTest(method), self.assertRaises(AccessError):
                self._call(self.boss, row, method, *arguments)

    # ------------------------------------------------------------
    # PRIVATE EMAILS
    # ------------------------------------------------------------

    def test_migration(self):
        """Existing private emails are marked."""
        migrate = runpy.run_path(str(Path(__file__).parents[1] / "migrations/19.0.1.5.0/pre-private.py"))["migrate"]
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE crm_bcc_dropbox_email DROP COLUMN is_private")
        for _time in range(2):
            migrate(self.env.cr, "19.0.1.4.0")
            self.env.cr.execute("SELECT id FROM crm_bcc_dropbox_email WHERE is_private")
            self.assertEqual(self.env.cr.fetchall(), [(self.private.id,)])

    def test_private_row(self):
        """Their row has a number and the week, not even the day."""
        [row] = self._call(self.boss, self.env[REPORT], "search_read", [("private", ">", 0)])
        self.assertEqual((row["private"], row["sent"], row["received"]), (1, 0, 0))
        self.assertEqual(row["date"], MONDAY + timedelta(hours=60), "the middle of the week")
        self.assertLess(row["id"], 0, "not an email")
        self.assertFalse([secret for secret in SECRETS if secret in str(row)])
        self._log_private(self.sam, MONDAY + timedelta(days=3))
        self.env.flush_all()
        [other] = self._call(self.boss, self.env[REPORT], "search_read", [("private", ">", 0)])
        self.assertEqual(other, {**row, "private": 2}, "one row per week")

    def test_private_export(self):
        self.env.ref("base.group_user").implied_ids += self.env.ref("base.group_allow_export")
        names = [name for name, field in self.env[REPORT]._fields.items() if field.exportable]
        for model, fields in [(REPORT, names), (EMAIL, ["subject", "email_to", "line_ids/email"]), (LINE, ["email"])]:
            with self.subTest(model=model):
                exported = self._export(model, fields)
                text = str([row for row in exported if "Lea" not in str(row)]) if model == REPORT else str(exported)
                self.assertNotIn("carla@customer.example", text)
                if model == REPORT:
                    self.assertNotIn("Our secret", text)
                else:
                    self.assertEqual(len(exported), 1 + 2, "those of Sam and Lea that are not private")

    def _export(self, model, names):
        """Export all records like the browser of a manager."""
        self.authenticate("boss", "bossxxxx")
        options = {
            "model": model, "fields": [{"name": name, "label": name, "type": "char"} for name in names], "ids": False,
            "domain": [], "import_compat": False, "groupby": [], "context": {},
        }  # fmt: skip
        data = {"data": json.dumps(options), "csrf_token": http.Request.csrf_token(self)}
        response = self.url_open("/web/export/csv", data=data)
        response.raise_for_status()
        return list(csv.reader(io.StringIO(response.text)))

    def test_private_emails(self):
        """Managers can't read, find, open or change private emails of others; their owners can."""
        for records in (self.private, self.private.line_ids):
            for user, allowed in [(self.sam, True), (self.boss, False), (self.lea, False)]:
                with self.subTest(model=records._name, user=user.login):
                    found = self._call(user, records.browse(), "search", [("id", "in", records.ids)])
                    self.assertEqual(found, records.ids if allowed else [])
                    domain = [("id", "in", records.ids)]
                    [row] = self._call(user, records.browse(), "formatted_read_group", domain, [], ["__count"])
                    self.assertEqual(row["__count"], len(records) if allowed else 0)
                    if allowed:
                        self._call(user, records, "read", ["display_name"])
                    else:
                        with self.assertRaises(AccessError):
                            self._call(user, records, "read", ["display_name"])
        with self.assertRaises(AccessError):
            self._call(self.boss, self.private, "action_file_on")
        for domain in ([("line_ids.email", "=", "carla@customer.example")], [("subject", "=", "Our secret")]):
            self.assertNotIn(self.private.id, self._call(self.boss, self.private.browse(), "search", domain))
        dropboxes = self.env["crm.bcc.dropbox"]
        for path in ("email_ids.recipients", "email_ids.line_ids.email"):
            found = self._call(self.boss, dropboxes, "search", [(path, "=", "carla@customer.example")])
            self.assertFalse(found)

    def test_private_of_an_administrator(self):
        """Rules hold for administrators of Odoo as well."""
        ada = self._create_user("ada", "base.group_system")
        with self.assertRaises(AccessError):
            self._call(ada, self.private, "read", ["subject"])

    def test_by_the_gateway(self):
        """What managers see of private emails, from the gateway on: nothing, in whatever way they are private."""
        self.env["crm.bcc.dropbox.exclusion"].create({"pattern": "carla@customer.example", "user_id": self.sam.id})
        emails = self._capture(to="carla@customer.example", subject="Our secret")
        emails += self._capture(to="carla@customer.example", subject="Our secret", sender="sam@unknown.example")
        self.assertEqual(emails.mapped("state"), ["unmatched", "refused"])
        self.assertEqual(emails.mapped("is_private"), [True, True])
        self.assertFalse(self._call(self.boss, emails.browse(), "search", [("id", "in", emails.ids)]))
        self.assertEqual(len(self._call(self.sam, emails.browse(), "search", [("id", "in", emails.ids)])), 2)

    # ------------------------------------------------------------
    # MILLISECONDS
    # ------------------------------------------------------------

    def test_duration(self):
        """Only administrators see how many milliseconds an email took; owners read it in words."""
        ada = self._create_user("ada", "base.group_system")
        self.private.write({"duration": 40, "user_id": ada.id, "done_date": MONDAY})
        for user, allowed in [(ada, True), (self.boss, False), (self.sam, False)]:
            with self.subTest(user=user.login):
                arch = self.env[EMAIL].with_user(user).get_view(view_type="pivot")["arch"]
                self.assertEqual("duration" in arch, allowed)
                self.assertEqual("duration" in self._call(user, self.env[EMAIL], "fields_get"), allowed)
                if not allowed:
                    with self.assertRaises(AccessError):
                        self._call(user, self.env[EMAIL], "formatted_read_group", [], [], ["duration:avg"])

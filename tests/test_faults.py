"""Fault injection: every point of the processing of a mail fails, one after the other, on committed data.

The ordinary suite contains a small part: each statement, commit, file and step fails once. ``./dev test --faults``
makes each fail in every way, for every kind of mail and every start.
"""

import base64
import contextlib
import itertools
from dataclasses import dataclass, field, replace
from datetime import timedelta
from unittest.mock import patch

from odoo import api, fields, sql_db
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import config
from psycopg2 import OperationalError
from psycopg2.pool import PoolError

from ..models import crm_bcc_dropbox_email_gateway as gateway
from ..tools import notices
from ..tools.raw_mail import RawMail
from . import data, faults
from .faults import IS_FULL, NO_LIMITS, tell
from .mail_servers import copied_database

EXISTING = "leo@customer.example"
NEW = "new{number}@customer.example"
SALES = "sales@acme.example"


@dataclass(frozen=True)
class Scenario:
    """One kind of mail.

    :param to: To and Cc
    :param created: number of leads created by the dropbox
    :param alias: number of leads created by the alias
    :param messages: total number of copies of the mail
    :param owners: logins of the owners whose dropbox is in Bcc
    """

    to: str
    created: int = 0
    alias: int = 0
    messages: int = 1
    owners: tuple = ("sam",)
    sender: str = "team@acme.example"
    state: str = "captured"
    begin: str = "rpc"
    template: str = field(default=data.MIXED, repr=False)


SCENARIOS = {
    "existing record": Scenario(EXISTING),
    "new lead": Scenario(NEW, created=1, begin="poll"),
    "two recipients, one new": Scenario(f"{EXISTING}, {NEW}", created=1, messages=2),
    "colleague": Scenario(NEW, created=1, owners=("sam", "lea")),
    "alias": Scenario(f"{NEW}\nCc: {SALES}", created=1, alias=1, messages=2),
    "exposed": Scenario(f"{{dropbox}}, {NEW}", created=1),
    "refused": Scenario(NEW, messages=0, sender="stranger@else.example", state="refused"),
    "again": Scenario(f"{EXISTING}, {NEW}", created=1, messages=2, begin="cron"),
    "retry": Scenario(f"{EXISTING}, {NEW}", created=1, messages=2, begin="retry"),
}

LASTING = ("two recipients, one new", "alias")
"""Kinds of mail for which the fault recurs until the mail has failed."""


@tagged("post_install", "-at_install")
class TestFaults(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        database = cls.enterClassContext(copied_database(get_db_name()))
        cls.addClassCleanup(sql_db.close_db, database)
        cls.addClassCleanup(Registry.delete, database)
        with patch.dict(config.options, {"test_enable": False}):  # otherwise Odoo runs tests when it loads a registry
            cls.registry = Registry(database)
        # owners are notified of each email, not once an hour
        pause = patch.object(notices, "PAUSE", timedelta(days=-1))
        cls.enterClassContext(pause)
        cls.number = 0
        cls.known, cls.kinds, cls.plans = set(), itertools.cycle(faults.KINDS), {}
        cls.injector = faults.Injector(database, config.filestore(database))
        with cls._open_env() as env:
            cls._prepare_records(env)

    @classmethod
    def _prepare_records(cls, env):
        env.company.alias_domain_id = env["mail.alias.domain"].create({"name": "acme.example"})
        group = env.ref("sales_team.group_sale_salesman_all_leads")
        cls.dropboxes = {}
        for login in ("sam", "lea"):
            user = env["res.users"].create(
                {"name": login, "login": login, "email": f"{login}@acme.example", "group_ids": group.ids}
            )
            env["crm.bcc.dropbox.sender"].create({"user_id": user.id, "email": "team@acme.example", "verified": True})
            cls.dropboxes[login] = user.bcc_dropbox_address
        cls.injector.secrets = [address.partition("@")[0].partition("-")[2] for address in cls.dropboxes.values()]
        # an administrator: Odoo lets nobody else deliver mail to aliases
        gate = {"name": "gate", "login": "gate", "group_ids": env.ref("base.group_system").ids}
        cls.gate = env["res.users"].create(gate).id
        cls.lead = env["crm.lead"].create({"name": "Big deal", "email_from": EXISTING}).id
        model = env["ir.model"]._get_id("crm.lead")
        for name in NO_LIMITS:
            env["ir.config_parameter"].set_param(name, "1000000")
        env["mail.alias"].create({"alias_name": "sales", "alias_model_id": model, "alias_contact": "everyone"})

    @classmethod
    @contextlib.contextmanager
    def _open_env(cls, user=api.SUPERUSER_ID):
        """Yield a fresh environment, committed at the end."""
        with cls.registry.cursor() as cr:
            yield api.Environment(cr, user, {})

    def setUp(self):
        super().setUp()
        if not self.plans:  # for all kinds, because each point belongs to the first kind of mail that reaches it
            self.plans.update({name: self._plan(name) for name in SCENARIOS})
            tell(f"{sum(map(len, self.plans.values()))} faults in all")

    # ------------------------------------------------------------
    # A MAIL
    # ------------------------------------------------------------

    def _format(self, scenario):
        """Write a new mail, and return its Message-Id as well."""
        type(self).number = number = self.number + 1
        message_id = f"<{number}@laptop.example>"
        mail = scenario.template.format(
            body="Here it is.",
            date="Mon, 23 Nov 2026 10:00:00 +0100",
            dropbox=", ".join(self.dropboxes[login] for login in scenario.owners),
            file=base64.b64encode(b"%d: the offer" % number).decode(),
            headers="",
            message_id=message_id,
            sender=scenario.sender,
            subject=f"Offer {number}",
            to=scenario.to.format(number=number, dropbox=self.dropboxes["sam"]),
        )
        return mail.encode(), message_id

    def _deliver(self, scenario, mail):
        """Deliver a mail like the delivery script, so that Odoo repeats the request, or like the poll."""
        with self._open_env(self.gate) as env:
            if scenario.begin == "poll":
                env["mail.thread"].message_process(False, mail)
            else:
                retrying(lambda: env["mail.thread"].message_process(False, mail), env)

    def _run_job(self):
        """Run the retry job at a time when everything is due."""
        with self._open_env() as env:
            env.cr.execute("UPDATE crm_bcc_dropbox_email SET next_try = '2020-01-01' WHERE state = 'pending'")
            due = (
                "UPDATE crm_bcc_dropbox_email SET ordinary_next_try = '2020-01-01' WHERE ordinary_next_try IS NOT NULL"
            )
            env.cr.execute(due)
        with self._open_env() as env:
            env["crm.bcc.dropbox.email"]._cron_retry()

    def _press_retry(self, message_id, states=("failed", "unmatched")):
        """Retry, as each owner, the emails that were not logged."""
        with self._open_env() as env:
            found = env["crm.bcc.dropbox.email"].search([("message_id", "=", message_id), ("state", "in", states)])
            todo = [(email.user_id.id, email.id) for email in found]
        for user_id, email_id in todo:
            with self._open_env(user_id) as env:
                env["crm.bcc.dropbox.email"].browse(email_id).action_retry()

    # ------------------------------------------------------------
    # A FAULT
    # ------------------------------------------------------------

    def _get_points(self, scenario):
        """Find the points that one kind of mail reaches, by processing one without faults."""
        mail, message_id = self._format(scenario)
        begin = self._prepare(scenario, mail, message_id)
        self.registry.clear_all_caches()
        with self.injector.watching():
            self.injector.restart()
            begin()
            points, told = self.injector.points, self.injector.told
        self.assertFalse(told, "statements that are logged with a token when they fail")
        self._check_filed(scenario, message_id)
        return points

    def _prepare(self, scenario, mail, message_id):
        """Process a mail up to the place of the fault, and return the function that continues."""
        if scenario.begin in ("rpc", "poll"):
            return lambda: self._deliver(scenario, mail)
        stop = faults.Point("step", "CrmBccDropboxEmail._process_locked")
        with self.injector.watching():
            self.injector.restart(stop, faults.BUG)
            self._deliver(scenario, mail)
        if scenario.begin == "cron":
            return self._run_job
        with self._open_env() as env:
            env["crm.bcc.dropbox.email"].search([("message_id", "=", message_id)]).state = "failed"
        return lambda: self._press_retry(message_id, ("failed",))

    def _fail(self, scenario, point, kind, *, always=False):
        """Inject one fault into the processing of one mail, and check the result."""
        mail, message_id = self._format(scenario)
        begin = self._prepare(scenario, mail, message_id)
        self.registry.clear_all_caches()
        with self.injector.watching():
            self.injector.restart(point, kind, always=always)
            is_taken = True
            try:
                begin()
            except (Exception, faults.Killed) as error:  # noqa: BLE001 after any error, the mail is delivered again
                is_taken = False
                self._check_raised(error, point)
            if always:  # until the mail has failed
                for _number in range(6):
                    with contextlib.suppress(Exception, faults.Killed):
                        self._run_job()
            is_reached = self.injector.is_reached
            self.injector.restart()
            if kind.lasts:  # a new process
                self.registry.clear_all_caches()
            self._heal(scenario, mail, message_id, is_taken=is_taken)
        log, self.injector.log = self.injector.log, []
        self.assertFalse(
            [text for text in log if any(secret in text for secret in self.injector.secrets)], "a token in the log"
        )
        self._check_filed(scenario, message_id, kind)
        return is_reached

    def _check_raised(self, error, point):
        """Check that the gateway raised no error after the mail was stored."""
        if isinstance(error, faults.Killed) or "._receive" in point.what:
            return
        steps = {(step.what, step.when) for step in self.injector.points if step.sort == "step" and step != point}
        if ("CrmBccDropboxEmail._keep", "after") in steps:
            self.assertIn(("CrmBccDropboxEmail._receive", "after"), steps, f"{error!r} left the gateway")

    def _heal(self, scenario, mail, message_id, *, is_taken):
        """Do what happens automatically after a fault, and retry by hand if the email has failed."""
        again = scenario.begin in ("rpc", "poll") and not is_taken
        if again and self.number % 2:
            self._deliver(scenario, mail)
        self._run_job()
        if again and not self.number % 2:
            self._deliver(scenario, mail)
            self._run_job()
        self._press_retry(message_id)

    def _check_filed(self, scenario, message_id, kind=None):
        """Check that a mail exists exactly once, in each place."""
        with self._open_env() as env:
            emails = env["crm.bcc.dropbox.email"].search([("message_id", "=", message_id)])
            self.assertEqual(sorted(emails.user_id.mapped("login")), sorted(scenario.owners))
            self.assertEqual(len(emails), len(scenario.owners), "one row a mail")
            self.assertEqual(set(emails.mapped("state")), {scenario.state}, emails.mapped("reason"))
            messages = env["mail.message"].search([("message_id", "=", message_id)])
            documents = [(message.model, message.res_id) for message in messages]
            self.assertEqual(len(documents), len(set(documents)), "one message a record")
            leads = env["crm.lead"].search([("name", "=like", f"%Offer {message_id[1:].partition('@')[0]}")])
            lines = emails.line_ids
            if kind and kind.is_said and "skipped" in lines.mapped("outcome"):
                self.assertTrue(all(line.reason for line in lines if line.outcome == "skipped"))
                return
            is_given_up = any("did not reach" in (email.history or "") for email in emails)
            # unless the mail server has delivered it again since
            if is_given_up and "email" not in messages.mapped("message_type"):
                scenario = replace(scenario, alias=0, messages=scenario.messages - scenario.alias)
            self.assertEqual(len(messages), scenario.messages)
            self.assertEqual(len(leads), scenario.created + scenario.alias)
            copies = scenario.messages - scenario.alias
            self.assertEqual(len(lines), copies * len(scenario.owners))
            self.assertEqual(len(lines.mail_message_id), copies)
            self._check_files(scenario, messages, b"%d: the offer" % int(message_id[1:].partition("@")[0]))

    def _check_files(self, scenario, messages, content):
        """Check that all files exist; an unreadable mail is passed to an alias as an attachment."""
        whole = messages.filtered(lambda message: message.attachment_ids.mapped("name") == ["mail.eml"])
        self.assertLessEqual(len(whole), scenario.alias)
        for file in whole.attachment_ids:
            self.assertIn(base64.b64encode(content), file.raw)
        messages -= whole
        self.assertEqual({len(message._bcc_dropbox_get_files()) for message in messages}, {2} if messages else set())
        offers = messages.attachment_ids.filtered(lambda file: file.name == "offer.pdf")
        self.assertEqual({file.raw for file in offers}, {content} if messages else set())

    # ------------------------------------------------------------
    # THE BUS
    # ------------------------------------------------------------

    def test_bus(self):
        """If open pages can't be notified, an email is logged all the same, at its next try at the latest."""
        connect = sql_db.db_connect

        def refuse(name, *args, **options):
            if name == "postgres":  # where the bus sends
                raise PoolError("no connection left")
            return connect(name, *args, **options)

        faults_of_bus = {
            "rows": patch.object(self.registry["bus.bus"], "create", side_effect=OperationalError("locked")),
            "another addon": patch.object(self.registry["bus.bus"], "_sendone", side_effect=ValueError("a bug")),
            "sending": patch.object(sql_db, "db_connect", side_effect=refuse),
        }
        for name, fault in faults_of_bus.items():
            with self.subTest(name):
                mail, message_id = self._format(SCENARIOS["existing record"])
                with fault, self.assertLogs(gateway.__name__, "WARNING"), self._open_env(self.gate) as env:
                    env["crm.bcc.dropbox.email"]._receive(RawMail(mail))
                if name != "sending":
                    self._run_job()
                self._check_filed(SCENARIOS["existing record"], message_id)

    # ------------------------------------------------------------
    # ALL FAULTS
    # ------------------------------------------------------------

    def _plan(self, name):
        """Choose the faults: ``(point, kind, always)``.

        In the full run, all kinds at points that no earlier kind of mail has reached, and the most different ones at
        the others. In the ordinary suite, one kind at the first occurrence of each statement and step.
        """
        plan = []
        self._get_points(SCENARIOS[name])  # the first mail creates what later ones find, a chat for example
        for point in self._get_points(SCENARIOS[name]):
            kinds = [kind for kind in faults.KINDS if point.suits(kind)]
            place = point if IS_FULL else replace(point, number=0)
            is_first = place not in self.known
            self.known.add(place)
            if IS_FULL and (point.sort != "step" or point.number == 0):
                plan += [(point, kind, False) for kind in kinds if is_first or kind in faults.FIRST]
                if name in LASTING and point.number == 0:  # and at each later occurrence
                    plan += [(point, kind, True) for kind in kinds if kind in faults.LASTING]
            elif is_first and not IS_FULL:
                plan.append((point, next(kind for kind in self.kinds if kind in kinds), False))
        return plan

    def _check_scenario(self, name):
        """Inject all faults of a plan, and return the failures."""
        plan = self.plans[name]
        offenders, reached = [], set()
        for number, (point, kind, always) in enumerate(plan):
            try:
                if self._fail(SCENARIOS[name], point, kind, always=always):
                    reached.add(point)
            except Exception as error:  # noqa: BLE001 that is the finding
                offenders.append(f"{kind.name}{' always' * always}, {point}: {error!r}"[:500])
            if number % 500 == 499:
                tell(f"{name}: {number + 1} of {len(plan)} faults, {len(offenders)} ended badly")
        self.assertFalse(offenders, f"{len(offenders)} of {len(plan)} faults:\n" + "\n".join(offenders))
        # a chat is updated once per second
        missed = {point for point, *_more in plan if "discuss_channel" not in point.what} - reached
        self.assertFalse(missed, "points that were there without a fault")
        tell(f"{name}: {len(plan)} faults ended well")

    # ------------------------------------------------------------
    # TESTS
    # ------------------------------------------------------------

    def test_existing_record(self):
        self._check_scenario("existing record")

    def test_new_lead(self):
        self._check_scenario("new lead")

    def test_two_recipients(self):
        self._check_scenario("two recipients, one new")

    def test_colleague(self):
        self._check_scenario("colleague")

    def test_alias(self):
        self._check_scenario("alias")

    def test_refused(self):
        self._check_scenario("refused")

    def test_exposed(self):
        self._check_scenario("exposed")

    def test_again(self):
        self._check_scenario("again")

    def test_retry(self):
        self._check_scenario("retry")

    def _get_row(self, message_id, env):
        return env["crm.bcc.dropbox.email"].search([("message_id", "=", message_id)])

    def test_mail_that_kills_its_process(self):
        """It has failed after five tries; later emails are logged meanwhile."""
        scenario, fatal = SCENARIOS["existing record"], faults.Point("step", "CrmBccDropboxEmail._file")
        (poison, poison_id), (mail, message_id) = (self._format(scenario) for _mail in range(2))
        with self.injector.watching():
            for tries in range(1, 6):
                self.injector.restart(fatal, faults.KILLED)
                with self.assertRaises(faults.Killed):
                    self._deliver(scenario, poison) if tries == 1 else self._run_job()
                self.injector.restart()
                with self._open_env() as env:
                    row = self._get_row(poison_id, env)
                    self.assertEqual((row.state, row.tries), ("pending", tries))
                    self.assertGreater(row.next_try, fields.Datetime.now() + timedelta(minutes=9))
                if tries == 1:  # the next one is left behind as well
                    self.injector.restart(fatal, faults.KILLED)
                    with self.assertRaises(faults.Killed):
                        self._deliver(scenario, mail)
                    self.injector.restart()
                if tries == 2:  # the job that died at the first one
                    with self._open_env() as env:
                        env["crm.bcc.dropbox.email"]._cron_retry()
                    self._check_filed(scenario, message_id)
            self._run_job()
            with self._open_env() as env:
                self.assertIn("Odoo stopped at every attempt", self._get_row(poison_id, env).reason)
            self._press_retry(poison_id, ("failed",))
        self._check_filed(scenario, poison_id)

    def test_mail_in_other_hands(self):
        """Nothing waits forever for a process that hangs, and nothing is lost."""
        scenario = SCENARIOS["existing record"]
        mail, message_id = self._format(scenario)
        with self.injector.watching():
            self.injector.restart(faults.Point("step", "CrmBccDropboxEmail._process_locked"), faults.KILLED)
            with self.assertRaises(faults.Killed):
                self._deliver(scenario, mail)
            self.injector.restart()
            with self._open_env() as env, patch.object(gateway, "LOCK_TIMEOUT", "50ms"):
                self._get_row(message_id, env)._lock_email()
                self._deliver(scenario, mail)
                self._run_job()
            with self._open_env() as env:
                self.assertEqual(self._get_row(message_id, env).mapped("tries"), [1])
            self._run_job()
        self._check_filed(scenario, message_id)

    def test_steps_are_found(self):
        """The steps are found automatically: check that the well-known ones are among them."""
        points = self._get_points(SCENARIOS["alias"])
        steps = {point.what.rpartition(".")[2] for point in points if point.sort == "step"}
        known = {
            "find_deliveries", "_receive", "_keep", "_process_locked", "_lock_correspondents", "_file", "_get_refusal",
            "_find_mails_to_log", "_split_correspondents", "_find_ourselves", "_match_customers", "_find_answered",
            "_create_record", "_read_payload", "_file_on_records", "_create_message", "_log", "message_process",
            "message_route",
        }  # fmt: skip
        self.assertFalse(known - steps)
        self.assertEqual({point.sort for point in points}, {"statement", "commit", "connect", "file", "step"})

"""The route for the delivery script: credentials."""

import time
from unittest.mock import patch

from odoo import fields
from odoo.tools import mute_logger

from .common import tagged
from .test_access_http import UNKNOWN
from .test_mailgate_http import MailgateHttpCommon


class CountingContext:
    """A password context that counts the slow checks."""

    def __init__(self, context):
        self.context = context
        self.count = 0

    def __getattr__(self, name):
        if name in ("hash", "verify", "verify_and_update"):
            self.count += 1
        return getattr(self.context, name)


@tagged("post_install", "-at_install")
class TestMailgateCredentials(MailgateHttpCommon):
    def test_wrong_credentials(self):
        self.own.active = False
        before = self._get_state()
        answers = set()
        for name, values in {
            "wrong password": {"password": "wrong"},
            "no password": {"password": ""},
            "unknown login": {"login": "nobody"},
            "no login": {"login": ""},
            "login of a stranger": {"login": "%"},
            "archived user": {"login": "own", "password": "ownxxxxx"},
            "public user": {"login": "public", "password": ""},
            "the system": {"login": "__system__", "password": ""},
            "NUL": {"login": "clerk\0"},
            "NUL in the password": {"password": "clerkxxx\0"},
            "a long password": {"password": "x" * 5000},
            "nothing": {"Authorization": None},
            "empty": {"Authorization": ""},
            "a scheme": {"Authorization": "Basic"},
            "another scheme": {"Authorization": "Bearer clerkxxx"},
            "no base64": {"Authorization": "Basic clerk:clerkxxx"},
            "no colon": {"Authorization": "Basic Y2xlcms="},
            "no UTF-8": {"Authorization": "Basic //86//8="},
        }.items():
            with self.subTest(name):
                response = self._post(self._format(), **values)
                answers.add((response.status_code, response.text, str(sorted(response.headers)), response.is_redirect))
        self.assertEqual({(status, text) for status, text, *_more in answers}, {(401, "wrong login or password")})
        self.assertEqual(len(answers), 1, "no answer tells why")
        self.assertEqual(self._get_state(), before)

    def test_password_beyond_ascii(self):
        self.clerk.password = "pässwörd:☃%"
        self.assertAnswer(self._post(self._format(), password="pässwörd:☃%"), 200, "taken")
        self.clerk.password = "changed-since"
        self.assertEqual(self._post(self._format(), password="pässwörd:☃%").status_code, 401, "it is not remembered")

    def test_api_key(self):
        keys = self.env["res.users.apikeys"].with_user(self.clerk)
        tomorrow = fields.Datetime.add(fields.Datetime.now(), days=1)
        key, for_web = (keys._generate(scope, "Gate", tomorrow) for scope in (None, "web"))
        self.assertAnswer(self._post(self._format(), password=key), 200, "taken")
        self.assertEqual(self._post(self._format(), login="sam", password=key).status_code, 401)
        self.assertEqual(self._post(self._format(), password=for_web).status_code, 401)
        with patch.object(self.env.registry["res.users"], "_rpc_api_keys_only", lambda _user: True):
            self.env.registry.clear_cache()
            self.assertAnswer(self._post(self._format(), password=key), 200, "taken")
            response = self._post(self._format())
        self.assertEqual(response.status_code, 401, "who has a second factor needs a key")

    def _time_refusal(self, login, password):
        """Return the processor time, in seconds, for a wrong password."""
        start = time.process_time()
        self.assertEqual(self._post(self._format(), login=login, password=password).status_code, 401)
        return time.process_time() - start

    def test_unknown_logins_take_as_long(self):
        """Neither the number of password checks nor the processor time reveals whether a login exists."""
        Users = self.env.registry["res.users"]
        context = self.env["res.users"]._crypt_context().copy()
        self.own.active = False
        attempts = {
            "wrong password": ("clerk", "wrong"),
            "another one": ("sam", "wrong"),
            "unknown login": ("nobody", "wrong"),
            "archived user": ("own", "ownxxxxx"),
            "the system": ("__system__", "wrong"),
        }
        counts, times = {}, {}
        self._post(self._format(), login="clerk", password="warm up")
        for name, (login, password) in attempts.items():
            times[name] = min(self._time_refusal(login, f"{password}{number}") for number in range(3))
            counter = CountingContext(context)
            with patch.object(Users, "_crypt_context", lambda _users, counter=counter: counter):
                self.assertEqual(self._post(self._format(), login=login, password=password + "!").status_code, 401)
            counts[name] = counter.count
        self.assertEqual(counts, dict.fromkeys(attempts, 1))
        self.assertLess(max(times.values()), 4 * min(times.values()), times)

    def test_login_by_other_rules(self):
        """Restrictions of logins by other addons apply here as well."""
        with patch.object(
            self.env.registry["res.users"], "_get_login_domain", lambda _users, login: [("email", "=", login)]
        ):
            self.assertAnswer(self._post(self._format(), login="clerk@acme.example"), 200, "taken")

    @mute_logger("odoo.addons.base.models.res_users")
    def test_cool_down(self):
        """Clients that try out logins or passwords have to wait; the script with a valid password does not."""
        self.env["ir.config_parameter"].set_param("base.login_cooldown_after", "3")
        self.assertAnswer(self._post(self._format()), 200, "taken")
        for login in ("nobody", "sam"):
            self._forget_failures()
            for _try in range(4):
                self.assertEqual(self._post(self._format(), login=login, password="wrong").status_code, 401)
            self.assertEqual(self._post(self._format(), login="sam", password="samxxxxx").status_code, 401)
            self.assertAnswer(self._post(self._format()), 200, "taken")

    def test_portal_user(self):
        before = self._get_state()
        answers = {
            (response.status_code, response.text)
            for response in (
                self._post(raw, "portal", "portalxx") for raw in (self._format(), self._format(dropbox=UNKNOWN))
            )
        }
        self.assertEqual(answers, {(403, "access error")}, "no answer tells which dropbox exists")
        self.assertEqual(self._get_state(), before)

    def test_session_counts_for_nothing(self):
        def process(thread, _model, _message):
            seen.append((thread.env.user, thread.env.su, dict(thread.env.context), thread.env.company))

        seen = []
        for login in (None, "sam", "boss", "portal"):
            with self.subTest(login), self._process(process):
                self.authenticate(login, login and login + "x" * (8 - len(login)), session_extra={"context": {"x": 1}})
                self.assertEqual(self._post(self._format(), Authorization=None).status_code, 401)
                self.assertFalse(seen)
                answer = self._post(self._format(), Accept_Language="fr", Cookie=None)
                self.assertAnswer(answer, 200, "taken")
                self.assertEqual(seen, [(self.clerk, False, {}, self.clerk.company_id)])
                seen.clear()

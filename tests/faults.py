"""Fault injection at any point of the processing of a mail.

The points are found, not listed: each SQL statement, commit, new connection and written file, and the beginning and end
of each function of the addon that processes the mail. A new step is a new point.
"""

import builtins
import contextlib
import errno
import functools
import inspect
import logging
import os
import re
import sys
import threading
from collections import Counter
from dataclasses import dataclass
from unittest.mock import patch

import psycopg2
from odoo.exceptions import AccessError, UserError
from odoo.modules.registry import Registry
from odoo.sql_db import Cursor
from odoo.tools import SQL
from psycopg2.sql import Composable

_logger = logging.getLogger(__name__)

IS_FULL = bool(os.environ.get("CRM_BCC_DROPBOX_FAULTS"))
"""Whether all faults are injected, see ``./dev test --faults``."""

NO_LIMITS = (
    "mail.gateway.loop.threshold",
    *(f"crm_bcc_dropbox.max_{kind}_per_day" for kind in ("mails", "records", "refused")),
)
"""Parameters to raise, because very many emails have the same sender here."""

MODELS = "odoo.addons.crm_bcc_dropbox.models."
TOOLS = "odoo.addons.crm_bcc_dropbox.tools."
RAW_MAIL = f"{TOOLS}raw_mail"

# parts that vary between runs: names of savepoints, numbers, the number of values
_VALUES = re.compile(r'"[0-9a-f]+(?:-[0-9a-f]+){4}"|\d+|(?<=%s)(?:, %s)+')


def set_up_sales(call, domain):
    """Create the domain of the company and the alias `sales`, which creates leads, and lift all limits.

    :param call: of the server
    :return: the id of the group of salespeople
    """
    company = {"alias_domain_id": call("mail.alias.domain", "create", {"name": domain})}
    call("res.company", "write", [1], company)
    for name in NO_LIMITS:
        call("ir.config_parameter", "set_param", name, "1000000")
    [model] = call("ir.model", "search", [("model", "=", "crm.lead")])
    call("mail.alias", "create", {"alias_name": "sales", "alias_model_id": model, "alias_contact": "everyone"})
    return call("ir.model.data", "check_object_reference", "sales_team", "group_sale_salesman_all_leads")[1]


def tell(text):
    """Log a text, and print it as well if all faults are injected."""
    _logger.info("%s", text)
    if IS_FULL:
        sys.stdout.write(f"\n{text}\n")


class Killed(BaseException):
    """The process was killed: nothing that runs afterwards reaches the database."""


@dataclass(frozen=True)
class Kind:
    """One way to fail.

    :param str condition: PostgreSQL's name of an error that it really raises in the statement, so that the transaction
        is aborted as well
    :param error: creates the exception to raise without PostgreSQL
    :param bool lasts: whether everything that follows fails as well, until the restart
    :param bool is_said: whether the addon shows it to the owner as a reason instead of a failure
    """

    name: str
    condition: str = ""
    error: type | functools.partial | None = None
    lasts: bool = False
    is_said: bool = False

    @property
    def sql(self):
        """SQL to execute before a statement, so that it fails instead."""
        if self.condition == "disconnected":
            return "SELECT pg_terminate_backend(pg_backend_pid()); SELECT pg_sleep(5);"
        return f"DO $$BEGIN RAISE {self.condition}; END$$;"


SERIALIZATION = Kind("serialization failure", "serialization_failure")
DISCONNECTED = Kind("connection lost", "disconnected")
DOWN = Kind("database down", "disconnected", lasts=True)
MEMORY = Kind("memory", error=MemoryError)
TIME_LIMIT = Kind("time limit", error=functools.partial(Exception, "CPU time limit exceeded."))  # as Odoo raises it
KILLED = Kind("killed", error=Killed, lasts=True)
FULL = Kind("disk full", "disk_full")
CANCELED = Kind("statement canceled", "query_canceled")
DEADLOCK = Kind("deadlock", "deadlock_detected")
BUG = Kind("bug", error=functools.partial(TypeError, "a bug"))
REFUSED = Kind("user error", error=functools.partial(UserError, "not like this"), is_said=True)
FORBIDDEN = Kind("access error", error=functools.partial(AccessError, "not by you"), is_said=True)
UNIQUE = Kind("constraint", "unique_violation", is_said=True)

KINDS = (
    SERIALIZATION, DISCONNECTED, KILLED, MEMORY, DOWN, TIME_LIMIT,
    FULL, BUG, DEADLOCK, CANCELED, REFUSED, FORBIDDEN, UNIQUE,
)  # fmt: skip
FIRST = (SERIALIZATION, DISCONNECTED, KILLED, MEMORY, TIME_LIMIT)
"""Kinds that are tried at each point with every kind of mail; the others do not depend on the mail."""

LASTING = (BUG, KILLED, DISCONNECTED)
"""Kinds that may recur at each try until someone fixes the cause."""


@dataclass(frozen=True)
class Point:
    """A point at which a fault can be injected.

    :param str sort: `statement`, `commit`, `connect`, `file` or `step`
    :param str what: the statement without its values, or the name of the step
    :param str when: `before` or `after`
    :param int number: zero-based occurrence
    """

    sort: str
    what: str
    when: str = "before"
    number: int = 0

    def suits(self, kind):
        """Return whether a kind of fault is possible at this point."""
        if self.sort == "step":
            return kind is not DOWN
        if self.sort == "file":
            return kind in (KILLED, FULL)
        return kind not in (REFUSED, FORBIDDEN)

    def __str__(self):
        return f"{self.when} {self.sort} {' '.join(self.what.split())[:150]} #{self.number}"


class Injector:
    """Watches one thread on one database, and injects a fault at a chosen point."""

    def __init__(self, database, filestore):
        self.database = database
        self.filestore = str(filestore)
        self.log = []
        self.secrets = []  # must not be in statements that are logged if they fail
        self.restart()

    # ------------------------------------------------------------
    # CONTROL
    # ------------------------------------------------------------

    def restart(self, point=None, kind=None, *, always=False):
        """Reset, and inject the next fault at a point, or none.

        :param always: whether to fail at each later occurrence of the point as well, until the next call
        """
        self.point, self.kind, self.always = point, kind, always
        self.counts, self.points, self.told = Counter(), [], []
        self.is_reached = self.is_over = False

    @contextlib.contextmanager
    def watching(self):
        """Watch the calling thread, and collect its log records instead of logging them."""
        self.thread = threading.get_ident()
        handler = logging.Handler()
        handler.emit = lambda record: self.log.append(logging.Formatter().format(record))
        root = logging.getLogger()
        with contextlib.ExitStack() as stack:
            for target, name, wrapper in self._find_targets():
                stack.enter_context(patch.object(target, name, wrapper))
            stack.enter_context(patch.object(root, "handlers", [handler]))
            # a serialization failure is tried again after a random pause
            stack.enter_context(patch("odoo.service.model.random.uniform", return_value=0))
            yield self

    # ------------------------------------------------------------
    # POINTS
    # ------------------------------------------------------------

    def _find_targets(self):
        """Return everything to patch: ``(object, name, wrapper)``."""
        yield Cursor, "execute", self._wrap_execute(Cursor.execute)
        yield Cursor, "commit", self._wrap_commit(Cursor.commit)
        yield Registry, "cursor", self._wrap_cursor(Registry.cursor)
        yield builtins, "open", self._wrap_open(builtins.open)
        for module in [module for name, module in sys.modules.items() if name.startswith((MODELS, RAW_MAIL))]:
            for name, value in list(vars(module).items()):
                if inspect.isfunction(value) and value.__module__.startswith(TOOLS):
                    yield module, name, self._wrap_step(value, name)
                elif inspect.isclass(value) and value.__module__ == module.__name__:
                    for method_name, method in list(vars(value).items()):
                        if inspect.isfunction(method) and not method_name.startswith("__"):
                            yield value, method_name, self._wrap_step(method, f"{value.__name__}.{method_name}")

    def _is_watched(self, database=None):
        return threading.get_ident() == self.thread and database in (None, self.database)

    def _reach(self, sort, what, when="before"):
        """Record a point, and return the kind of fault to inject there, or None."""
        name = (sort, what, when)
        point = Point(sort, what, when, self.counts[name])
        self.counts[name] += 1
        self.points.append(point)
        if self.is_over and sort != "step":
            return self.kind
        again = self.always and self.is_reached and name == (self.point.sort, self.point.what, self.point.when)
        if point == self.point or again:
            self.is_reached = True
            self.is_over = self.kind.lasts
            return self.kind
        return None

    def _raise_at(self, kind, cr=None):
        """Inject a fault outside of a statement."""
        if kind.error:
            raise kind.error()
        if cr is None or cr.closed:
            raise psycopg2.OperationalError("the database cannot be reached")
        cr._obj.execute(kind.sql)

    def _wrap_execute(self, execute):
        def wrapper(cr, query, params=None, log_exceptions=True):
            if not self._is_watched(cr.dbname):
                return execute(cr, query, params, log_exceptions)
            if isinstance(query, SQL):
                query, params = query.code, query.params
            elif isinstance(query, Composable):
                query = query.as_string(cr._obj)
            kind = self._reach("statement", _VALUES.sub("…", query))
            if log_exceptions and any(secret in repr(params) for secret in self.secrets):
                self.told.append(query)
            if kind and kind.error:
                self._raise_at(kind)
            return execute(cr, f"{kind.sql} {query}" if kind else query, params, log_exceptions)

        return wrapper

    def _wrap_commit(self, commit):
        def wrapper(cr):
            if not self._is_watched(cr.dbname):
                return commit(cr)
            if kind := self._reach("commit", ""):
                self._raise_at(kind, cr)
            result = commit(cr)
            # done, but the caller is not told
            if kind := self._reach("commit", "", "after"):
                self._raise_at(kind, cr)
            return result

        return wrapper

    def _wrap_cursor(self, cursor):
        def wrapper(registry, *args, **options):
            if self._is_watched(registry.db_name) and (kind := self._reach("connect", "")):
                self._raise_at(kind)
            return cursor(registry, *args, **options)

        return wrapper

    def _wrap_open(self, open_file):
        def wrapper(file, mode="r", *args, **options):
            stored = isinstance(file, str) and file.startswith(self.filestore) and set(mode) & set("wxa")
            kind = self._reach("file", "") if stored and self._is_watched() else None
            opened = open_file(file, mode, *args, **options)
            return _HalfWritten(opened, kind) if kind else opened

        return wrapper

    def _wrap_step(self, function, name):
        @functools.wraps(function)
        def wrapper(*args, **options):
            if not self._is_watched():
                return function(*args, **options)
            env = getattr(args[0], "env", None) if args else None
            self._fail_step(name, "before", env)
            result = function(*args, **options)
            self._fail_step(name, "after", env)
            return result

        return wrapper

    def _fail_step(self, name, when, env):
        kind = self._reach("step", name, when)
        if not kind:
            return
        if kind.condition and (env is None or env.cr.closed):
            raise TypeError("a bug")  # no database connection is available here
        self._raise_at(kind, env and env.cr)


class _HalfWritten:
    """A file that is truncated in the middle of a write."""

    def __init__(self, file, kind):
        self.file = file
        self.kind = kind

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.file.close()

    def write(self, content):  # pylint: disable=method-required-super; of a file
        self.file.write(content[: len(content) // 2])
        self.file.close()
        raise Killed if self.kind is KILLED else OSError(errno.ENOSPC, "No space left on device")

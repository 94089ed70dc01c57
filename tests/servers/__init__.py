"""Real mail servers for tests and demonstrations, on loopback and free ports only.

The package needs the standard library and the programs of the Debian packages ``postfix``,
``dovecot-imapd`` and ``dovecot-pop3d``; the filters of ``milter.py`` need ``opendkim``, ``opendmarc``, ``rspamd`` and
``iproute2``, and the Python package ``dnspython``. It imports nothing of Odoo, so ``./dev`` uses it too.

A mailbox that Odoo can poll, and a Postfix that fills it, or pipes mail into Odoo::

    with (
        Dovecot("/tmp/demo/dovecot") as dovecot,
        Postfix(
            "/tmp/demo/postfix",
            mailgate=["/usr/bin/python3", "/path/odoo_bcc_mailgate.py", "--config", "/path/gate.conf"],
            pipe_domains=["pipe.example"],  # anything@ goes through the script
            mailbox_domains=["poll.example"],  # <dovecot.user>@ and <dovecot.user>+anything@
            catchall_domains=["catchall.example"],  # anything@ ends in the same mailbox
            mailbox=dovecot,
        ) as postfix,
    ):
        send("127.0.0.1", postfix.smtp_port, sender, recipients, message_bytes)
        postfix.wait_until_empty(timeout=20)
        print(dovecot.imap_port, dovecot.pop3_port, dovecot.user, dovecot.password)

Without ``with``: ``start()`` and ``stop()``, both safe to call twice. A server that was killed is started again
with its old files. ``remove()`` also deletes the files; ``leave()``, called at the end of ``with``, deletes only those
outside of the requested folder.

Mail to all other domains, including bounces, never leaves the machine: it is delivered to the maildir
``postfix.sink``; ``postfix.sent_out()`` returns it.

Postfix only starts as root. Any other account needs ``sudo`` without a password, which then runs the commands.
The servers drop root privileges to read and deliver, so other accounts must be able to access their files: a folder
below a private home is replaced by one below ``/var/tmp``; read the attributes instead of guessing paths.
"""

from .base import ServerError, accepts_connections, free_port, is_usable, missing_programs, require_programs, wait_for
from .dovecot import Dovecot
from .mail import send
from .milter import OpenDkim, OpenDmarc, Rspamd
from .odoo import Odoo
from .postfix import Postfix
from .postgres import Postgres
from .receiver import Receiver
from .scripted import FAULTS, Fault, ScriptedMailbox, ScriptedServer

__all__ = [
    "FAULTS",
    "Dovecot",
    "Fault",
    "Odoo",
    "OpenDkim",
    "OpenDmarc",
    "Postfix",
    "Postgres",
    "Receiver",
    "Rspamd",
    "ScriptedMailbox",
    "ScriptedServer",
    "ServerError",
    "accepts_connections",
    "free_port",
    "is_usable",
    "missing_programs",
    "send",
    "wait_for",
]

"""Ask Odoo whether it knows recipients, and deliver mails to Odoo."""

import asyncio
import base64
import ssl

import anyio
import httpx

from . import __version__
from .settings import faults_of

UNKNOWN_RECIPIENT = "550 5.1.1 No such recipient"
LATER = "451 4.3.0 Not possible now, try again later"
# the only answers that count as yes: status and body
_YES = {"mail": (200, b"taken"), "recipients": (200, b"known")}
_HINTS = {
    **dict.fromkeys(range(300, 400), ": a redirection; set url to its target"),
    401: ": wrong login or password",
    404: ": no such page; is the addon installed in this database, and as new as the receiver?",
}


class NotTaken(Exception):
    """Odoo did not accept something: the reason, without secrets, and the reply to the client."""

    def __init__(self, reason: str, reply: str = LATER):
        super().__init__(reason)
        self.reply = reply


class Odoo:
    """The Odoo servers of one database."""

    def __init__(self, settings):
        self._seconds = settings.timeout
        with faults_of("url"):
            self._urls = [str(httpx.URL(url)).rstrip("/") for url in settings.url.split()]
        with faults_of(f"ca_file {settings.ca_file}"):
            verify = ssl.create_default_context(cafile=settings.ca_file or None)
        headers = {"User-Agent": f"odoo-bcc-receiver/{__version__}", "X-Odoo-Database": settings.database}
        auth = settings.login, settings.password
        # a server that does not respond leaves time for the others
        timeout = httpx.Timeout(settings.timeout, connect=min(10, settings.timeout / len(self._urls)))
        # no proxies or credentials from the environment
        self._options = {"auth": auth, "headers": headers, "timeout": timeout, "verify": verify, "trust_env": False}
        self._slots = asyncio.Semaphore(16)

    async def ask(self, page: str, recipients: list[str], *parts: bytes) -> None:
        """Deliver a mail to Odoo (page `mail`), or ask whether Odoo knows all recipients (`recipients`).

        :raises NotTaken: if Odoo did not confirm that. It may have stored the mail; delivering it again does no harm
        """
        headers = {
            "Content-Length": str(sum(map(len, parts))),  # Odoo accepts no chunks
            "Content-Type": "message/rfc822",
            # neither in the mail, whose headers anyone can write, nor in the URL, which proxies log
            "X-BCC-Dropbox-Envelope": base64.b64encode("\n".join(dict.fromkeys(recipients)).encode()).decode(),
        }
        try:
            with anyio.fail_after(self._seconds):
                response = await self._post(f"/bcc_dropbox/{page}", headers, parts)
        except (TimeoutError, httpx.HTTPError) as error:
            raise NotTaken(f"no answer from Odoo: {type(error).__name__}") from None
        status, body = response.status_code, response.content
        if (status, body) == (422, b"unknown recipient"):
            raise NotTaken("Odoo knows no such recipient", UNKNOWN_RECIPIENT)
        if (status, body) != _YES[page]:
            is_kind = status == 503 and body.isalpha() and len(body) <= 60  # of exception
            hint = f": {body.decode()}" if is_kind else _HINTS.get(status, "")
            reply = "552 5.3.4 The mail is larger than Odoo allows" if (page, status) == ("mail", 413) else LATER
            raise NotTaken(f"Odoo answered with HTTP status {status}{hint}", reply)

    async def _post(self, path, headers, parts):
        """Return the answer of the first server that can be reached: it may have the mail, so no other is asked."""
        # Odoo itself keeps no connection open, and a shared pool of httpcore loses some when requests are cancelled
        async with self._slots, httpx.AsyncClient(**self._options) as client:
            for url in self._urls:
                try:
                    return await client.post(url + path, headers=headers, content=_send(parts))
                except (httpx.ConnectError, httpx.ConnectTimeout) as error:  # noqa: PERF203 the next one may answer
                    reason = type(error).__name__
            raise NotTaken(f"no answer from Odoo: {reason}")


async def _send(parts):
    """Yield a mail in pieces, because the connection copies what it sends."""
    for part in parts:
        for start in range(0, len(part), 262_144):
            yield bytes(part[start : start + 262_144])

"""Odoo's side: is a recipient known, and take this mail."""

import asyncio
import base64
import random
import ssl
from collections.abc import AsyncIterator, Iterable, Sequence

import httpx

from . import __version__
from .settings import Settings

MAIL, RECIPIENTS = "mail", "recipients"
# the only answers that decide: status and body
_YES = {MAIL: (200, b"taken"), RECIPIENTS: (200, b"known")}
_UNKNOWN_RECIPIENT = 422, b"unknown recipient"
_HINTS = {
    401: "wrong login or password",
    403: "the user of the receiver lacks a right",
    404: "no such page: is the addon installed in this database, and as new as the receiver?",
    411: "a proxy in between hands the mail on in chunks, without its length",
    **dict.fromkeys(range(300, 400), "a redirection: url must be the address to which it leads"),
}
_CHUNK = 262_144
_CONNECT_SECONDS = 10


class OdooError(Exception):
    """Why Odoo did not decide; the mail server tries again. The text contains no secrets."""


class UnknownRecipientError(Exception):
    """Odoo has no such dropbox."""


class TooLargeError(Exception):
    """Odoo, or a proxy before it, takes no mail of this size."""


class Odoo:
    """The servers of one database, by connections that are kept open."""

    def __init__(self, settings: Settings):
        self._urls = [url.rstrip("/") for url in settings.url]
        self._seconds = settings.timeout
        self._client = httpx.AsyncClient(
            auth=httpx.BasicAuth(settings.login, settings.password),
            headers={
                "Content-Type": "message/rfc822",
                "User-Agent": f"odoo-bcc-receiver/{__version__}",
                "X-Odoo-Database": settings.database,
            },
            limits=httpx.Limits(max_connections=settings.odoo_connections),
            timeout=httpx.Timeout(settings.timeout, connect=_CONNECT_SECONDS),
            verify=ssl.create_default_context(cafile=settings.ca_file or None),
            trust_env=False,  # no proxy, and no credentials, of other programs
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def check(self, recipients: Iterable[str] = ()) -> None:
        """Raise nothing if Odoo knows all recipients.

        :raises UnknownRecipientError: it does not
        :raises OdooError: it did not say
        """
        await self._post(RECIPIENTS, recipients, ())

    async def deliver(self, recipients: Iterable[str], parts: Sequence[bytes]) -> None:
        """Raise nothing if Odoo has stored the mail.

        :param parts: the mail
        :raises UnknownRecipientError: Odoo knows none of the recipients
        :raises TooLargeError: the mail is too large
        :raises OdooError: anything else; Odoo may have the mail, which does no harm when it comes again
        """
        await self._post(MAIL, recipients, parts)

    async def _post(self, page, recipients, parts):
        envelope = "\n".join(dict.fromkeys(recipients)).encode()
        headers = {
            "Content-Length": str(sum(map(len, parts))),  # Odoo does not take chunks
            # neither in the mail, whose headers anyone can write, nor in the URL, which proxies log
            "X-BCC-Dropbox-Envelope": base64.b64encode(envelope).decode(),
        }
        try:
            response = await asyncio.wait_for(self._try_servers(page, headers, parts), self._seconds)
        except asyncio.TimeoutError:
            raise OdooError(f"no answer from Odoo within {self._seconds:g} seconds") from None
        except httpx.HTTPError as error:
            raise OdooError(f"no answer from Odoo: {type(error).__name__}") from None
        status, body = response.status_code, response.content
        if (status, body) == _YES[page]:
            return
        if (status, body) == _UNKNOWN_RECIPIENT:
            raise UnknownRecipientError
        if status == 413 and page == MAIL:
            raise TooLargeError
        is_kind = status == 503 and body.isalpha() and len(body) <= 60  # of exception
        hint = body.decode() if is_kind else _HINTS.get(status, "")
        raise OdooError(f"Odoo answered with HTTP status {status}{hint and ': '}{hint}")

    async def _try_servers(self, page, headers, parts):
        """Return the response of a server, in random order. No other one is tried once a server was connected: it may
        still be processing the mail.
        """
        for url in random.sample(self._urls, len(self._urls)):
            try:
                return await self._client.post(f"{url}/bcc_dropbox/{page}", headers=headers, content=_send(parts))
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise failure


async def _send(parts) -> AsyncIterator[bytes]:
    """Yield a mail in pieces, so that the connection does not copy all of it."""
    for part in map(memoryview, parts):
        for start in range(0, len(part), _CHUNK):
            yield bytes(part[start : start + _CHUNK])

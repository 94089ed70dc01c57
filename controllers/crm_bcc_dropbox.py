import logging
from io import BytesIO
from zlib import crc32

import qrcode
from odoo import http
from odoo.exceptions import UserError
from odoo.http import content_disposition, request
from odoo.tools import SQL, file_open
from urllib3.util import parse_url
from werkzeug.exceptions import Forbidden, TooManyRequests

from ..tools.contact_card import ContactCard
from ..tools.destination import add_suffix, format_destination, parse_suffix
from ..tools.notice_link import PATH, describe, find_link, follow
from ..tools.picture import PictureError, fetch_picture

_logger = logging.getLogger(__name__)

NO_SNIFF = ("X-Content-Type-Options", "nosniff")
NO_STORE = ("Cache-Control", "no-store")
SECRET_HEADERS = [NO_STORE, NO_SNIFF]
SANDBOX_HEADERS = [("Content-Security-Policy", "default-src 'none'; sandbox"), NO_SNIFF]
"""Headers for files of emails: a browser that displays one of them runs and loads nothing."""

LINK_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # the link is in the URL
    "X-Frame-Options": "DENY",  # against clickjacking
    "X-Robots-Tag": "noindex",
}
"""Headers of a page behind a link in an email. The page only shows a button, because mail scanners open links, too."""

STATUS = {"ask": 200, "done": 200, "failed": 409, "foreign": 403}
"""HTTP status of such a page by its step; other links do not work any more."""

ICON = "crm_bcc_dropbox/static/description/icon.png"

PICTURE_LOCK = crc32(b"crm_bcc_dropbox.picture") & 0x7FFFFFFF
PICTURE_SLOTS = 4
"""Pictures fetched for one user at the same time, by all processes: each keeps a worker busy."""

PICTURE_SECONDS = 3600
"""Pictures are cached by the browser of the reader, because messages are rendered again and again."""


def take_picture_slot(env):
    """Return whether one more picture may be fetched for the user; it counts until the transaction ends."""
    first = env.uid * PICTURE_SLOTS
    # SQL: advisory locks; rows after the first free one are not looked at
    query = SQL(
        "SELECT 1 FROM generate_series(%s, %s) AS slot WHERE pg_try_advisory_xact_lock(%s, slot) LIMIT 1",
        first, first + PICTURE_SLOTS - 1, PICTURE_LOCK,
    )  # fmt: skip
    return bool(env.execute_query(query))


class CrmBccDropboxController(http.Controller):
    # ------------------------------------------------------------
    # CONTACT CARD
    # ------------------------------------------------------------

    @http.route("/bcc_dropbox/vcard", type="http", auth="user", methods=["GET"], readonly=True)
    def bcc_dropbox_vcard(self):
        """Return the current user's BCC address as a contact card (vCard 3.0, RFC 2426)."""
        with file_open(ICON, "rb") as icon:
            card = self._build_own_vcard(picture=icon.read())
        return request.make_response(
            card,
            [
                ("Content-Type", "text/vcard; charset=utf-8"),
                ("Content-Disposition", content_disposition("bcc-dropbox.vcf")),
                *SECRET_HEADERS,
            ],
        )

    @http.route("/bcc_dropbox/qrcode", type="http", auth="user", methods=["GET"], readonly=True)
    def bcc_dropbox_qrcode(self, number=None, record=""):
        """Return the contact card as a QR code, which phones can scan. The icon would make it too large.

        Not by the barcode URL of Odoo, which would write the address into the log of the web server.

        :param str number: differs for each address, so that browsers load a new image; not used
        :param str record: the word that names a record in the address, such as ``lead42``
        """
        image = BytesIO()
        qrcode.make(self._build_own_vcard(record), box_size=8).save(image, format="PNG")
        return request.make_response(image.getvalue(), [("Content-Type", "image/png"), *SECRET_HEADERS])

    def _build_own_vcard(self, word="", picture=b""):
        """Return the contact card of the current user's BCC address, as bytes.

        :param str word: names the record to log emails on; by default the address names none
        :param bytes picture: a PNG
        :raises Forbidden: the user has no address, or may not log emails on the record
        """
        user = request.env.user
        if not (address := user.bcc_dropbox_address):
            raise Forbidden(request.env._("You don't have a BCC address yet. Ask your administrator."))
        record = self._find_record(word) if word else None
        if record:
            address = add_suffix(address, format_destination(record._name, record.id))
        return ContactCard(
            address=address,
            company=user.company_id.name,
            note=request.env._("BCC address of %(user)s", user=user.name),
            record=record.display_name if record else "",
            picture=picture,
        ).build()

    def _find_record(self, word):
        """Return the record that a word names.

        :raises Forbidden: there is none, or the user may not change it
        """
        for model_name, record_id in parse_suffix(word).records[:1]:
            if record := request.env[model_name].browse(record_id).exists()._filtered_access("write"):
                return record
        raise Forbidden

    # ------------------------------------------------------------
    # LINKS IN EMAILS
    # ------------------------------------------------------------

    @http.route("/bcc_dropbox/confirm", type="http", auth="user", methods=["GET", "POST"])
    def bcc_dropbox_confirm(self, token=""):
        """Confirm a sender address by the link in the confirmation email."""
        sender, problem = request.env["crm.bcc.dropbox.sender"]._find_by_link(token)
        step = problem or "ask"
        if sender and request.httprequest.method == "POST":
            sender._confirm()
            step = "done"
        return self._render_link("crm_bcc_dropbox.confirmation_page", step, email=sender.email, token=token)

    @http.route(PATH, type="http", auth="public", methods=["GET", "POST"])
    def bcc_dropbox_notice(self, token=""):
        """Do what a link in the daily email says, as the owner of the email, who need not be logged in."""
        link, step = find_link(request.env, token)
        values = {"error": "", "token": token}
        if link:
            step = "ask"
            request.update_context(lang=link.email.env.lang)
            values |= describe(link)
            if request.httprequest.method == "POST":
                step, values["error"] = self._follow(link)
                values["records"] = describe(link)["records"]
        return self._render_link("crm_bcc_dropbox.notice_page", step, **values)

    def _follow(self, link):
        """Do what a link says; return the next step, and why it could not be done."""
        try:
            with request.env.cr.savepoint():
                follow(link)
        except UserError as error:
            return "failed", str(error)
        return "done", ""

    def _render_link(self, page, step, **values):
        response = request.render(page, {**values, "step": step})
        response.headers.update(LINK_HEADERS)
        response.status_code = STATUS.get(step, 410)
        return response

    # ------------------------------------------------------------
    # FILES AND PICTURES
    # ------------------------------------------------------------

    @http.route(
        "/bcc_dropbox/original/<int:email_id>/<int:number>", type="http", auth="user", methods=["GET"], readonly=True
    )
    def bcc_dropbox_original_file(self, email_id, number):
        """Return a file of the original of a captured email as a download; it is never displayed."""
        email = request.env["crm.bcc.dropbox.email"].with_context(active_test=False).search([("id", "=", email_id)])
        file = email and email._get_original_file(number)
        if not file:
            raise request.not_found()
        name, content = file
        return request.make_response(
            content,
            [
                ("Content-Type", "application/octet-stream"),
                ("Content-Disposition", content_disposition(name)),
                ("Content-Length", len(content)),
                NO_STORE,
                *SANDBOX_HEADERS,
            ],
        )

    @http.route("/bcc_dropbox/picture/<int:message_id>", type="http", auth="user", methods=["GET"], readonly=True)
    def bcc_dropbox_picture(self, message_id, address=""):
        """Return a remote picture of a logged email to a user who requested its pictures.

        The server fetches it, so that the request contains neither cookies nor the IP address of the user.

        :param str address: URL of a picture that is held back in the body of this message; others are not fetched
        """
        message = request.env["mail.message"].search([("id", "=", message_id)])  # with the rights of the user
        if not request.env.user._is_internal() or address not in message._bcc_dropbox_get_held_pictures():
            raise request.not_found()
        if not take_picture_slot(request.env):
            raise TooManyRequests
        try:
            picture = fetch_picture(address, self._get_own_hosts())
        except PictureError as error:
            _logger.info("No picture for message %s: %s", message_id, error)
            raise request.not_found() from None
        return request.make_response(
            picture.content,
            [
                ("Content-Type", picture.mimetype),
                ("Content-Disposition", "inline"),
                ("Cache-Control", f"private, max-age={PICTURE_SECONDS}"),
                *SANDBOX_HEADERS,
            ],
        )

    def _get_own_hosts(self):
        """Return the host names of this Odoo: a set."""
        # sudo: every page contains the base URL
        base_url = request.env["ir.config_parameter"].sudo().get_param("web.base.url", "")
        hosts = (parse_url(url).host for url in (base_url, request.httprequest.host_url))
        return {host.lower() for host in hosts if host}

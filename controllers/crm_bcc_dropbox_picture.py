import logging

from odoo import http
from odoo.http import request
from urllib3.util import parse_url
from werkzeug.exceptions import TooManyRequests

from ..tools.picture import PictureError, fetch_picture

_logger = logging.getLogger(__name__)

KEPT_SECONDS = 3600
"""In the browser of the reader alone: a message is drawn anew each time that the page changes."""


class CrmBccDropboxPictureController(http.Controller):
    @http.route("/bcc_dropbox/picture/<int:message_id>", type="http", auth="user", methods=["GET"], readonly=True)
    def bcc_dropbox_picture(self, message_id, address=""):
        """Return a remote picture of a captured mail to a reader who asked for its pictures.

        The server fetches it, so that the request carries nothing of the reader: neither cookies nor their address.

        :param str address: one that is held back in the body of this very message, so that nobody fetches others
        """
        # as far as the user may read it
        message = request.env["mail.message"].search([("id", "=", message_id)])
        if not request.env.user._is_internal() or address not in message._bcc_dropbox_get_held_pictures():
            raise request.not_found()
        if not request.env["crm.bcc.dropbox.email"]._take_picture_slot():
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
                ("Cache-Control", f"private, max-age={KEPT_SECONDS}"),
                ("Content-Security-Policy", "default-src 'none'; sandbox"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )

    def _get_own_hosts(self):
        """Return the names under which this Odoo is known."""
        # sudo: a parameter that every page shows in its links
        base_url = request.env["ir.config_parameter"].sudo().get_param("web.base.url", "")
        hosts = (parse_url(url).host for url in (base_url, request.httprequest.host_url))
        return {host.lower() for host in hosts if host}

from io import BytesIO

import qrcode
import vobject
from odoo import http
from odoo.http import content_disposition, request
from werkzeug.exceptions import Forbidden

SECRET_HEADERS = [
    ("Cache-Control", "no-store"),  # the address is a secret
    ("X-Content-Type-Options", "nosniff"),
]

MAX_NAME = 100
"""Characters of the owner's name on the card: the more a QR code holds, the harder it is to scan."""


class CrmBccDropboxController(http.Controller):
    # ------------------------------------------------------------
    # CONTACT CARD
    # ------------------------------------------------------------

    @http.route("/bcc_dropbox/vcard", type="http", auth="user", methods=["GET"], readonly=True)
    def bcc_dropbox_vcard(self):
        """Give the current user's dropbox as a contact card (vCard 3.0, RFC 2426)."""
        return request.make_response(
            self._build_own_vcard().encode(),
            [
                ("Content-Type", "text/vcard; charset=utf-8"),
                ("Content-Disposition", content_disposition("bcc-dropbox.vcf")),
                *SECRET_HEADERS,
            ],
        )

    @http.route("/bcc_dropbox/qrcode", type="http", auth="user", methods=["GET"], readonly=True)
    def bcc_dropbox_qrcode(self, number=None):
        """Give the same contact card as a QR code: a phone that sees it offers to save the contact.

        :param str number: another one for another address, so that browsers do not show the old image
        """
        # not by the URL of core's barcodes, which would write the address into the log of the web server
        image = BytesIO()
        qrcode.make(self._build_own_vcard().encode(), box_size=8).save(image, format="PNG")
        return request.make_response(image.getvalue(), [("Content-Type", "image/png"), *SECRET_HEADERS])

    def _build_own_vcard(self):
        """Write the contact card of the current user's dropbox.

        :raises Forbidden: they have none
        """
        address = request.env.user.bcc_dropbox_address
        if not address:
            raise Forbidden(request.env._("You have no BCC Dropbox address. An administrator has to give you one."))
        return self._build_vcard(request.env.user.name[:MAX_NAME], address)

    def _build_vcard(self, owner, address):
        card = vobject.vCard()
        name = request.env._("BCC Dropbox of %(user)s", user=owner)
        card.add("n").value = vobject.vcard.Name(family=name)
        card.add("fn").value = name
        email = card.add("email")
        email.value = address
        email.type_param = "INTERNET"
        return card.serialize()

    # ------------------------------------------------------------
    # OWN ADDRESSES
    # ------------------------------------------------------------

    @http.route("/bcc_dropbox/confirm", type="http", auth="user", methods=["GET", "POST"])
    def bcc_dropbox_confirm(self, token=""):
        """Let users confirm an own address by the link that was mailed to it.

        Opening the link asks only: mail scanners open links, too.
        """
        sender, problem = request.env["crm.bcc.dropbox.sender"]._find_by_link(token)
        step = problem or "ask"
        if sender and request.httprequest.method == "POST":
            sender._confirm()
            step = "done"
        values = {"email": sender.email, "step": step, "token": token}
        response = request.render("crm_bcc_dropbox.confirmation_page", values)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"  # the link is in the URL
        response.headers["X-Frame-Options"] = "DENY"  # nobody is made to press the button inside of another page
        response.status_code = {"ask": 200, "done": 200, "foreign": 403}.get(step, 410)
        return response

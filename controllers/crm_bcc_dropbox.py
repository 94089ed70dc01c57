import vobject
from odoo import http
from odoo.http import content_disposition, request
from werkzeug.exceptions import Forbidden


class CrmBccDropboxController(http.Controller):
    @http.route("/bcc_dropbox/vcard", type="http", auth="user", methods=["GET"], readonly=True)
    def bcc_dropbox_vcard(self):
        """Give the current user's dropbox as a contact card (vCard 3.0, RFC 2426)."""
        address = request.env.user.bcc_dropbox_address
        if not address:
            raise Forbidden(request.env._("You have no BCC Dropbox address. An administrator has to give you one."))
        return request.make_response(
            self._build_vcard(request.env.user.name, address),
            [
                ("Content-Type", "text/vcard; charset=utf-8"),
                ("Content-Disposition", content_disposition("bcc-dropbox.vcf")),
                ("Cache-Control", "no-store"),  # the address is a secret
                ("X-Content-Type-Options", "nosniff"),
            ],
        )

    def _build_vcard(self, owner, address):
        card = vobject.vCard()
        name = request.env._("BCC Dropbox of %(user)s", user=owner)
        card.add("n").value = vobject.vcard.Name(family=name)
        card.add("fn").value = name
        email = card.add("email")
        email.value = address
        email.type_param = "INTERNET"
        return card.serialize().encode()

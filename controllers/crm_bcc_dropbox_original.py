from odoo import http
from odoo.http import content_disposition, request


class CrmBccDropboxOriginalController(http.Controller):
    @http.route(
        "/bcc_dropbox/original/<int:email_id>/<int:number>", type="http", auth="user", methods=["GET"], readonly=True
    )
    def bcc_dropbox_original_file(self, email_id, number):
        """Give a file of a captured mail that is not filed, to save it: whatever it is, it is never shown in place."""
        mail = request.env["crm.bcc.dropbox.email"].search([("id", "=", email_id)])  # as far as the user may see it
        file = mail and mail._get_original_file(number)
        if not file:
            raise request.not_found()
        name, content = file
        return request.make_response(
            content,
            [
                ("Content-Type", "application/octet-stream"),
                ("Content-Disposition", content_disposition(name)),
                ("Content-Length", len(content)),
                ("Cache-Control", "no-store"),
                # whoever opens it in place after all sees a page that neither runs nor loads anything
                ("Content-Security-Policy", "default-src 'none'; sandbox"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )

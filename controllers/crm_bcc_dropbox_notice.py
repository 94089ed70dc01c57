from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..tools.notice_link import PATH, describe, find_link, follow

STATUS = {"ask": 200, "done": 200, "failed": 409, "foreign": 403}
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # the link is in the URL
    "X-Frame-Options": "DENY",  # against clickjacking
    "X-Robots-Tag": "noindex",
}


class CrmBccDropboxNoticeController(http.Controller):
    @http.route(PATH, type="http", auth="public", methods=["GET", "POST"])
    def bcc_dropbox_notice(self, token=""):
        """Do what a link in the daily email says, as the owner of the email, who need not be logged in.

        Opening the link only shows a button, because mail scanners open links too.
        """
        link, step = find_link(request.env, token)
        values = {"error": "", "token": token}
        if link:
            step = "ask"
            request.update_context(lang=link.email.env.lang)
            values |= describe(link)
            if request.httprequest.method == "POST":
                step, values["error"] = self._follow(link)
                values["records"] = describe(link)["records"]
        response = request.render("crm_bcc_dropbox.notice_page", {**values, "step": step})
        response.headers.extend(HEADERS)
        response.status_code = STATUS.get(step, 410)
        return response

    def _follow(self, link):
        """Do what a link says; return the next step, and why it could not be done."""
        try:
            with request.env.cr.savepoint():
                follow(link)
        except UserError as error:
            return "failed", str(error)
        return "done", ""

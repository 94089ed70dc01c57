import os
from contextlib import suppress
from uuid import uuid4

from odoo import api, models


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    @api.model
    def _get_path(self, bin_data, sha):
        """Make a file whole that was cut off when something else than this addon wrote it.

        Core would refuse the attachment as a collision.
        """
        if self._storage() == "file" and self._bcc_dropbox_is_cut_off(self._full_path(f"{sha[:2]}/{sha}"), bin_data):
            self._bcc_dropbox_put(bin_data, sha)
        return super()._get_path(bin_data, sha)

    @api.model
    def _file_write(self, bin_value, checksum):
        """Put a file into its place whole, or not at all.

        Core writes it in place. What a full disk or a killed process cuts off then stays there under the checksum of
        the whole, and every later mail with the same file, a logo perhaps, is refused as a collision.
        """
        if self._storage() == "file" and not os.path.isfile(self._full_path(f"{checksum[:2]}/{checksum}")):
            self._bcc_dropbox_put(bin_value, checksum)
        return super()._file_write(bin_value, checksum)

    @api.model
    def _bcc_dropbox_put(self, content, checksum):
        """Write a file beside its place, then move it there."""
        name = f"{checksum[:2]}/{checksum}"
        path = self._full_path(name)
        self._mark_for_gc(name)  # it will be deleted if no attachment is made of it in the end
        draft = self._full_path(f"checklist/{name}-{uuid4().hex}")  # where what a killed process left is deleted
        try:
            with open(draft, "xb") as file:
                file.write(content)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            os.replace(draft, path)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(draft)

    @api.model
    def _bcc_dropbox_is_cut_off(self, path, content):
        """Tell whether a file is nothing but the beginning of its content."""
        if not os.path.isfile(path) or os.path.getsize(path) >= len(content):
            return False
        with open(path, "rb") as file:
            return content.startswith(file.read())

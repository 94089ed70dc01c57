import os
from contextlib import suppress
from uuid import uuid4

from odoo import api, models


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    @api.model
    def _file_write(self, bin_value, checksum):
        """Put a file into its place whole, or not at all.

        Core writes it in place. What a full disk or a killed process cuts off then stays there under the checksum of
        the whole, and every later mail with the same file, a logo perhaps, is refused as a collision.
        """
        name = f"{checksum[:2]}/{checksum}"
        path = self._full_path(name)
        if self._storage() == "file" and self._bcc_dropbox_is_cut_off(path, bin_value):
            self._mark_for_gc(name)  # it will be deleted if no attachment is made of it in the end
            draft = self._full_path(f"checklist/{name}-{uuid4().hex}")  # where what a killed process left is deleted
            try:
                with open(draft, "xb") as file:
                    file.write(bin_value)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                os.replace(draft, path)
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(draft)
        return super()._file_write(bin_value, checksum)

    @api.model
    def _bcc_dropbox_is_cut_off(self, path, content):
        """Tell whether a file is missing, or nothing but the beginning of its content."""
        if not os.path.isfile(path):
            return True
        size = os.path.getsize(path)
        if size >= len(content):
            return False
        with open(path, "rb") as file:
            return file.read() == content[:size]

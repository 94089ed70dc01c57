"""Repair of truncated files in Odoo's file store."""

import os
from contextlib import suppress
from uuid import uuid4


def mend_file(path: str, content: bytes) -> None:
    """Complete a file that contains only the beginning of its content.

    Odoo writes files in place, under the checksum of the content. After a full disk or a killed process, a truncated
    file stays there, and Odoo rejects the same content from then on as a checksum collision.
    """
    try:
        if os.path.getsize(path) >= len(content):
            return
        with open(path, "rb") as file:
            if not content.startswith(file.read()):
                return
    except FileNotFoundError:
        return
    draft = f"{path}.{uuid4().hex}"
    try:
        with open(draft, "xb") as file:
            file.write(content)
        os.replace(draft, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(draft)

"""Files of Odoo's file store that were cut off while they were written."""

import os
from contextlib import suppress
from uuid import uuid4


def mend_file(path: str, content: bytes) -> None:
    """Make a file whole that is nothing but the beginning of its content.

    Odoo writes files in place. What a full disk or a killed process cuts off stays there under the checksum of the
    whole, and from then on Odoo refuses the same file, a logo perhaps, as a collision.
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

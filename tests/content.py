"""Builders of mails from parts, and the reader's result in comparable form."""

import base64
import re

from ..tools.html_text import html_to_text
from ..tools.mail_body import write_body
from ..tools.mail_content import read_content

PDF = b"%PDF-1.4\nan offer"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def part(header, content=b"", encoding=""):
    """Return a part.

    :param str header: its fields; without a colon, its type
    :param str encoding: how the content is encoded: `base64`, or nothing
    """
    header = header if re.match(r"[-\w]+:", header) else f"Content-Type: {header}"
    content = content.encode() if isinstance(content, str) else content
    if encoding == "base64":
        content = base64.encodebytes(content)
    if encoding:
        header += f"\nContent-Transfer-Encoding: {encoding}"
    return header.encode("utf-8", "surrogateescape") + b"\n\n" + content


def put_together(kind, *parts, boundary="outer", parameters=""):
    """Return a multipart."""
    lines = [f"Content-Type: multipart/{kind}; boundary={boundary}{parameters}\n".encode()]
    lines += [f"--{boundary}".encode() + b"\n" + content for content in parts]
    return b"\n".join([*lines, f"--{boundary}--\n".encode()])


def plain(text, parameters="; charset=utf-8"):
    """Return a part of plain text."""
    return part(f"text/plain{parameters}", text)


def html(text, parameters="; charset=utf-8"):
    """Return a part of HTML."""
    return part(f"text/html{parameters}", text)


def alternative(*parts, boundary="alternative"):
    """Return a multipart/alternative."""
    return put_together("alternative", *parts, boundary=boundary)


def file(header, content=PDF):
    """Return a file part in base64."""
    return part(header, content, "base64")


def picture(content_id, header="image/png", content=PNG):
    """Return a picture part with a Content-ID."""
    return file(f"Content-Type: {header}\nContent-ID: {content_id}", content)


def mail(content):
    """Return a mail with the given content."""
    return b"From: sam@acme.example\nTo: carla@customer.example\nSubject: x\nMIME-Version: 1.0\n" + content


class Read:
    """The reader's result for a mail.

    :param str text: its texts, without tags, on one line
    :param list files: names and contents of its files, pictures of the text left out
    :param list pictures: contents of the displayed pictures, in their order
    """

    def __init__(self, content, max_text=2 * 1024**2):
        self.content = read_content(mail(content), max_text)
        self.body, shown = write_body(self.content.texts, self.content.files)
        self.text = " ".join(html_to_text(self.body).split())
        self.files = [(file.name, file.content) for file in self.content.files if file.cid not in shown]
        by_cid = {file.cid: file.content for file in self.content.files}
        self.pictures = [by_cid[cid] for cid in re.findall(r'src="cid:([^"]*)"', self.body)]
        self.remarks = [remark.code for remark in self.content.remarks]

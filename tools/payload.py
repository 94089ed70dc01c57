"""What is logged of a mail: its body and files."""

from dataclasses import dataclass, field, replace

from .filename import clean_filename
from .limits import MB
from .mail_content import File
from .reasons import Reason
from .redaction import Budget, Secrets
from .size import format_size


@dataclass(frozen=True)
class Payload:
    """Body and files of an email.

    :param Markup body: HTML
    :param list attachments: ``(name, content, info)``, as `mail.thread` takes them; pictures of the text included
    :param list reasons: of :class:`Reason`: what could not be logged or read
    :param str note: remarks by Odoo, shown beside the text in the chatter
    :param int file_count: files of the email, those left out included, pictures of the text not
    """

    body: str
    attachments: list
    reasons: list = field(default_factory=list)
    note: str = ""
    file_count: int = 0


NO_PAYLOAD = Payload("", [])
"""Of an email that is not logged."""


def clean_files(files: list[File], secrets: Secrets) -> tuple[list[File], list[str]]:
    """Remove the BCC addresses from files.

    :return: the clean files, and the names of those that contain one and cannot be changed
    """
    kept, revealing, budget = [], [], Budget()
    for file in files:
        name, content = clean_filename(secrets.redact(file.name)), secrets.clean_file(file.content, budget)
        if content is None:
            revealing.append(name)
        else:
            kept.append(replace(file, name=name, content=content))
    return kept, revealing


def limit_files(files: list[File], max_mb: int | None) -> tuple[list[File], list[File]]:
    """Leave out the largest files until the rest fits.

    :param int max_mb: of all files together; None for no limit
    :return: the files that stay, and those that are left out, both in their order
    """
    if max_mb is None:
        return files, []
    left_out, too_much = [], sum(len(file.content) for file in files) - max_mb * MB
    for file in sorted(files, key=lambda file: len(file.content), reverse=True):
        if too_much <= 0:
            break
        too_much -= len(file.content)
        left_out.append(file)
    dropped = set(left_out)
    return [file for file in files if file not in dropped], [file for file in files if file in dropped]


def explain_left_out(revealing: list[str], too_large: list[File], max_mb: int | None) -> list[Reason]:
    """Return which files are left out.

    :param revealing: names of the files that contain a BCC address
    :param too_large: the files beyond the limit
    """
    reasons = []
    if revealing:
        reasons.append(Reason("secret_files", {"files": ", ".join(revealing)}))
    if too_large:
        names = ", ".join(f"{file.name} ({format_size(len(file.content))})" for file in too_large)
        reasons.append(Reason("large_files", {"files": names, "limit": max_mb}))
    return reasons

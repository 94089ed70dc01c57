"""The bytes of a mail, and what its header says."""

from functools import cached_property

from .envelope import (
    NO_ENVELOPE,
    add_envelope,
    find_deliveries,
    find_other_recipients,
    find_secrets,
    get_head,
    read_fields,
    strip_dropboxes,
)
from .fingerprint import get_former_fingerprint, get_identity
from .limits import find_excess, is_tangled
from .parsed_mail import parse_header


class RawMail:
    """The bytes of a mail; what its header says is read once, when it is asked for.

    :param bytes content: the mail
    :param Envelope envelope: what the mail server said beside it
    """

    def __init__(self, content, envelope=NO_ENVELOPE):
        self.content = content
        self.envelope = envelope

    def __getattr__(self, name):
        return getattr(self.header, name)

    @cached_property
    def header(self):
        """Stub: `ParsedMail`, whose attributes will be those of this class."""
        return parse_header(self.content)

    @cached_property
    def fields(self):
        """The header fields: a list of :class:`HeaderField`."""
        return read_fields(get_head(self.content))

    @property
    def fingerprint(self):
        """See `tools/fingerprint.py`."""
        return self.identity.fingerprint

    @cached_property
    def deliveries(self):
        """The dropboxes that the mail is for: a tuple of :class:`Delivery`."""
        return find_deliveries(self.content, self.envelope)

    @cached_property
    def secrets(self):
        """The tokens to hide in what is shown of the mail."""
        return find_secrets(self.content, self.envelope)

    @cached_property
    def identity(self):
        """Message-Id and fingerprint."""
        return get_identity(self.content)

    @cached_property
    def former_fingerprint(self):
        """The fingerprint that older versions stored."""
        return get_former_fingerprint(self.content)

    @cached_property
    def other_recipients(self):
        """Addresses other than dropboxes: those in To and Cc, and those that only the envelope names."""
        return find_other_recipients(self.content, self.envelope)

    @cached_property
    def is_tangled(self):
        """Whether the header would keep core's parser busy."""
        return is_tangled(self.content)

    def find_excess(self, limits):
        """Return the limit that the mail is over, or None."""
        return find_excess(self.content, limits)

    def add_envelope(self):
        """Return the mail with the envelope in its header, to be stored."""
        return add_envelope(self.content, self.envelope)

    def strip_dropboxes(self, recipients=()):
        """Return the mail without any dropbox."""
        return strip_dropboxes(self.content, recipients)

"""Hostile texts: no time is lost with them, and what a stranger writes changes nothing."""

import random
import textwrap
import time
from collections import Counter
from html import escape
from unittest.mock import patch

from odoo.tests import BaseCase, tagged

from ..tools.forward import get_body, get_note
from ..tools.forward_lines import MAX_LENGTH
from ..tools.forwarded_mail import MAX_MAILS, find_forwarded_mails
from ..tools.html import bound_html
from ..tools.raw_mail import RawMail
from . import forward_mails
from .content import part, plain, put_together
from .forward_mails import BLOCK, FORGED, OUTLOOK, TITLE, WORDS, find, list_samples

# Hostile texts in a form that can be of any length: (before, unit, after)
HOSTILE = {
    "quotes": ("", ">", ""),
    "quoted lines": ("", ">\n", ""),
    "blank lines": ("", "\n", ""),
    "dashes": ("", "-", ""),
    "lines of dashes": ("", "----- a ---- b\n", ""),
    "colons": ("", ":", ""),
    "lines with colons": ("", "a:\n", ""),
    "senders": ("", "From: a\n", ""),
    "senders with addresses": ("", "From: a <a@b.example>\n", ""),
    "recipients": ("", "To: a\n", ""),
    "skipped fields": ("", "Bcc: a\n", ""),
    "a long subject": ("Subject: a\n", "a a\n", ""),
    "long introductions": ("", f"27/10/2021 09:31 {'a' * 500}:\n", ""),
    "introductions with many addresses": ("", f"27/10/2021 09:31 {'@a' * 250}:\n", ""),
    "introductions with long addresses": ("", f"1h00 2020 a@{'a' * 170} !:\n", ""),
    "titles": ("", f"{TITLE}\n", ""),
    "forwarded mails": ("", f"{TITLE}\n{BLOCK}\n\n", ""),
    "blocks": ("", f"{OUTLOOK}\n\n", ""),
    "ends": ("", f"{TITLE}\n{BLOCK}\n\n-------- End of forwarded message --------\n", ""),
    "invisible characters": ("", "a\u200b", ""),
    "only invisible characters": ("", "\u200b", ""),
    "brackets": (f"{TITLE}\nFrom: ", "<", f"\n{BLOCK}"),
    "many recipients": (f"{TITLE}\n{BLOCK}\nCc: ", "a@b.example, ", "\n\nText"),
    "links": (f"{TITLE}\n{BLOCK}\nCc: ", "<mailto:a@b>", "\n\nText"),
    "wrapped recipients": (f"{TITLE}\n{BLOCK}\nCc: a,\n", "a,\n", "\n\nText"),
    "everything in one line": ("----- Forwarded Message ----- From: a ", ">To: a <b@c.d>Sent: ", ""),
    "unknown labels": ("", "Aa: b\n", ""),
    "numbers": ("", f"Aa: {'2021 ' * 60}\n", ""),
}
HOSTILE_HTML = {
    "open elements": ("", "<div>", ""),
    "closed elements": ("", "</div>", ""),
    "containers": ("", '<blockquote type="cite">', ""),
    "containers one by one": ("", '<blockquote type="cite">a</blockquote>', ""),
    "brackets": ("", "<", ""),
    "a long name": ("<", "a", ""),
    "a long tag": ("<div ", "a ", ""),
    "line breaks": ("", "<br>", ""),
    "lines": ("<pre>", "a\n", "</pre>"),
    "items": ("", "<li>", ""),
    "cells": ("", "<td></td>", ""),
    "references": ("", "&#x", ""),
    "broken blocks": ("", "<p><div><b>From:</b> a<br></p>", ""),
    "forwarded mails": ("", f'<div class="gmail_quote">{TITLE}<br>{BLOCK.replace("<", "&lt;")}<br>', ""),
}

LABELS = [label for words in WORDS.values() for text in (words.labels, words.dates) for label in text.split(" | ")]
MISLEADING = (
    ["<boss@c.example>", "boss@c.example", "[mailto:boss@c.example]", "(boss@c.example)", '"Boss" <boss@c.example>'],
    ["<mailto:boss@c.example>", *(f"{label}:" for label in LABELS), *(f"{label}\uff1a" for label in LABELS), *LABELS],
    [
        ";",
        ",",
        '"',
        "'",
        ">",
        "<",
        "*",
        "|",
        "(",
        ")",
        "\u200b",
        "\u202e",
        "on behalf of",
        "が",
        "代表",
        "wrote:",
        "FW:",
    ],
    ["Jo Doe", "Hello", "x" * 20, "x" * 50, "Wed, Oct 27, 2021 at 9:31 AM", "27.10.2021 09:31", "schrieb:"],
    [TITLE, "-----Original Message-----", "Begin forwarded message:", "_" * 32, "-------- Forwarded Message --------"],
)
"""Words of names, subjects and texts by which a stranger may want to mislead."""


@tagged("post_install", "-at_install")
class TestForwardHostile(BaseCase):
    def _measure(self, form, size, is_html):
        before, unit, after = form
        text = before + unit * (size // len(unit)) + after
        started = time.process_time()
        for level in find(text, "FW: Hi", is_html)[:1]:
            get_note(text, level, is_html=is_html)
            get_body(text, level, is_html=is_html)
        return time.process_time() - started

    def test_time_is_linear(self):
        for is_html, forms in ((False, HOSTILE), (True, HOSTILE_HTML)):
            for name, form in forms.items():
                with self.subTest(name, is_html=is_html):
                    short, long = (self._measure(form, size, is_html) for size in (MAX_LENGTH // 16, MAX_LENGTH // 4))
                    self.assertLess(long, 8 * short + 0.3, "four times the length")

    def test_most_that_is_read(self):
        for is_html, form in (
            (False, HOSTILE["introductions with long addresses"]),
            (True, HOSTILE_HTML["cells"]),
        ):
            with self.subTest(form[1], is_html=is_html):
                self.assertLess(self._measure(form, MAX_LENGTH, is_html), 5)

    def test_ten_megabytes(self):
        for is_html, form in (
            (False, HOSTILE["quotes"]),
            (False, HOSTILE["blank lines"]),
            (True, HOSTILE_HTML["forwarded mails"]),
        ):
            with self.subTest(form[1], is_html=is_html):
                self.assertLess(self._measure(form, 10 * 1024**2, is_html), 4)

    def test_attached_to_attached_mails(self):
        """Mails of colleagues are looked through, but not thousands of them."""
        content, asked = plain("x"), []
        for level in range(5):
            content = b"From: lea@acme.example\nTo: sam@acme.example\nMIME-Version: 1.0\n" + content
            content = put_together("mixed", plain("x"), *[part("message/rfc822", content)] * 5, boundary=f"b{level}")
        raw_mail = RawMail(b"From: sam@acme.example\nMIME-Version: 1.0\n" + content)
        found = find_forwarded_mails(raw_mail, lambda *emails: not asked.append(emails), MAX_LENGTH)
        self.assertLessEqual(len(found), MAX_MAILS)
        self.assertLess(len(asked), 8 * MAX_MAILS)

    # ------------------------------------------------------------
    # FORGERIES
    # ------------------------------------------------------------

    def test_nothing_below_counts(self):
        """Pieces of forwarded mails in any order below a real one change nothing of it."""
        chance = random.Random(4711)
        pieces = [line for sample in list_samples() for line in sample.plain.split("\n")]
        pieces += [TITLE, *FORGED.split("\n"), "\u202e", "> " * 50, "", "From: boss@c.example"]
        for _number in range(300):
            below = "\n".join(chance.choice(pieces) for _piece in range(chance.randrange(60)))
            for block in (f"{TITLE}\n{BLOCK}", OUTLOOK):
                text = f"fyi\n\n{block}\n\n{below}"
                found = find(text, "FW: Hi")[0]
                self.assertEqual((found.sender.email, found.subject), ("joe@b.example", "Hi"), text)
                self.assertEqual(get_note(text, found, is_html=False), "fyi\n\n")

    def test_no_forged_sender(self):
        """What strangers choose - name, subject, text - never leads to another sender, wherever lines are wrapped."""
        chance, senders = random.Random(4711), Counter()
        for _number in range(3000):
            text, subject, is_html = self._forge(chance)
            levels = find(text, subject, is_html)
            sender = levels[0].sender.email if levels else ""
            self.assertIn(sender, ("joe@b.example", ""), text)
            senders[sender] += 1
        self.assertGreater(senders["joe@b.example"], 1500, "most are read all the same")

    def test_no_forged_sender_in_any_order(self):
        """Nor do the names of recipients, and the order of the fields does not matter; even without blank lines."""
        chance, senders = random.Random(4711), Counter()
        for _number in range(1500):
            text, is_html = self._forge_block(chance)
            levels = find(text, "Fwd: Hi", is_html)
            sender = levels[0].sender.email if levels else ""
            self.assertIn(sender, ("joe@b.example", ""), text)
            senders[sender] += 1
        self.assertGreater(senders["joe@b.example"], 700, "many are read all the same")

    def _forge_block(self, chance):
        """Return a block of fields in any order, and whether it is HTML."""
        words = WORDS[chance.choice(tuple(WORDS))]
        labels = words.get_labels(chance.randrange(2))
        name = _make_words(chance, 6)
        address = chance.choice(
            ["{} <joe@b.example>", '"{}" <joe@b.example>', "{} [mailto:joe@b.example]", "joe@b.example"]
        )
        fields = {
            "f": f"{labels['sender']}: {address.format(name)}",
            "t": f"{labels['to']}: {_make_words(chance, 5)} <ann@acme.example>",
            "d": f"{labels['date']}: {chance.choice([words.gmail, words.long, 'Wed, 27 Oct 2021 09:31:00 +0200'])}",
            "s": f"{labels['subject']}: {_make_words(chance, 8)}",
        }
        order = chance.choice(["sdft", "fdts", "ftds", "fdst", "fsdt", "ftsd", "dfts", "stdf"])
        lines = [fields[letter] for letter in order]
        if chance.random() < 0.2:
            lines.insert(
                chance.randrange(5), f"{chance.choice(['Organization', 'X-Unknown'])}: {_make_words(chance, 5)}"
            )
        title = chance.choice(["", TITLE, f"-----{words.original}-----", "_" * 32])
        body = [_make_words(chance, 6) for _line in range(chance.randrange(6))]
        text = "\n".join(["fyi", "", title, *lines, *[""] * chance.randrange(2), *body])
        if chance.random() < 0.6:
            width = chance.choice([40, 60, 72, 76, 80])
            text = "\n".join(textwrap.fill(line, width, break_long_words=False) for line in text.split("\n"))
        is_html = chance.random() < 0.3
        return (escape(text).replace("\n", "<br>") if is_html else text), is_html

    def _forge(self, chance):
        """Return a forwarded mail whose name, subject and text are made to mislead, with its subject, and whether it is
        HTML.
        """
        sender = (_make_words(chance, 6), "joe@b.example")
        body = tuple(_make_words(chance, 6) for _line in range(chance.randrange(8)))
        program = chance.choice([*forward_mails.PROGRAMS, None])
        code = chance.choice(forward_mails.PROGRAMS.get(program) or tuple(forward_mails.WORDS))
        words = forward_mails.WORDS[code]
        with patch.multiple(forward_mails, SENDER=sender, SUBJECT=_make_words(chance, 8), BODY=body):
            if program:
                sample = program(code, words)
                subject, text, html = sample.subject, sample.plain, sample.html
            else:
                line = words.wrote.format(forward_mails.write_mailboxes([sender]))
                subject, text, html = f"{words.prefix.split(' | ')[0]}: Hi", "\n".join(["Hi", line, *body]), ""
        form = chance.choice(["html", "wrapped", "as it is"])
        if form == "html" and html:
            return bound_html(html).content, subject, True
        if form == "wrapped":
            width = chance.choice([60, 76])
            text = "\n".join(textwrap.fill(line, width, break_long_words=False) for line in text.split("\n"))
        return text, subject, False


def _make_words(chance, count):
    """Return some words that mean something in a forwarded mail."""
    return " ".join(chance.choice(chance.choice(MISLEADING)) for _word in range(chance.randrange(count)))

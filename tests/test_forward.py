"""Mails forwarded inside of a text: the right sender or none, never a wrong one."""

# ruff: noqa: RUF001  letters of other alphabets are meant
import logging
import os
import re
import sys
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

from odoo.tests import BaseCase, tagged

from ..tools.forward import MAX_LEVELS, find_forwarded, get_body, get_note, split_texts
from ..tools.forward_language import FIELDS
from ..tools.forward_lines import MAX_LENGTH
from ..tools.forward_rules import LANGUAGES
from ..tools.forward_words import fold, split
from ..tools.html import bound_html
from ..tools.html_text import html_to_text
from ..tools.mail_content import read_content
from ..tools.subject import is_forward_subject
from .content import html, plain, put_together
from .forward_mails import (
    BLOCK,
    BODY,
    CC,
    DATE,
    NOTE,
    OUTLOOK,
    SENDER,
    SUBJECT,
    TITLE,
    TO,
    WORDS,
    find,
    ionos,
    list_samples,
    make_text,
    outlook,
    outlook_classic,
    samsung,
    write_mailboxes,
)

CORPUS = os.environ.get("CRM_BCC_DROPBOX_CORPUS")
_BODY_NAME = re.compile(r"(.+?)(?:_([a-z]{2}(?:_br)?))?_body")
_logger = logging.getLogger(__name__)

FORWARDED_HTML = f"{TITLE}\n{BLOCK}".replace("<", "&lt;").replace("\n", "<br>")
ALIKE = {"no": "da", "pt-BR": "pt", "sk": "pl", "ca": "es", "sr-Latn": "hr", "ru": "bg"}
"""Languages in which some programs write the same as in another one."""


def list_lines(text):
    """Return the lines of a text that are not blank, without quote marks."""
    lines = (line.strip("> \t\r\ufeff") for line in text.split("\n"))
    return [line for line in lines if line]


@tagged("post_install", "-at_install")
class TestForward(BaseCase):
    # ------------------------------------------------------------
    # PROGRAMS AND LANGUAGES
    # ------------------------------------------------------------

    def _check(self, sample, text, is_html):
        levels = find(text, sample.subject, is_html)
        self.assertEqual(len(levels), 1)
        [found] = levels
        self.assertEqual((found.sender.name, found.sender.email), SENDER)
        self.assertEqual(found.date, DATE)
        self.assertEqual(found.has_zone, sample.has_zone)
        if sample.program != "Yandex Mail":  # it does not write them
            self.assertEqual(tuple((address.name, address.email) for address in found.to), TO)
            self.assertEqual(tuple((address.name, address.email) for address in found.cc), CC)
            self.assertEqual(found.subject, SUBJECT)
        if (sample.program, sample.language) != ("HubSpot", "en"):  # the same as Gmail
            self.assertEqual(found.program, sample.program)
        self.assertIn(found.language, (sample.language, ALIKE.get(sample.language)))
        for part, expected in ((get_note, NOTE), (get_body, BODY)):
            content = part(text, found, is_html=is_html)
            self.assertEqual(list_lines(html_to_text(content) if is_html else content), list(expected))

    def test_programs_and_languages(self):
        counts = Counter()
        for sample in list_samples():
            for is_html, text in ((False, sample.plain), (True, bound_html(sample.html).content)):
                with self.subTest(sample.program, language=sample.language, is_html=is_html):
                    self._check(sample, text, is_html)
                    counts[sample.program] += 1
        _logger.info("forwarded mails: %s", dict(counts))

    def test_windows_line_ends(self):
        for sample in list_samples():
            if sample.language in ("en", "ja"):
                with self.subTest(sample.program, language=sample.language):
                    self._check(sample, sample.plain.replace("\n", "\r\n"), False)

    def test_mails(self):
        """The texts are those that the reader of mails returns."""
        for sample in list_samples():
            if sample.language not in ("de", "zh-TW"):
                continue
            for raw in (plain(sample.plain), put_together("alternative", plain(sample.plain), html(sample.html))):
                with self.subTest(sample.program, language=sample.language):
                    texts = read_content(raw).texts
                    self.assertEqual(find_forwarded(texts, sample.subject).levels[0].sender.email, SENDER[1])

    def test_answers(self):
        """Some programs write the same block above what they forward and what they answer."""
        for code, words in WORDS.items():
            forward, answer = words.prefix.split(" | ")
            for program in (outlook, outlook_classic, samsung, ionos):
                sample = program(code, words)
                for subject in (f"{answer}: Hi", f"{answer}: {forward}: Hi", "Hi", ""):
                    with self.subTest(sample.program, language=code, subject=subject):
                        self.assertFalse(find(sample.plain, subject))
                        self.assertFalse(find(sample.html, subject, is_html=True))

    def test_introductions(self):
        """Outlook for Mac forwards a mail with the line with which others quote one."""
        for code, words in WORDS.items():
            forward, answer = words.prefix.split(" | ")
            line = words.wrote.format(write_mailboxes([SENDER]))
            broken = line.replace(f" <{SENDER[1]}>", f"\n<{SENDER[1]}>")
            for text in (f"Yes\n\n{line}\n\n> Dear Ann", f"Yes\n\n{broken}\n> Dear Ann"):
                with self.subTest(code, text=text):
                    [found] = find(text, f"{forward}: Hi")
                    self.assertEqual((found.sender.name, found.sender.email, found.date), (*SENDER, DATE))
                    self.assertEqual(get_body(text, found, is_html=False), "Dear Ann")
                    self.assertEqual(get_note(text, found, is_html=False).strip(), "Yes")
                    self.assertFalse(find(text, f"{answer}: Hi"))

    def test_prefixes(self):
        for subject in (
            "FW: a",
            "Fwd: a",
            "fw : a",
            "WG: AW: a",
            "[EXT] TR: a",
            "Fwd[2]: a",
            "[Fwd: a]",
            "İLT: a",
            "转发：a",
        ):
            self.assertTrue(is_forward_subject(subject), subject)
        for subject in ("", "a", "RE: FW: a", "AW: WG: a", "НА: a", "Forward: a", "FW", "a: FW: b", "[FW] a"):
            self.assertFalse(is_forward_subject(subject), subject)
        self.assertTrue(is_forward_subject("VS: a", ["da"]))
        self.assertFalse(is_forward_subject("VS: a", ["fi"]))

    def test_rules(self):
        """No label is that of two fields, and every language has all of them."""
        fields = {}
        for language in LANGUAGES:
            for name in FIELDS:
                for label in split(getattr(language, name)):
                    self.assertEqual(fields.setdefault(fold(label), name), name, f"{language.code}: {label}")
            for name in ("sender", "date", "subject", "to", "cc", "forwarded", "original", "wrote"):
                self.assertTrue(getattr(language, name), f"{language.code}: {name}")
        self.assertEqual([language.code for language in LANGUAGES], ["en", *(code for code in WORDS if code != "en")])

    # ------------------------------------------------------------
    # LEVELS AND BOUNDS
    # ------------------------------------------------------------

    def test_levels(self):
        """A forwarded mail in a forwarded mail is read with the subject of the latter."""
        outer = OUTLOOK.replace("Joe <joe@b.example>", "Sam <sam@acme.example>")
        inner = f"please\n\n{OUTLOOK}\n\nText"
        levels = find(f"fyi\n\n{outer.replace('Hi', 'FW: Hi')}\n\n{inner}", "FW: Hi")
        self.assertEqual([level.sender.email for level in levels], ["sam@acme.example", "joe@b.example"])
        self.assertEqual([level.subject for level in levels], ["FW: Hi", "Hi"])
        for subject in ("RE: Hi", "Hi"):  # what Sam answered was not forwarded by Sam
            levels = find(f"fyi\n\n{outer.replace('Hi', subject)}\n\n{inner}", "FW: Hi")
            self.assertEqual([level.sender.email for level in levels], ["sam@acme.example"])

    def test_levels_in_html(self):
        inner = outlook("de", WORDS["de"])
        outer = replace(
            outlook("de", WORDS["de"]), html=outlook("de", WORDS["de"]).html.replace(SENDER[1], "sam@acme.example")
        )
        text = outer.html.replace(SUBJECT, f"WG: {SUBJECT}").replace(f"<p>{BODY[0]}</p>", f"<div>{inner.html}</div>")
        levels = find(bound_html(text).content, "WG: x", is_html=True)
        self.assertEqual([level.sender.email for level in levels], ["sam@acme.example", SENDER[1]])

    def test_many_levels(self):
        text = f"{TITLE}\n{BLOCK}\n\n" * 20
        self.assertEqual(len(find(text)), MAX_LEVELS)

    def test_several_texts(self):
        """Texts before the one with the block are the user's; a text that quotes an answer ends the search."""
        forwarded = make_text(f"{TITLE}\n{BLOCK}")
        answer = make_text("On Oct 27, 2021 at 9:31 AM Ann <ann@acme.example> wrote:\n> a")
        self.assertEqual(find_forwarded([make_text("fyi"), forwarded]).index, 1)
        self.assertIsNone(find_forwarded([answer, forwarded], "Re: Hi"))
        self.assertIsNone(find_forwarded([], "FW: Hi"))

    def test_unknown_fields(self):
        """Lines with unknown labels are no part of the field before them; the subject stays as it was written."""
        block = BLOCK.replace("Hi", "报价：你好").replace("Subject", "Ref: 27 May 2020 10:00\nSubject")
        [found] = find(f"{TITLE}\n{block}")
        self.assertEqual((found.subject, found.date_text), ("报价：你好", "Wed, Oct 27, 2021 at 9:31 AM"))

    def test_original(self):
        """A forwarded mail of one of us is looked through, one of an unknown sender is not."""
        blocks = [BLOCK.replace("joe@b.example", sender) for sender in ("sam@acme.example", "", "joe@b.example")]
        text = "\n\n".join(f"{TITLE}\n{block}" for block in blocks)
        found = find_forwarded([make_text(text)])
        self.assertEqual(found.find_original(lambda email: False), found.levels[0])
        self.assertEqual(found.find_original(lambda email: email == "sam@acme.example"), found.levels[1])
        found = find_forwarded([make_text(text.replace("<>", "<lee@acme.example>"))])
        self.assertEqual(found.find_original(lambda email: email.endswith("@acme.example")), found.levels[2])
        self.assertEqual(found.find_original(lambda email: True), found.levels[2])

    def test_split_texts(self):
        texts = [make_text("fyi"), make_text(f"Sam<br>{FORWARDED_HTML}<br><br>Text", is_html=True), make_text("more")]
        found = find_forwarded(texts)
        note, body = split_texts(texts, found.index, found.levels[0])
        self.assertEqual([text.text for text in note], ["fyi", "Sam<br>"])
        self.assertEqual([(text.text, text.is_html) for text in body], [("Text", True), ("more", False)])

    def test_end_of_quote(self):
        quoted = f"\n{TITLE}\n{BLOCK}\n\nText\nmore".replace("\n", "\n> ")
        text = f"fyi{quoted}\n\nSam\nACME"
        [found] = find(text, "Fwd: Hi")
        self.assertEqual(get_body(text, found, is_html=False), "Text\nmore")

    def test_parts_of_html_are_whole(self):
        """Elements around a cut are closed above it and opened below it."""
        text = f'<div style="color: red"><p>fyi<b><br>{FORWARDED_HTML}<br>Text</b></p></div>'
        [found] = find(text, is_html=True)
        self.assertEqual(get_note(text, found, is_html=True), '<div style="color: red"><p>fyi<b><br></b></p></div>')
        self.assertEqual(get_body(text, found, is_html=True), '<div style="color: red"><p><b>Text</b></p></div>')

    def test_plain_text_in_html(self):
        text = f"<pre>fyi\n\n{TITLE}\n{BLOCK.replace('<', '&lt;')}\n\nText\nmore</pre>"
        [found] = find(text, is_html=True)
        self.assertEqual(get_note(text, found, is_html=True), "<pre>fyi\n\n</pre>")
        self.assertEqual(get_body(text, found, is_html=True), "<pre>Text\nmore</pre>")

    def test_quotation_in_html(self):
        """A forwarded mail in what someone answers, with an introduction of an unknown kind."""
        text = f"Yes<br>Ann:<blockquote>{FORWARDED_HTML}<br>Text</blockquote>"
        self.assertFalse(find(text, "Re: Hi", is_html=True))
        self.assertTrue(find(text, "Fwd: Hi", is_html=True))

    def test_long_texts(self):
        """What is looked at is limited, what is returned is not."""
        text = f"{TITLE}\n{BLOCK}\n\n" + "Text\n" * MAX_LENGTH
        [found] = find(text)
        self.assertEqual(found.end, len(text))
        self.assertFalse(find(" " * MAX_LENGTH + text))

    # ------------------------------------------------------------
    # PUBLIC MAILS
    # ------------------------------------------------------------

    def test_corpus(self):
        """Bodies of crisp-oss/email-forward-parser, if `./dev test --corpus` names their folder."""
        paths = sorted(Path(CORPUS).rglob("*_body*.txt")) if CORPUS else ()
        if not paths:
            self.skipTest("no bodies of forwarded mails: ./dev test --corpus DIR")
        table, total = defaultdict(Counter), Counter()
        for path in paths:
            with self.subTest(path.name):
                client, language = _BODY_NAME.match(path.name).groups("en")
                result = Counter(self._check_body(path), bodies=1)
                table[client, language] += result
                total += result
        sys.__stdout__.write(f"\n{'mail program':<22}{'language':<10}{'bodies':>8}{'sender':>8}{'all':>8}\n")
        for (client, language), counts in [*sorted(table.items()), (("in total", ""), total)]:
            numbers = "".join(f"{counts[name]:>8}" for name in ("bodies", "sender", "all"))
            sys.__stdout__.write(f"{client:<22}{language:<10}{numbers}\n")
        sys.__stdout__.flush()
        self.assertGreaterEqual(total["sender"], 0.97 * total["bodies"])
        self.assertGreaterEqual(total["all"], 0.95 * total["bodies"])

    def _check_body(self, path):
        """Check that a body gives no wrong sender.

        :return: whether it gives the right sender, and whether everything else is right as well; of an answer and of a
            mail without a clear sender, none is right
        """
        text, variant = path.read_text(), path.stem.partition("_variant_")[2]
        known = path.with_name(f"{path.stem.replace('_body', '_subject')}.txt")
        is_answer = variant == "4"
        subject = known.read_text() if known.exists() else f"{'Re' if is_answer else 'Fw'}: Integer consequat non purus"
        levels = find(text, subject)
        if is_answer:
            self.assertFalse(levels)
            return {"sender": 1, "all": 1}
        found = levels[0]
        # one has no address; in two, someone sent it in the name of someone else
        has_sender = variant not in ("9", "10", "12")
        self.assertEqual(found.sender.email, "john.doe@acme.com" if has_sender else "")
        self.assertTrue(get_body(text, found, is_html=False).lstrip("> \n\ufeff").startswith("Aenean quis diam urna."))
        self.assertIn(found.date.year, (2021, 2022, 2023))
        if not path.name.startswith("outlook_2019"):  # it writes only sender and date
            self.assertEqual(found.subject, "Integer consequat non purus")
            self.assertEqual(
                found.to[0].name if variant == "12" else found.to[0].email,
                "Bessie Berry" if variant == "12" else "bessie.berry@acme.com",
            )
        # those sent in the name of someone else have a sender, who is left out on purpose
        has_right_sender = has_sender or variant == "12"
        return {"sender": has_right_sender, "all": has_right_sender}

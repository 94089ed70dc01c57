"""Properties that hold for any text: nothing raises, ranges are in order, no address is invented."""

from hypothesis import given, settings
from hypothesis import strategies as st
from odoo.tests import BaseCase, tagged

from ..tools.forward import get_body, get_note
from ..tools.forward_lines import split_lines
from .forward_mails import find, list_samples

for_any = settings(max_examples=300, deadline=None, database=None, derandomize=True)

LINES = sorted({line for sample in list_samples() for line in sample.plain.split("\n")})
PIECES = st.one_of(
    st.sampled_from(LINES),
    st.sampled_from(["From: ", "To: ", "Subject: ", "Date: ", "27.10.2021 09:31", "wrote:", "FW: ", "> ", "-----"]),
    st.sampled_from(["joe@b.example", "<joe@b.example>", "[mailto:joe@b.example]", "=?utf-8?q?joe=40b.example?="]),
    st.sampled_from(["\u200f", "\ufeff", "\u00a0", "\uff1a", "\ud800", "\x00", "\r", ";", ",", "(", '"', "'", "*"]),
    st.text(max_size=5),
)
ENDS = st.sampled_from(["\n", "\n", "\n", "", " ", "\n\n", "\n> ", "\r\n"])
TEXTS = st.lists(st.tuples(PIECES, ENDS).map("".join), max_size=25).map("".join)
TAGS = st.sampled_from(
    ["<div>", "</div>", "<br>", "<p>", "<b>", "</b>", "<table>", "<tr>", "<td>", "</table>", "<pre>", "</pre>", "<hr>"]
) | st.sampled_from(
    ['<blockquote type="cite">', "</blockquote>", '<div class="gmail_quote">', "<li>", "&lt;", "&#64;", "<!--", "<"]
)
HTML = st.lists(TAGS | PIECES | PIECES.map(lambda text: text.replace("<", "&lt;")), max_size=40).map("".join)
SUBJECTS = st.sampled_from(["", "FW: x", "WG: x", "Re: x"])


@tagged("post_install", "-at_install")
class TestForwardProperties(BaseCase):
    def _check(self, text, subject, is_html):
        levels = find(text, subject, is_html)
        shown = " ".join(line.text for line in split_lines(text, is_html=is_html).lines).casefold()
        bounds = [0]
        for level in levels:
            bounds += [level.start, level.body_start]
            for address in (level.sender, *level.to, *level.cc, *level.reply_to):
                self.assertIn(address.email.casefold(), shown)
            get_note(text, level, is_html=is_html)
            get_body(text, level, is_html=is_html)
        bounds += [level.end for level in reversed(levels)]
        self.assertEqual(bounds, sorted(bounds))
        self.assertLessEqual(bounds[-1], len(text))

    @for_any
    @given(TEXTS, SUBJECTS)
    def test_plain_text(self, text, subject):
        self._check(text, subject, False)

    @for_any
    @given(HTML, SUBJECTS)
    def test_html(self, html, subject):
        self._check(html, subject, True)

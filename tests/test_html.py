"""HTML that parsers choke on."""

from odoo.tests import BaseCase, tagged

from ..tools import html


@tagged("post_install", "-at_install")
class TestHtml(BaseCase):
    def test_text_of_html(self):
        for source, expected in (
            ("a<br>b<br/><br>c &amp; d", "a\nb\n\nc & d"),
            ("<p>Hi</p>\r\n<p>Bye</p>", "Hi\n\nBye\n"),
            # what no browser shows
            ("<p>Hi</p><script>alert(1)</script><p>Bye</p>", "Hi\nBye\n"),
            ("Hi<style>p {}</style>, <TITLE>t</TITLE>you", "Hi, you"),
            ("a<!-- no -->b", "ab"),
            ("<script>1<script>2</script>b", "b"),
            # what never ends is shown, for somebody may have written it
            ("Hi<script>and on", "Hiand on"),
            ("a<script>1</script>b<script>open <style>x</style>", "abopen"),
            ("a<!-- open", "a open"),
            # a letter that is longer in lower case
            ("\u0130<style>x</style>y", "\u0130y"),
        ):
            with self.subTest(source):
                self.assertEqual(html.html_to_text(source), expected)

    def test_is_sound(self):
        for name, source, expected in (
            ("short", "<p>" * 3, True),
            ("too long", "x" * 1001, False),
            ("too long in UTF-8", "\u20ac" * 400, False),
            ("nothing to parse", "<!-- -->" * 60, True),
            ("nested", "<div>" * (html.MAX_DEPTH - 2), True),
        ):
            with self.subTest(name):
                self.assertEqual(html.is_sound(source, 1000), expected)
        self.assertFalse(html.is_sound("<p>" * (html.MAX_ELEMENTS + 1), html.MAX_BYTES))
        self.assertFalse(html.is_sound("<div>" * (html.MAX_DEPTH + 1), html.MAX_BYTES))
        self.assertFalse(html.is_sound("<" * 10_000, html.MAX_BYTES))
        self.assertFalse(html.is_sound("<p>" + "\n>quoted" * 20_000, html.MAX_BYTES))

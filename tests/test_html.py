"""Bounding of HTML, and its text."""

from odoo.tests import BaseCase, tagged

from ..tools import html, html_text


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
            # what never ends is shown, because it may be text
            ("Hi<script>and on", "Hiand on"),
            ("a<script>1</script>b<script>open <style>x</style>", "abopen"),
            ("a<!-- open", "a open"),
            # a letter that is longer in lower case
            ("\u0130<style>x</style>y", "\u0130y"),
        ):
            with self.subTest(source):
                self.assertEqual(html.html_to_text(source), expected)

    def test_visible_text_of_html(self):
        for source, expected in (
            ("<p>Hi</p>", True),
            ("<title>x</title><style>p {}</style><script>x</script><!-- x --><p><br>", False),
            ("<p>&nbsp;&#8203;</p>\u200b", False),
            ("<p><b></b> <i>\n</i>x", True),
            ("", False),
            # what never ends is text
            ("<script>x", True),
        ):
            with self.subTest(source):
                self.assertEqual(html_text.has_text(source), expected)

    def test_recurring_tags(self):
        """A recurring tag gives the same result each time."""
        for unit, expected in (
            ("<p class=a style='color:red;x'>x</p>", '<p class="a" style="color:red">x</p>'),
            ("<o:p>x</o:p><td/>", "x<td></td>"),
            ("<b title='>'>x</b>", '<b title="&gt;">x</b>'),
            ("<script>x</script>y", "y"),
            ("<img src='data:image/gif;base64,AAAA'>", '<img src="cid:{cid}">'),
            ("< b>", "&lt; b&gt;"),
        ):
            with self.subTest(unit):
                bound = html.bound_html(unit * 3)
                cid = "".join(picture.cid for picture in bound.pictures)
                self.assertEqual(bound.content, expected.format(cid=cid) * 3)
        # a quote that ends in another tag
        self.assertEqual(html.bound_html("<p title='x>a<p title='x>b").content, '<p title="x&gt;a&lt;p title=">b')

    def test_bound(self):
        for source, expected in (
            ("<p>Hi <b>you</b><br></p>", "<p>Hi <b>you</b><br></p>"),
            # as browsers read it
            ("<P CLASS=a Class=b nowrap>x</P >", '<p class="a" nowrap="">x</p>'),
            ("a < b && c > d, <3", "a &lt; b &amp;&amp; c &gt; d, &lt;3"),
            ("<td/><br/><hr />", "<td></td><br><hr>"),
            ("<a href=x/>y</a>", '<a href="x/">y</a>'),
            ("<a title='>' href='a\"b&amp;c'>x</a>", '<a title="&gt;" href="a&quot;b&amp;c">x</a>'),
            ("&euro;&#8364;&amp;lt;&nbsp;", "\u20ac\u20ac&amp;lt;\xa0"),
            ('<a href="?a&section=1&copy;&lt=2">&sect</a>', '<a href="?a&amp;section=1\u00a9&amp;lt=2">\u00a7</a>'),
            # left out of logged emails
            ("<html><head><title>t</title><meta charset=x></head><body class=x>x</body></html>", "x"),
            ("a<!-- <b> --><!--->b<!-->c<![if x]>d<![endif]>e<?xml x?>f", "abcdef"),
            ("<custom>a</custom><o:p>b</o:p><form>c<input>d</form>", "abcd"),
            ("<script>1<b></script>a<style>b{}</style><select><option>c</select>d", "ad"),
            ('<p onclick="x" data-x="y" id="i">x</p>', '<p id="i">x</p>'),
            # what is not closed
            ('<a href="x>y</a>z', "<a>y</a>z"),
            ("a<!-- b", "a b"),
            ("a<script>b", "ab"),
            ('a<td style="co', 'a&lt;td style="co'),
            ("write to <john@acme.example> please", "write to &lt;john@acme.example&gt; please"),
            # styles: what sanitisers read in one pass, and what loads nothing
            (
                """<p style="color:red;x; font-family : 'A B', &quot;C&quot;;a:url(x);width:1px'x;y:&quot;">x</p>""",
                """<p style="color:red;font-family:'A B', &quot;C&quot;;width:1px">x</p>""",
            ),
            (f"<p style='{'x' * 40_000}'>x</p>", "<p>x</p>"),
            (f"<p title='{'x' * 40_000}'>x</p>", "<p>x</p>"),
        ):
            with self.subTest(source):
                bound = html.bound_html(source)
                self.assertEqual((bound.content, bound.is_html), (expected, True))
                self.assertEqual(html.bound_html(expected), html.BoundHtml(expected, is_html=True), "again")

    def test_pictures_in_html(self):
        source = (
            '<p><img src=" data:image/x-png;charset=a;base64,iVBO\nRw0K"><img src=data:image/x-png;base64,iVBORw0K></p>'
        )
        bound = html.bound_html(source)
        [picture] = bound.pictures
        self.assertEqual(bound.content, f'<p><img src="cid:{picture.cid}"><img src="cid:{picture.cid}"></p>')
        self.assertEqual((picture.name, picture.content), ("picture-1.png", b"\x89PNG\r\n"))
        drawing = html.bound_html('<img src="data:image/svg+xml;base64,iVBO">')
        self.assertEqual((drawing.content, drawing.pictures[0].name), ("<img>", "picture-1.svg"), "a file only")
        for bad in ("png,iVBO", "png;base64,", "png;base64,?"):
            self.assertEqual(html.bound_html(f'<img src="data:image/{bad}">').pictures, [])
        many = "".join(f'<img src="data:image/gif;base64,{n:04}">' for n in range(2 * html.MAX_PICTURES))
        self.assertEqual(len(html.bound_html(many).pictures), html.MAX_PICTURES)
        # not counted, however large
        large = html.bound_html(f'<img src="data:image/gif;base64,{"AAAA" * 3_000_000}">', 1000)
        self.assertEqual(len(large.pictures[0].content), 9_000_000)
        # a text is none
        self.assertEqual(
            html.bound_html('data:image/gif;base64,AAAA"').content, 'data:<wbr></wbr>image/gif;base64,AAAA"'
        )

    def test_what_becomes_text(self):
        for name, source in {
            "too long": "<b>x</b>" * 126,
            "too long in UTF-8": "\u20ac" * 400,
            "too many elements": "<b>" * 101,
            "nested too deep": "<div>" * (html.MAX_DEPTH + 1) + "x",
            "a long tag without end": f"x<b title={'x' * 2000}",
        }.items():
            with self.subTest(name):
                limits = {} if "deep" in name else {"max_bytes": 1000, "max_elements": 100}
                bound = html.bound_html(source, **limits)
                self.assertEqual((bound.content, bound.is_html), (html.html_to_text(source), False))
        nested = "<div>" * (html.MAX_DEPTH - 2) + "x" + "</div>" * (html.MAX_DEPTH - 2)
        self.assertEqual(html.bound_html(nested), html.BoundHtml(nested, is_html=True))

    def test_what_odoo_cannot_read_as_it_came(self):
        for source, expected in (
            ("<p class='x' style='color:red'>x</p><br>" * 3_000, False),
            (f"<a href='{'x' * 2_000}'>x</a>", False),
            (f"<a href='{'x' * 10_000}'>x</a>", True),
            ("<" * 10_000, True),
            ("<form>" * 10_000, True),
            ("<div>" * 300, True),
        ):
            with self.subTest(source[:50]):
                self.assertEqual(html.bound_html(source).is_heavy, expected)

    def test_text(self):
        self.assertEqual(
            html.text_to_html("a < b\r\n> c\x00"), '<pre style="white-space: pre-wrap">a &lt; b\n&gt; c</pre>'
        )

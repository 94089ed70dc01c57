"""Remote pictures: the hosts that the server may contact because of a stranger's URL, and the content it accepts."""

import base64
import http.server
import ipaddress
import socket
import ssl
import tempfile
import threading
from io import BytesIO
from pathlib import Path
from unittest.mock import patch

from odoo.tests import BaseCase, tagged
from PIL import Image

from ..tools import picture as fetching
from ..tools.picture import MAX_BYTES, MAX_HOPS, Network, Picture, PictureError, fetch_picture, is_public
from .certificates import make_certificate

ELSEWHERE = "93.184.216.34"
OWN = "93.184.216.99"


def draw(kind):
    """Return a picture in a format."""
    with BytesIO() as file:
        Image.new("RGB", (2, 2), "red").save(file, kind)
        return file.getvalue()


GIF = draw("GIF")


class FakeWeb(Network):
    """A fake internet: names with addresses, all of them served by the server of the test."""

    def __init__(self, port=0, hosts=None, local=()):
        self.port = port
        self.hosts = {"pictures.example": [ELSEWHERE], "odoo.example": [OWN], **(hosts or {})}
        self.local = {ipaddress.ip_address(address) for address in local}
        self.resolved, self.connected = [], []
        self.authority = None

    def resolve(self, host, port):
        self.resolved.append(host)
        if host.endswith(".example"):
            if host not in self.hosts:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            return [ipaddress.ip_address(address) for address in self.hosts[host]]
        return super().resolve(host, port)  # numeric addresses, and localhost

    def get_local_addresses(self):
        return self.local | super().get_local_addresses()

    def connect(self, address, port):
        self.connected.append((str(address), port))
        return socket.create_connection(("127.0.0.1", self.port), 10)

    def build_tls_context(self):
        context = super().build_tls_context()
        if self.authority:
            context.load_verify_locations(self.authority)
        return context


class PictureServer(http.server.ThreadingHTTPServer):
    """Answers by path; each answer is a function that gets the handler."""

    daemon_threads = True

    def __init__(self, answers=None):
        super().__init__(("127.0.0.1", 0), PictureHandler)
        self.answers = {"/p.gif": serve(GIF), **(answers or {})}
        self.seen = []
        self.released = threading.Event()

    def handle_error(self, *_arguments):
        """Don't report clients that disconnect: they should."""


class PictureHandler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen.append((self.path, self.headers))
        self.server.answers[self.path](self)

    def log_message(self, *_arguments):
        """Print nothing."""


def serve(content, status=200, **headers):
    """Return a response."""

    def answer(handler):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def redirect(location, status=302):
    """Return a redirect."""
    return serve(b"", status, Location=location)


def drip(*, head):
    """Return a response that never ends, and never pauses for long."""

    def answer(handler):
        handler.wfile.write(b"HTTP/1.0 200 OK\r\nA: " if head else b"HTTP/1.0 200 OK\r\n\r\nGIF89a")
        while not handler.server.released.wait(0.01):
            handler.wfile.write(b"x")

    return answer


class PictureCase(BaseCase):
    def _serve(self, server=None):
        server = server or PictureServer()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.addCleanup(server.released.set)
        return server


@tagged("post_install", "-at_install")
class TestPicture(PictureCase):
    def setUp(self):
        super().setUp()
        self.server = self._serve()
        self.web = FakeWeb(self.server.server_port)

    def _fetch(self, url="http://pictures.example/p.gif", **values):
        return fetch_picture(url, ["odoo.example"], self.web, **values)

    def assertRefused(self, url, reason=None):
        """Check that there is no picture, and return the addresses of the connections."""
        self.web.connected.clear()
        with self.assertRaises(PictureError) as caught:
            self._fetch(url)
        if reason:
            self.assertEqual(str(caught.exception), reason)
        return self.web.connected

    # ------------------------------------------------------------
    # WHERE
    # ------------------------------------------------------------

    def test_request(self):
        """The request reveals nothing about the reader, and goes to the address that was checked."""
        self.assertEqual(self._fetch(), Picture(GIF, "image/gif"))
        [(path, headers)] = self.server.seen
        self.assertEqual(path, "/p.gif")
        self.assertEqual(headers["Host"], "pictures.example")
        self.assertEqual({name.lower() for name in headers}, {name.lower() for name in fetching.HEADERS} | {"host"})
        self.assertEqual(self.web.connected, [(ELSEWHERE, 80)])
        self.assertEqual(self.web.resolved.count("pictures.example"), 1, "no second answer of the DNS counts")

    def test_no_proxy(self):
        with patch.dict("os.environ", {"http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}):
            self.assertTrue(self._fetch())

    FORBIDDEN = (
        "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "017700000001", "localhost",
        "0.0.0.0", "0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "100.100.100.200", "169.254.169.254",  # noqa: S104 requested, not bound
        "2852039166", "0xa9fea9fe", "192.0.0.192", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "168.63.129.16", "192.88.99.1", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:8.8.8.8]",
        "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::a00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[fe80::1]",
        "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[2001:db8::1]",
        # names with such an address, alone and among others
        "private.example", "half.example", "metadata.example", "mapped.example",
        # this Odoo, by its name, by its address, and by another name that has it
        "odoo.example", "ODOO.example", "odoo.example.", OWN, "alias.example",
        # an address that this machine has
        "93.184.216.1",
    )  # fmt: skip

    def _forbid(self):
        self.web.hosts |= {
            "private.example": ["10.1.2.3"],
            "half.example": [ELSEWHERE, "127.0.0.1"],
            "metadata.example": ["169.254.169.254"],
            "mapped.example": ["::ffff:10.0.0.1"],
            "alias.example": [OWN],
        }
        self.web.local = {ipaddress.ip_address("93.184.216.1")}

    def test_forbidden_places(self):
        """Requested directly or by a redirect: no connection is made."""
        self._forbid()
        for host in self.FORBIDDEN:
            for path in ("/p.gif", "/web/session/logout"):
                with self.subTest(host=host, path=path):
                    self.assertEqual(self.assertRefused(f"http://{host}{path}"), [])
                    self.server.answers["/away"] = redirect(f"http://{host}{path}")
                    self.assertEqual(self.assertRefused("http://pictures.example/away"), [(ELSEWHERE, 80)])
        self.assertEqual({path for path, _headers in self.server.seen}, {"/away"})

    def test_no_web(self):
        """Other schemes and ports, logins, and invalid URLs."""
        for url in (
            "", "x", "/web/session/logout", "//pictures.example/p.gif", "file:///etc/passwd", "file://pictures.example/x",
            "ftp://pictures.example/p.gif", "gopher://pictures.example/p.gif", "data:image/gif;base64,R0lGODlh",
            "javascript:alert(1)", "http://", "http:///p.gif", "http://pictures.example:8069/p.gif",
            "http://pictures.example:443/p.gif", "https://pictures.example:80/p.gif", "http://pictures.example:0/p.gif",
            "http://pictures.example:x/p.gif", "http://a@pictures.example/p.gif", "http://a:b@pictures.example/p.gif",
            "http://pictures.example@127.0.0.1/p.gif", "http://127.0.0.1#@pictures.example/", "http://[::1/p.gif",
            "http://127.0.0.1\\@pictures.example/p.gif", "http://pictures.example\r\nX: y/p.gif", "http://\0/p.gif",
            "http://nowhere.example/p.gif", f"http://{'a' * 300}.example/p.gif", "http://../p.gif", "http://%00/p.gif",
        ):  # fmt: skip
            with self.subTest(url):
                self.assertEqual(self.assertRefused(url), [])
                if ":" in url and "///" not in url and not url.endswith("//"):  # those name the same host once more
                    self.server.answers["/away"] = redirect(url.replace("\r\n", "%0d%0a").replace("\0", "%00"))
                    self.assertEqual(self.assertRefused("http://pictures.example/away"), [(ELSEWHERE, 80)])

    def test_nothing_is_smuggled_into_the_request(self):
        for end in ("?a=b\r\nX: y", "/ HTTP/1.1\r\nX: y\r\n\r\n", "/\0\x7f", "/ü", "/a b", "#x"):
            with self.subTest(end):
                self.server.seen.clear()
                self.server.answers = {}
                self.assertRefused(f"http://pictures.example/p.gif{end}")
                [(path, headers)] = self.server.seen
                self.assertTrue(path.startswith("/p.gif") and path.isascii() and path.isprintable(), path)
                self.assertFalse(headers["X"])

    def test_redirects(self):
        for name, location in {
            "another path": "/p.gif",
            "relative": "p.gif",
            "without a scheme": "//pictures.example/p.gif",
            "the usual port": "http://pictures.example:80/p.gif",
            "with a fragment": "/p.gif#top",
        }.items():
            for status in fetching.REDIRECTS:
                with self.subTest(name, status=status):
                    self.server.answers["/away"] = redirect(location, status)
                    self.assertEqual(self._fetch("http://pictures.example/away").content, GIF)

    def test_many_redirects(self):
        for hops in range(1, MAX_HOPS + 2):
            self.server.answers[f"/{hops}"] = redirect(f"/{hops - 1}" if hops > 1 else "/p.gif")
        self.assertTrue(self._fetch(f"http://pictures.example/{MAX_HOPS - 1}"))
        self.server.answers["/loop"] = redirect("/loop")
        for path in (MAX_HOPS, "loop"):
            self.assertEqual(len(self.assertRefused(f"http://pictures.example/{path}", "too many redirects")), MAX_HOPS)

    def test_each_hop_is_checked_anew(self):
        """A name whose address changes a moment later."""
        self.server.answers["/away"] = redirect("http://pictures.example/p.gif")
        answers = [[ipaddress.ip_address(address)] for address in ("127.0.0.1", ELSEWHERE)]
        with patch.object(self.web, "resolve", lambda _host, _port: answers.pop()):
            self.web.get_local_addresses = set
            with self.assertRaises(PictureError):
                fetch_picture("http://pictures.example/away", (), self.web)
        self.assertEqual(self.web.connected, [(ELSEWHERE, 80)])

    def test_next_address(self):
        """One of the addresses of a host may be unreachable."""
        connect = self.web.connect

        def try_to_connect(address, port):
            if address.version == 6:
                raise OSError
            return connect(address, port)

        self.web.connect = try_to_connect
        self.web.hosts["pictures.example"] = ["2606:2800:220:1::1", ELSEWHERE]
        self.assertTrue(self._fetch())

    def test_public(self):
        for address in (ELSEWHERE, "8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e"):
            self.assertTrue(is_public(ipaddress.ip_address(address)), address)

    def test_this_machine(self):
        self.assertIn(ipaddress.ip_address("127.0.0.1"), Network().get_local_addresses())

    # ------------------------------------------------------------
    # TLS
    # ------------------------------------------------------------

    def _serve_securely(self, name):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        certificate = Path(folder.name) / "server.pem"
        certificate.write_bytes(make_certificate(name))
        server = PictureServer()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        self.web = FakeWeb(self._serve(server).server_port)
        return certificate

    def test_certificate(self):
        authority = self._serve_securely("pictures.example")
        self.assertRefused("https://pictures.example/p.gif", "SSLCertVerificationError")
        self.web.authority = authority
        self.assertEqual(self._fetch("https://pictures.example/p.gif").content, GIF)
        self.assertEqual(self.web.connected[-1], (ELSEWHERE, 443))

    def test_certificate_of_another_host(self):
        self.web.authority = self._serve_securely("other.example")
        self.assertRefused("https://pictures.example/p.gif", "SSLCertVerificationError")

    # ------------------------------------------------------------
    # WHAT
    # ------------------------------------------------------------

    def test_types(self):
        """The bytes decide, not the type declared by the server."""
        webp = base64.b64decode("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
        for kind, content in {**{kind: draw(kind) for kind in ("BMP", "GIF", "JPEG", "PNG")}, "WEBP": webp}.items():
            for said in (f"image/{kind.lower()}", "text/html", "image/svg+xml", ""):
                with self.subTest(kind, said=said):
                    self.server.answers["/p.gif"] = serve(content, Content_Type=said)
                    found = self._fetch()
                    self.assertEqual(found.content, content)
                    self.assertIn(found.mimetype, (f"image/{kind.lower()}", f"image/x-ms-{kind.lower()}"))

    def test_no_picture(self):
        svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='evil()'/>"
        for name, content in {
            "nothing": b"",
            "svg": svg,
            "svg with a declaration": b"<?xml version='1.0'?>" + svg,
            "html": b"<html><script>evil()</script>",
            "half a signature": b"GIF",
            "pdf": b"%PDF-1.4",
            "tiff": b"II*\0\x08\0\0\0" + bytes(40),
            "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        }.items():
            with self.subTest(name):
                self.server.answers["/p.gif"] = serve(content, Content_Type="image/gif")
                self.assertRefused("http://pictures.example/p.gif")

    def test_status(self):
        for status in (201, 203, 206, 300, 304, 401, 404, 407, 500):
            with self.subTest(status):
                self.server.answers["/p.gif"] = serve(GIF, status)
                self.assertRefused("http://pictures.example/p.gif", f"status {status}")

    def test_size(self):
        for size, is_shown in ((MAX_BYTES, True), (MAX_BYTES + 1, False), (3 * MAX_BYTES, False)):
            self.server.answers["/p.gif"] = serve(GIF + bytes(size - len(GIF)))
            with self.subTest(size):
                if is_shown:
                    self.assertEqual(len(self._fetch().content), size)
                else:
                    self.assertRefused("http://pictures.example/p.gif", "too large")

    # ------------------------------------------------------------
    # HOW LONG
    # ------------------------------------------------------------

    def test_slow_servers(self):
        """The request and the thread end in time, whatever the server does."""
        self.server.answers |= {
            "/silence": lambda handler: handler.server.released.wait(),
            "/head": drip(head=True),
            "/body": drip(head=False),
        }
        for path in ("/silence", "/head", "/body"):
            with self.subTest(path), patch.object(fetching, "TOTAL_SECONDS", 0.2):
                ended = threading.Event()
                run = fetching._Fetch.run

                def run_and_tell(fetch, url, run=run, ended=ended):
                    try:
                        return run(fetch, url)
                    finally:
                        ended.set()

                with patch.object(fetching._Fetch, "run", run_and_tell):
                    self.assertRefused(f"http://pictures.example{path}", "TimeoutError")
                self.assertTrue(ended.wait(60))

    def test_slow_dns(self):
        """The thread has to wait for DNS; the request does not, and no connection is made afterwards."""
        asked, ended = threading.Event(), threading.Event()

        def resolve(host, _port):
            asked.set()
            ended.wait(60)
            return [ipaddress.ip_address(ELSEWHERE)]

        self.web.resolve = resolve
        with patch.object(fetching, "TOTAL_SECONDS", 0.2), self.assertRaises(PictureError):
            fetch_picture("http://pictures.example/p.gif", (), self.web)
        self.assertTrue(asked.is_set())
        ended.set()
        fetching._WORKERS.submit(lambda: None).result(60)
        self.assertEqual(self.server.seen, [])

"""A remote picture of a mail, fetched by the server in the place of its reader.

A stranger wrote the address, and where it leads is the stranger's choice as well: it redirects, and the DNS answers
otherwise each time. So each hop is resolved here, every address it has must be public, and the connection is made to
the very address that was checked. Nothing of the reader goes with the request: no cookie, no referrer, no address.
"""

import ipaddress
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urljoin

import psutil
from odoo.tools.mimetypes import guess_mimetype
from urllib3.util import parse_url

from .limits import MB

MAX_BYTES = 5 * MB
MAX_HOPS = 5
"""Requests for one picture, the first one included."""

TOTAL_SECONDS = 8
"""For all of it; the worker of Odoo that waits is free after that, whatever the other side does."""

CONNECT_SECONDS = 3
MAX_TRIED_ADDRESSES = 3
PORTS = {"http": 80, "https": 443}
REDIRECTS = {301, 302, 303, 307, 308}
HEADERS = {
    "Accept": "image/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
    "User-Agent": "Mozilla/5.0 (compatible)",  # some servers answer nobody without
}
TYPES = {"image/avif", "image/bmp", "image/gif", "image/jpeg", "image/png", "image/webp", "image/x-ms-bmp"}
"""What is shown. No SVG: it is a document that may load more."""

_UNICAST = ipaddress.ip_network("2000::/3")
_NOT_PUBLIC = [
    ipaddress.ip_network(network)
    for network in (
        "168.63.129.16/32",  # the host of a virtual machine at Azure
        "192.0.0.0/24",  # protocols, and the host of one at Oracle
        "192.88.99.0/24",  # relays of 6to4
        "2001::/23",  # Teredo and other protocols
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address in another form
        "3fff::/20",
    )
]

# shared by all requests of the process: this many are under way at once, others wait, within their own time
_WORKERS = ThreadPoolExecutor(8, thread_name_prefix="bcc_dropbox_picture")


class PictureError(Exception):
    """Why there is no picture."""


@dataclass(frozen=True)
class Picture:
    """A picture, and its type as its bytes say."""

    content: bytes
    mimetype: str


class Network:
    """What a fetch asks of the machine that it runs on."""

    def resolve(self, host, port):
        """Return the addresses of a host; what looks like a number is read as the C library does."""
        places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(ipaddress.ip_address(place[4][0]) for place in places))

    def get_local_addresses(self):
        """Return the addresses of this machine, some of which may be public."""
        return {
            ipaddress.ip_address(interface.address)
            for interfaces in psutil.net_if_addrs().values()
            for interface in interfaces
            if interface.family in (socket.AF_INET, socket.AF_INET6)
        }

    def connect(self, address, port):
        """Open a connection to an address."""
        return socket.create_connection((str(address), port), CONNECT_SECONDS)

    def build_tls_context(self):
        """Build what certificates are verified with."""
        return ssl.create_default_context()


def is_public(address):
    """Return whether an address is one of the internet, in the form that it has there."""
    if address.version == 6 and address not in _UNICAST:  # mapped IPv4 and NAT64 included
        return False
    return address.is_global and not address.is_multicast and not any(address in network for network in _NOT_PUBLIC)


def fetch_picture(url, own_hosts=(), network=None):
    """Fetch a remote picture.

    :param str url: with http or https and a host, on the usual port
    :param own_hosts: names of this Odoo, whose addresses no request may reach
    :return: a :class:`Picture`
    :raises PictureError: there is none that may be shown, or not in time
    """
    fetch = _Fetch(network or Network(), own_hosts)
    future = _WORKERS.submit(fetch.run, url)
    try:
        return _recognise(future.result(TOTAL_SECONDS))
    except PictureError:
        raise
    except Exception as error:  # what servers, certificates, pictures and clocks come up with
        raise PictureError(type(error).__name__) from error
    finally:
        future.cancel()
        fetch.stop()


def _recognise(content):
    """Return a picture by its bytes, whatever the server called it."""
    mimetype = guess_mimetype(content)
    if mimetype not in TYPES:
        raise PictureError("no picture")
    return Picture(content, mimetype)


class _Fetch:
    """One fetch, in a thread of its own, since neither the DNS nor a TLS handshake knows a limit for all of it."""

    def __init__(self, network, own_hosts):
        self.network = network
        self.own_hosts = own_hosts
        self.sock = None
        self.is_over = False

    def stop(self):
        """Wake the thread if it still waits for the other side."""
        self.is_over = True
        if self.sock:
            with suppress(OSError):  # closed already
                self.sock.shutdown(socket.SHUT_RDWR)

    def run(self, url):
        """Return the bytes of what an address leads to."""
        forbidden = self.network.get_local_addresses()
        for host in self.own_hosts:
            forbidden.update(self._resolve_own(host))
        for _hop in range(MAX_HOPS):
            scheme, host, target = _parse(url)
            if host in self.own_hosts:
                raise PictureError("own host")
            with self._open(scheme, host, forbidden) as sock:
                location, content = self._ask(sock, host, target)
            if not location:
                return content
            url = urljoin(url, location)
        raise PictureError("too many redirects")

    def _resolve_own(self, host):
        try:
            return self.network.resolve(host, PORTS["https"])
        except OSError:  # known in here only
            return ()

    def _open(self, scheme, host, forbidden):
        """Open a connection to a host, all of whose addresses are allowed."""
        addresses = self.network.resolve(host.strip("[]"), PORTS[scheme])
        if not addresses or not all(is_public(address) and address not in forbidden for address in addresses):
            raise PictureError("not public")
        self._keep(self._connect(addresses[:MAX_TRIED_ADDRESSES], PORTS[scheme]))
        if scheme == "https":
            context = self.network.build_tls_context()
            name = host.strip("[]")
            self._keep(context.wrap_socket(self.sock, server_hostname=name, do_handshake_on_connect=False))
            self.sock.do_handshake()
        return self.sock

    def _keep(self, sock):
        self.sock = sock
        if self.is_over:
            sock.close()
            raise PictureError("too late")

    def _connect(self, addresses, port):
        for address in addresses[:-1]:
            try:
                return self.network.connect(address, port)
            except OSError:  # noqa: PERF203 the next one may be there
                continue
        return self.network.connect(addresses[-1], port)

    def _ask(self, sock, host, target):
        """Ask one server.

        :return: where it says that the picture is, or nothing; and what it sent
        """
        connection = HTTPConnection(host, timeout=CONNECT_SECONDS)
        connection.sock = sock  # so that it opens none by itself
        connection.request("GET", target, headers={**HEADERS, "Host": host})
        response = connection.getresponse()
        location = response.headers.get("Location", "") if response.status in REDIRECTS else ""
        if location:
            return location, b""
        if response.status != 200:
            raise PictureError(f"status {response.status}")
        content = response.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise PictureError("too large")
        return "", content


def _parse(url):
    """Return scheme, host and what to ask the host for."""
    place = parse_url(url)
    if place.scheme not in PORTS or not place.host or place.auth or place.port not in (None, PORTS[place.scheme]):
        raise PictureError("not on the web")
    return place.scheme, place.host.lower(), place.request_uri

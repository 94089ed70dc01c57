"""Fetch remote pictures of a mail on the server instead of in the user's browser.

The URL is untrusted, and so are its redirects and DNS answers, which may change between two queries. Each hop is
resolved here, all of its addresses must be public, and the connection goes to an address that was checked. The request
reveals nothing about the user: no cookie, no referrer, no address.
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
"""Requests for one picture, including the first."""

TOTAL_SECONDS = 8
"""Time limit of a whole fetch, after which the Odoo worker is free again."""

CONNECT_SECONDS = 3
MAX_TRIED_ADDRESSES = 3
PORTS = {"http": 80, "https": 443}
REDIRECTS = {301, 302, 303, 307, 308}
HEADERS = {
    "Accept": "image/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
    "User-Agent": "Mozilla/5.0 (compatible)",  # some servers reject requests without it
}
TYPES = {"image/avif", "image/bmp", "image/gif", "image/jpeg", "image/png", "image/webp", "image/x-ms-bmp"}
"""Types that are displayed. SVG is missing because it may load other content."""

_UNICAST = ipaddress.ip_network("2000::/3")
_NOT_PUBLIC = [
    ipaddress.ip_network(network)
    for network in (
        "168.63.129.16/32",  # Azure: platform services of the host
        "192.0.0.0/24",  # IETF protocols; Oracle Cloud: metadata of the host
        "192.88.99.0/24",  # 6to4 relays
        "2001::/23",  # Teredo and other protocols
        "2001:db8::/32",
        "2002::/16",  # 6to4: contains an IPv4 address
        "3fff::/20",
    )
]

# shared by all requests of the process; further fetches wait, which counts towards their time limit
_WORKERS = ThreadPoolExecutor(8, thread_name_prefix="bcc_dropbox_picture")


class PictureError(Exception):
    """Raised with the reason when a picture cannot be displayed."""


@dataclass(frozen=True)
class Picture:
    """A picture, and its type detected from its bytes."""

    content: bytes
    mimetype: str


class Network:
    """Access to the network, replaced in tests."""

    def resolve(self, host, port):
        """Return the addresses of a host; numeric forms are read as by the C library."""
        places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(ipaddress.ip_address(place[4][0]) for place in places))

    def get_local_addresses(self):
        """Return the addresses of this machine, which may include public ones."""
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
        """Return a context that verifies certificates."""
        return ssl.create_default_context()


def is_public(address):
    """Return whether an address is a public unicast address of the internet."""
    if address.version == 6 and address not in _UNICAST:  # includes mapped IPv4 and NAT64
        return False
    return address.is_global and not address.is_multicast and not any(address in network for network in _NOT_PUBLIC)


def fetch_picture(url, own_hosts=(), network=None):
    """Fetch a remote picture.

    :param str url: http or https URL on the default port
    :param own_hosts: host names of this Odoo, whose addresses must not be reached
    :return: a :class:`Picture`
    :raises PictureError: when there is none that may be displayed, or not in time
    """
    fetch = _Fetch(network or Network(), own_hosts)
    future = _WORKERS.submit(fetch.run, url)
    try:
        return _recognise(future.result(TOTAL_SECONDS))
    except PictureError:
        raise
    except Exception as error:  # of network, TLS, HTTP, image detection, or the timeout
        raise PictureError(type(error).__name__) from error
    finally:
        future.cancel()
        fetch.stop()


def _recognise(content):
    """Return a picture with the type detected from its bytes. The type sent by the server is ignored."""
    mimetype = guess_mimetype(content)
    if mimetype not in TYPES:
        raise PictureError("no picture")
    return Picture(content, mimetype)


class _Fetch:
    """One fetch, in its own thread because neither DNS nor the TLS handshake has an overall time limit."""

    def __init__(self, network, own_hosts):
        self.network = network
        self.own_hosts = own_hosts
        self.sock = None
        self.is_over = False

    def stop(self):
        """Wake the thread if it still waits for the server."""
        self.is_over = True
        if self.sock:
            with suppress(OSError):  # closed already
                self.sock.shutdown(socket.SHUT_RDWR)

    def run(self, url):
        """Return the bytes that a URL leads to."""
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
        except OSError:  # not in the DNS
            return ()

    def _open(self, scheme, host, forbidden):
        """Return a connection to a host if all of its addresses are allowed."""
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
            except OSError:  # noqa: PERF203 try the next address
                continue
        return self.network.connect(addresses[-1], port)

    def _ask(self, sock, host, target):
        """Send one request.

        :return: the target of a redirect, or empty; the content
        """
        connection = HTTPConnection(host, timeout=CONNECT_SECONDS)
        connection.sock = sock  # already connected to a checked address
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
    """Return scheme, host, and path with query."""
    place = parse_url(url)
    if place.scheme not in PORTS or not place.host or place.auth or place.port not in (None, PORTS[place.scheme]):
        raise PictureError("not on the web")
    return place.scheme, place.host.lower(), place.request_uri

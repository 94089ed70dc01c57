"""Runs a program in a separate network with its own name server on a fixed port.

    unshare --net --mount python sandbox.py ZONE RESOLV_CONF PROGRAM [ARGUMENT ...]

ZONE is a file with records in the form of RFC 1035, RESOLV_CONF replaces `/etc/resolv.conf`. The program is
reached by its Unix sockets. It ends when the standard input of this script ends, so it does not outlive the caller.

Needs root and the Python package `dnspython`. It is called by its path and imports nothing from this package.
"""

import contextlib
import os
import pathlib
import signal
import socketserver
import subprocess
import sys
import threading

import dns.message
import dns.rcode
import dns.zone

#: not on the loopback network, which some resolvers don't use
ADDRESS = "192.0.2.53"


class NameServer(socketserver.ThreadingUDPServer):
    """Answers with the records of a zone; all other names do not exist."""

    def __init__(self, zone: str, address: tuple[str, int] = (ADDRESS, 53)):
        super().__init__(address, Answer)
        self.zone = dns.zone.from_text(zone, origin=".", relativize=False, check_origin=False)


class Answer(socketserver.BaseRequestHandler):
    """Responds to one query."""

    def handle(self):
        """Send the response."""
        data, connection = self.request
        query = dns.message.from_wire(data)
        answer = dns.message.make_response(query, recursion_available=True)
        question, zone = query.question[0], self.server.zone
        if rrset := zone.get_rrset(question.name, question.rdtype):
            answer.answer.append(rrset)
        elif not zone.get_node(question.name):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        connection.sendto(answer.to_wire(), self.client_address)


def main(zone: str, resolv_conf: str, *command: str) -> int:
    """Run a command until it or the standard input ends, and return its status."""
    for words in (
        ["ip", "link", "set", "lo", "up"],
        ["ip", "address", "add", f"{ADDRESS}/24", "dev", "lo"],
        ["mount", "--bind", resolv_conf, "/etc/resolv.conf"],
    ):
        subprocess.run(words, check=True)
    server = NameServer(pathlib.Path(zone).read_text())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    program = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    threading.Thread(target=_end_with_input, args=[program], daemon=True).start()
    return program.wait()


def _end_with_input(program):
    sys.stdin.read()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(program.pid, signal.SIGKILL)  # it would take seconds to end after SIGTERM


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""Runs a program in a network of its own, where a name server of our own answers on a port that is always the same.

    unshare --net --mount python sandbox.py ZONE RESOLV_CONF PROGRAM [ARGUMENT ...]

ZONE is a file with records in the form of RFC 1035, RESOLV_CONF what `/etc/resolv.conf` is in there. The program is
reached by its Unix sockets. It ends with the standard input of this script, which so does not outlive who called it.

Needs root, the package `dnspython`, and nothing else of this package: it is called by its path.
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

#: not on the loopback network, where some resolvers ask nobody
ADDRESS = "192.0.2.53"


class NameServer(socketserver.ThreadingUDPServer):
    """Answers with what stands in a zone; names that do not, do not exist."""

    def __init__(self, zone: str):
        super().__init__((ADDRESS, 53), Answer)
        self.zone = dns.zone.from_text(zone, origin=".", relativize=False, check_origin=False)


class Answer(socketserver.BaseRequestHandler):
    """The answer to one question."""

    def handle(self):
        """Send it."""
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
        os.killpg(program.pid, signal.SIGKILL)  # asked to end, it waits for seconds


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

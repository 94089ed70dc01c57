"""A name server of the test's own, and the keys for signatures of its domains."""

import base64
import socket
import threading

import dns.message
import dns.rcode
import dns.rrset
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
)
PUBLIC = base64.b64encode(
    KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
).decode()
DKIM_KEY = f'"v=DKIM1; k=rsa; p={PUBLIC[:200]}" "{PUBLIC[200:]}"'

# the clients of the tests are in 127.0.0.0/8
OUR_SPF, OTHER_SPF = '"v=spf1 ip4:127.0.0.1 -all"', '"v=spf1 ip4:192.0.2.1 -all"'
ZONE = {
    "acme.example": OUR_SPF,
    "_dmarc.acme.example": '"v=DMARC1; p=reject"',
    "key._domainkey.acme.example": DKIM_KEY,
    "strict.example": OUR_SPF,
    "_dmarc.strict.example": '"v=DMARC1; p=none; aspf=s; adkim=s"',
    "sub.strict.example": OUR_SPF,
    "key._domainkey.sub.strict.example": DKIM_KEY,
    # two-level public suffix
    "_dmarc.acme.co.uk": '"v=DMARC1; p=none"',
    "mail.acme.co.uk": OUR_SPF,
    "evil.co.uk": OUR_SPF,
    "spf.example": OUR_SPF,
    "fresh.example": OUR_SPF,
    "soft.example": '"v=spf1 ~all"',
    "other.example": OTHER_SPF,
    "broken.example": '"v=spf1 nonsense:x -all"',
    "many.example": '"v=spf1 -all"\n"v=spf1 +all"',
    "_dmarc.other.example": '"v=DMARC1; p=none"',
    "_dmarc.twice.example": '"v=DMARC1; p=none"\n"v=DMARC1; p=reject"',
    "twice.example": OUR_SPF,
    "_dmarc.faults.example": '"v=DMARC1; p=reject; rua=mailto:a@x.example;mailto:b@x.example"',
    "_dmarc.blanks.example": '"v=DMARC1; ; p=reject;\t"',
    "evil.example": OUR_SPF,
    "key._domainkey.evil.example": DKIM_KEY,
    "_dmarc.evil.example": '"v=DMARC1; p=none"',
    "acme.example-evil.example": OUR_SPF,
    "key._domainkey.acme.example-evil.example": DKIM_KEY,
    "client.example": OUR_SPF,
    "xn--bcher-kva.example": OUR_SPF,
    "_dmarc.xn--bcher-kva.example": '"v=DMARC1; p=none"',
    "large._domainkey.evil.example": f'"v=DKIM1; p={"A" * 240}"' + f' "{"A" * 240}"' * 30,
}
TTL = {"fresh.example": 0}
# names for which the DNS has an error, or no answer
BROKEN = {"silent.example": None, "failing.example": dns.rcode.SERVFAIL}


class Dns(threading.Thread):
    """Answers TXT queries from the zone, and remembers the names."""

    def __init__(self):
        self.asked = []
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"

    def run(self):
        while True:
            wire, client = self.socket.recvfrom(4096)
            query = dns.message.from_wire(wire)
            answer = dns.message.make_response(query)
            question = query.question[0]
            name = question.name.to_text(omit_final_dot=True).lower()
            self.asked.append(name)
            broken = [code for domain, code in BROKEN.items() if f".{name}".endswith(f".{domain}")]
            if broken and broken[0] is None:
                continue
            if broken:
                answer.set_rcode(broken[0])
            elif name not in ZONE:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            elif question.rdtype == dns.rdatatype.TXT:
                ttl = TTL.get(name, 60)
                answer.answer.append(dns.rrset.from_text(question.name, ttl, "IN", "TXT", *ZONE[name].split("\n")))
            self.socket.sendto(answer.to_wire(max_size=65_000), client)

"""States and directions of captured emails."""

PENDING = "pending"
CAPTURED = "captured"
UNMATCHED = "unmatched"
REFUSED = "refused"
FAILED = "failed"

NOT_LOGGED = (UNMATCHED, REFUSED, FAILED)
"""Final states of an email that is on no record. It is not retried; users, or a later mail, can change it."""

FINAL = (CAPTURED, *NOT_LOGGED)

OUTGOING = "outgoing"
INCOMING = "incoming"

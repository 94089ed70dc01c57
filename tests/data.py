"""Raw mails as mail clients write them, with placeholders."""

# As Postfix passes it to a pipe: the dropbox only in X-Original-To
PLAIN = """\
X-Original-To: {dropbox}
Received: from laptop.example (laptop.example [192.0.2.7])
	by mx.example (Postfix) with ESMTPS id 4B2; {date}
From: {sender}
To: {to}
{headers}Subject: {subject}
Date: {date}
Message-ID: {message_id}
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

{body}
"""

# Without the dropbox: a template for tests of single header fields
BARE = """\
{headers}From: {sender}
To: {to}
Subject: {subject}
Date: {date}
Message-ID: {message_id}

{body}
"""

# HTML with an inline image and a file
MIXED = """\
X-Original-To: {dropbox}
From: {sender}
To: {to}
{headers}Subject: {subject}
Date: {date}
Message-ID: {message_id}
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer"

--outer
Content-Type: multipart/related; boundary="inner"

--inner
Content-Type: multipart/alternative; boundary="alt"

--alt
Content-Type: text/plain; charset=utf-8

{body}
--alt
Content-Type: text/html; charset=utf-8

<p>{body}</p><script>alert(1)</script><img src="cid:logo@acme">
--alt--
--inner
Content-Type: image/png; name="logo.png"
Content-ID: <logo@acme>
Content-Transfer-Encoding: base64

iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==
--inner--
--outer
Content-Type: application/pdf; name="offer.pdf"
Content-Disposition: attachment; filename="offer.pdf"
Content-Transfer-Encoding: base64

{file}
--outer--
"""

# HTML alone; the body is base64
HTML = """\
X-Original-To: {dropbox}
From: {sender}
To: {to}
Subject: {subject}
Date: {date}
Message-ID: {message_id}
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

{body}
"""

# A mail that carries another mail as attachment
FORWARDED_AS_ATTACHMENT = """\
X-Original-To: {dropbox}
From: {sender}
To: {to}
{headers}Subject: {subject}
Date: {date}
Message-ID: {message_id}
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer"

--outer
Content-Type: text/plain; charset=utf-8

{body}
--outer
Content-Type: message/rfc822

From: inner@customer.example
To: someone@else.example
Bcc: {dropbox}
Subject: The inner mail
Content-Type: text/plain

Words of the inner mail
--outer--
"""

BOUNCE = """\
X-Original-To: {dropbox}
Return-Path: <>
From: {sender}
To: {to}
{headers}Subject: {subject}
Date: {date}
Message-ID: {message_id}
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

{body}
--b
Content-Type: message/delivery-status

Final-Recipient: rfc822; nobody@customer.example
--b--
"""

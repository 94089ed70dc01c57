"""Mails of a customer as mailboxes redirect them, and mails that confirm such rules."""

from .data import PLAIN

MX = "mx.acme.example"
"""The trusted server."""

ORIGIN = PLAIN[PLAIN.index("From:") :]
"""What the customer wrote."""

# what the trusted server adds on top; below are the fields of the server that redirected the mail
BORDER = """\
X-Original-To: {dropbox}
Authentication-Results: mx.acme.example;
	{results}
Received: from out.provider.example (out.provider.example [192.0.2.25])
	by mx.acme.example (Postfix) with ESMTPS id 5C1; {date}
"""

GMAIL = """\
Received: by mail-oi1-f178.google.com with SMTP id 5614622812f47-3f4d so181b6e.1
        for <{dropbox}>; Mon, 23 Nov 2026 01:00:02 -0800 (PST)
ARC-Seal: i=2; a=rsa-sha256; t=1795424402; cv=pass;
        d=google.com; s=arc-20240605;
        b=Qm9ndXM=
ARC-Message-Signature: i=2; a=rsa-sha256; c=relaxed/relaxed; d=google.com; s=arc-20240605;
        h=delivered-to:content-transfer-encoding:mime-version:date:subject:from;
        bh=Qm9ndXM=; b=Qm9ndXM=
ARC-Authentication-Results: i=2; mx.google.com;
       dkim=pass header.i=@customer.example header.s=sel1 header.b=Qm9n;
       arc=pass (i=1 spf=pass spfdomain=customer.example dkim=pass dkdomain=customer.example);
       spf=pass (google.com: domain of carla@customer.example designates 192.0.2.7 as permitted sender)
        smtp.mailfrom=carla@customer.example;
       dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=customer.example
X-Google-DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=1e100.net; s=20230601; b=Qm9ndXM=
X-Forwarded-Encrypted: i=2; AJvYcCUBogus@acme.example
X-Gm-Message-State: AOJu0Yy
X-Received: by 2002:a05:6808:1a1b:b0:3f4:d1c2:7d1d with SMTP id bk27mr1
X-Forwarded-To: {dropbox}
X-Forwarded-For: {own} {dropbox}
Delivered-To: {own}
Received: by 2002:a05:6358:5e1a:b0:1c3:b0a1 with SMTP id s26csp1; Mon, 23 Nov 2026 01:00:01 -0800 (PST)
X-Received: by 2002:a17:90a:e7c4:b0:2e2:b6c5 with SMTP id kb4mr2
ARC-Seal: i=1; a=rsa-sha256; t=1795424401; cv=none;
        d=customer.example; s=arc1; b=Qm9ndXM=
ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=customer.example; s=arc1; bh=Qm9ndXM=; b=Qm9ndXM=
ARC-Authentication-Results: i=1; mx.customer.example; auth=pass smtp.auth=carla@customer.example
Return-Path: <carla@customer.example>
Received: from mail.customer.example (mail.customer.example [192.0.2.7])
        by mx.google.com with ESMTPS id d9443c01a7336-2129
        for <{own}>
        (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256);
        Mon, 23 Nov 2026 01:00:01 -0800 (PST)
Received-SPF: pass (google.com: domain of carla@customer.example designates 192.0.2.7 as permitted sender)
Authentication-Results: mx.google.com;
       dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=customer.example
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=customer.example; s=sel1;
        h=from:to:subject:date:message-id; bh=Qm9ndXM=; b=Qm9ndXM=
"""

# Exchange Online: traces between the fields of the sender, Received on top
EXCHANGE = """\
ARC-Seal: i=1; a=rsa-sha256; s=arcselector10001; d=microsoft.com; cv=none; b=Qm9ndXM=
ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=microsoft.com; s=arcselector10001;
 h=From:Date:Subject:Message-ID:Content-Type:MIME-Version; bh=Qm9ndXM=; b=Qm9ndXM=
ARC-Authentication-Results: i=1; mx.microsoft.com 1; spf=pass (sender ip is
 192.0.2.7) smtp.rcpttodomain=acme.example smtp.mailfrom=customer.example;
 dmarc=pass (p=none sp=none pct=100) action=none header.from=customer.example;
 dkim=pass (signature was verified) header.d=customer.example; arc=none (0)
Received: from DB9PR06MB0001.eurprd06.prod.outlook.com (2603:10a6:10:1::10) by
 AM0PR06MB0002.eurprd06.prod.outlook.com (2603:10a6:208:1::20) with Microsoft
 SMTP Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id
 15.20.8182.18; Mon, 23 Nov 2026 09:00:02 +0000
Received: from mail.customer.example (192.0.2.7) by
 DB5EUR03FT001.mail.protection.outlook.com (10.152.20.1) with Microsoft SMTP
 Server id 15.20.8182.18 via Frontend Transport; Mon, 23 Nov 2026 09:00:01 +0000
Resent-From: <{own}>
X-MS-Exchange-Organization-SCL: 1
X-MS-Exchange-Inbox-Rules-Loop: {own}
X-MS-Exchange-Transport-CrossTenantHeadersStamped: AM0PR06MB0002
"""

SIEVE = """\
Received: by imap.acme.example (Postfix, from userid 1000)
	id 278FD40BBE; Mon, 23 Nov 2026 10:00:02 +0100 (CET)
X-Sieve: Pigeonhole Sieve 0.5.19 (4eae2f79)
X-Sieve-Redirected-From: {own}
Delivered-To: {own}
Received: from mx.acme.example ([192.0.2.9])
	by imap.acme.example with LMTP
	id GPfZ; Mon, 23 Nov 2026 10:00:02 +0100 (envelope-from <carla@customer.example>)
Return-Path: <carla@customer.example>
Received: from mail.customer.example (mail.customer.example [192.0.2.7])
	by mx.acme.example (Postfix) with ESMTPS id 4A0
	for <{own}>; Mon, 23 Nov 2026 10:00:01 +0100 (CET)
"""

ICLOUD = """\
Received: from ms-11001-1.mail.icloud.com (ms-11001-1.mail.icloud.com [192.0.2.40])
	by ci74p00im-qukt09090101.me.com (Postfix) with ESMTPS id 9D1; Mon, 23 Nov 2026 09:00:02 +0000 (UTC)
Original-recipient: rfc822;{own}
Received: from mail.customer.example (mail.customer.example [192.0.2.7])
	by ms-11001-1.mail.icloud.com with ESMTPS id 3F2
	for {own}; Mon, 23 Nov 2026 09:00:01 +0000 (UTC)
"""

FASTMAIL = """\
Received: from compute4.internal (compute4.nyi.internal [192.0.2.44])
	by mailfout.nyi.internal (Postfix) with ESMTP id 8B1; Mon, 23 Nov 2026 04:00:02 -0500 (EST)
X-Delivered-To: {own}
X-Resolved-To: {own}
X-Mail-from: carla@customer.example
Received: from mx1 ([192.0.2.41])
  by compute4.internal (LMTPProxy); Mon, 23 Nov 2026 04:00:01 -0500
Received: from mail.customer.example (mail.customer.example [192.0.2.7])
	by mx1.messagingengine.com (Postfix) with ESMTPS
	for <{own}>; Mon, 23 Nov 2026 04:00:01 -0500 (EST)
"""

ZOHO = """\
Received: from sender-of-o51.zoho.example by mx.zohomail.com
	with SMTPS id 1795424402; Mon, 23 Nov 2026 01:00:02 -0800 (PST)
Delivered-To: {own}
Received-SPF: pass (zohomail.com: domain of customer.example designates 192.0.2.7 as permitted sender)
Received: from mail.customer.example (mail.customer.example [192.0.2.7]) by mx.zohomail.com
	with SMTPS id 1795424401; Mon, 23 Nov 2026 01:00:01 -0800 (PST)
"""

PROVIDERS = {
    "Gmail": GMAIL,
    "Exchange": EXCHANGE,
    "Sieve": SIEVE,
    "iCloud": ICLOUD,
    "Fastmail": FASTMAIL,
    "Zoho": ZOHO,
}

# sent directly by a stranger, who can forge everything but the Received field of a real server
FORGED = "X-Forwarded-For: {own} {dropbox}\nDelivered-To: {own}\nX-Sieve-Redirected-From: {own}\n"

GMAIL_CODE = """\
X-Original-To: {dropbox}
Authentication-Results: mx.acme.example;
	{results}
Received: from mail-sor-f69.google.com (mail-sor-f69.google.com [209.85.220.69])
	by mx.acme.example (Postfix) with ESMTPS id 6D2; {date}
Received: by mail-sor-f69.google.com with SMTP id 98e67ed59e1d1-33b
        for <{dropbox}>; Mon, 23 Nov 2026 01:00:00 -0800 (PST)
MIME-Version: 1.0
Date: {date}
Message-ID: {message_id}
Subject: {subject}
From: {sender}
To: {dropbox}
Content-Type: text/plain; charset="UTF-8"
Content-Transfer-Encoding: 8bit

{body}
"""

GMAIL_LINK = "https://mail-settings.google.com/mail/vf-%5BANGjdJ8aBcD%5D-9xYz_1"

GMAIL_BODY = f"""\
owen@gmail.example has requested to automatically forward mail to your email
address bcc-[hidden]@acme.example.
Confirmation code: 482915736

To allow owen@gmail.example to automatically forward mail to your address,
please click the link below to confirm the request:

{GMAIL_LINK}

If you click the link and it appears to be broken, please copy and paste it
into a new browser window.

If you accidentally clicked the link, but you do not want to allow this, click this link to cancel this verification:
https://mail-settings.google.com/mail/uf-%5BANGjdJ8cancel%5D-9xYz_1

Please do not respond to this message. If you'd like to contact the
Google.com Team, please log in to your account and click 'Help'.
"""

GMAIL_SUBJECTS = {
    "en": "(#482915736) Gmail Forwarding Confirmation - Receive Mail from owen@gmail.example",
    "es": "(#482915736) Confirmación de reenvío de Gmail: recibir correo de owen@gmail.example",
    "de": "(#482915736) Gmail-Weiterleitungsbestätigung - E-Mail von owen@gmail.example empfangen",
    "zh": "(#482915736) Gmail 转发确认 - 接收来自 owen@gmail.example 的邮件",
}

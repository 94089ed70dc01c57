"""The mail that tests a dropbox."""

from .raw_mail import TEST_HEADER


def build_test(env, MailServer, address, email_from, nonce):
    """Return the test email. As with a real Bcc, no header names the address.

    :param env: of the owner
    :param MailServer: the model `ir.mail_server`
    :param str address: of the dropbox
    """
    owner = env.user
    return MailServer._build_email__(
        email_from=email_from,
        email_to=[address],
        subject=env._("Test of your BCC address"),
        body=env._("Odoo sent this email to check that it comes back. No action is needed."),
        headers={
            TEST_HEADER: nonce,
            "Auto-Submitted": "auto-generated",
            "X-Forge-To": email_from,
            # a bounce, which names the address, goes to the owner
            **({"Return-Path": owner.email_normalized} if owner.email_normalized else {}),
        },
    )

"""Texts for the owners of dropboxes: what happened to their address."""

from odoo.tools import format_datetime

from .direction import isolate


def describe_replaced(env, actor, until=None):
    """Return the notice that an address was replaced, and by whom.

    :param env: of the owner
    :param actor: the user who replaced it
    :param datetime until: when the old address stops; None if it has stopped
    """
    if actor == env.user:
        created = env._("You created a new BCC address.")
    else:
        created = env._("%(user)s created a new BCC address for you.", user=actor.name)
    if until:
        date = isolate(format_datetime(env, until, dt_format="short"))
        stopped = env._("The old one works until %(date)s, for everyone who knows it.", date=date)
    else:
        stopped = env._("The old one no longer works.")
    replace = env._("Replace it in your address book and in your email program.")
    return f"{created} {stopped} {replace}"


def describe_leak(env, reason, date):
    """Return why an address may be exposed.

    :param str reason: `exposed` or `strangers`
    :param datetime date: since when
    """
    date = isolate(format_datetime(env, date, dt_format="short"))
    if reason == "exposed":
        return env._("On %(date)s it was used in To or Cc, where every recipient could see it.", date=date)
    return env._(
        "Unknown senders are using this address (last: %(date)s). Their emails were rejected. If you know"
        " them, no action is needed.",
        date=date,
    )


def advise_on_leak(env, reason):
    """Return the notice of a leak alarm.

    :param str reason: `exposed` or `strangers`
    """
    if reason == "exposed":
        return env._(
            "Your BCC address was used in To or Cc, where every recipient could see it. Create a new address in"
            " your preferences, and use it in Bcc only."
        )
    return env._(
        "Unknown senders are using your BCC address. Their emails were rejected. Create a new address in your"
        " preferences, unless you know the senders."
    )

"""What users call records: a new one of `crm.lead` is an opportunity unless they work with leads."""

LEAD_GROUP = "crm.group_use_lead"


def list_lookups(model):
    """Return the lookup patterns, for a selection field."""
    env = model.env
    if env.user.has_group(LEAD_GROUP):
        leads = env._("Leads only, else create a lead")
        both = env._("Contacts, then leads, else create a lead or a contact")
    else:
        leads = env._("Opportunities only, else create an opportunity")
        both = env._("Contacts, then opportunities, else create an opportunity or a contact")
    return [("contact", env._("Contacts only, else create a contact")), ("lead", leads), ("contact_lead", both)]


def list_creates(model):
    """Return the kinds of records to create, for a selection field."""
    kinds = {"lead": model.env["crm.lead"], "contact": model.env["res.partner"]}
    return [*((name, describe_kind(records)) for name, records in kinds.items()), ("none", model.env._("Nothing"))]


def describe_kind(record):
    """Return what the current user calls a record or, if it is empty, a new one of its model."""
    if hasattr(record, "_get_bcc_dropbox_kind"):
        return record._get_bcc_dropbox_kind()
    return record.env["ir.model"]._get(record._name).sudo().name  # sudo: model names are closed to users

"""Further records that match the customers of a captured email: others with the address, and opportunities."""

from odoo.tools import groupby

from .several import find_opportunities

SHOWN = 5
"""Records that a line names."""


def find_candidates(lines):
    """Find the further records that emails can be logged on: those that both the user and the owner may change.

    :param lines: of captured emails
    :return: list of records per id of a line; of several lines with one customer, only the first is included
    """
    firsts = {}
    for line in lines.filtered("mail_message_id").sorted("id"):
        firsts.setdefault((line.email_id, line.email), line)
    emails, found = [*{email for _email_id, email in firsts if email}], {}
    if not emails:
        return {}
    env = lines.env(su=False)
    for Model in env["crm.bcc.dropbox.target"]._get_bcc_dropbox_models():
        if Model.has_access("write"):
            for email, records in Model._find_bcc_dropbox_records(emails, "all").items():
                found.setdefault(email, []).extend(records._filtered_access("write"))
    contacts = [record for records in found.values() for record in records if record._name == "res.partner"]
    opportunities = find_opportunities(env["res.partner"].concat(*contacts))
    return {line.id: _choose(line, found.get(line.email, []), opportunities) for line in firsts.values()}


def _choose(line, records, opportunities):
    """Return the records of a customer, and the opportunities of contacts among them, that the email is not on yet."""
    added = [lead for record in records if record._name == "res.partner" for lead in opportunities.get(record.id, ())]
    taken = {(other.res_model, other.res_id) for other in line.email_id.line_ids}
    owner_env = line.email_id.sudo().dropbox_id._get_owner_env()  # sudo: only the rights of the owner
    free = [record for record in dict.fromkeys([*records, *added]) if (record._name, record.id) not in taken]
    allowed = set()
    for name, of_model in groupby(free, lambda record: record._name):
        of_model = line.env[name].concat(*of_model).with_env(owner_env)._filtered_access("write")
        allowed |= {(name, id_) for id_ in of_model.ids}
    return [record for record in free if (record._name, record.id) in allowed]


def name_candidates(records):
    """Return the names of the first records, with an ellipsis if there are more."""
    names = [record.display_name for record in records[:SHOWN]]
    return ", ".join([*names, "…"] if len(records) > SHOWN else names)

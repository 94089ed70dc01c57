from importlib.util import find_spec

from . import (
    test_access,
    test_access_http,
    test_access_users,
    test_actions,
    test_address,
    test_admit,
    test_concurrency,
    test_config_settings,
    test_corpus,
    test_dropbox_list,
    test_file,
    test_find,
    test_gateway,
    test_health,
    test_mail_servers,
    test_mailgate,
    test_match,
    test_notices,
    test_ordinary_way,
    test_original,
    test_parsed_mail,
    test_payload,
    test_po_files,
    test_secrecy,
    test_settings,
    test_split,
    test_tours,
    test_translations,
    test_tours_settings,
    test_undo,
)

if find_spec("hypothesis"):  # a tool of ./dev, not of Odoo
    from . import test_properties

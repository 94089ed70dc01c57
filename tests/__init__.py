from importlib.util import find_spec

from . import (
    test_access,
    test_access_http,
    test_access_users,
    test_actions,
    test_address,
    test_admit,
    test_authentication,
    test_authentication_gateway,
    test_chatter,
    test_concurrency,
    test_config_settings,
    test_confirmation,
    test_corpus,
    test_dropbox_list,
    test_dropbox_test,
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
    test_preferences,
    test_screens,
    test_secrecy,
    test_sender,
    test_settings,
    test_smart_button,
    test_split,
    test_tours,
    test_tours_emails,
    test_tours_japanese,
    test_tours_preferences,
    test_tours_settings,
    test_translations,
    test_undo,
    test_views,
)

if find_spec("hypothesis"):  # a tool of ./dev, not of Odoo
    from . import test_authentication_properties, test_properties

if find_spec("dkim"):  # which is optional
    from . import test_signature

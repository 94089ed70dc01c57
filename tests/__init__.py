from importlib.util import find_spec

from . import (
    test_access,
    test_access_http,
    test_access_users,
    test_address,
    test_admit,
    test_concurrency,
    test_confirmation,
    test_corpus,
    test_dropbox_test,
    test_file,
    test_find,
    test_gateway,
    test_mail_servers,
    test_mailgate,
    test_match,
    test_ordinary_way,
    test_parsed_mail,
    test_payload,
    test_preferences,
    test_secrecy,
    test_settings,
    test_split,
    test_tours,
    test_tours_preferences,
)

if find_spec("hypothesis"):  # a tool of ./dev, not of Odoo
    from . import test_properties

from importlib.util import find_spec

from . import (
    test_access,
    test_address,
    test_admit,
    test_concurrency,
    test_file,
    test_find,
    test_gateway,
    test_match,
    test_parsed_mail,
    test_payload,
    test_settings,
    test_split,
    test_tours,
)

if find_spec("hypothesis"):  # a tool of ./dev, not of Odoo
    from . import test_properties
from . import test_access_http
from . import test_access_users
from . import test_secrecy

from . import test_access, test_admit, test_file, test_gateway, test_match, test_settings, test_split, test_tours
from . import test_concurrency

from . import test_gateway
from . import test_admit
from . import test_split
from . import test_match
from . import test_file
from . import test_settings
from . import test_tours
from . import test_access

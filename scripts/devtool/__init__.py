"""What `./dev` does, one module per concern. Standard library only, never imported by the addon."""

import sys
from pathlib import Path

# for `servers`, the fixtures of the tests, which do not import Odoo
sys.path.append(str(Path(__file__).resolve().parents[2] / "tests"))

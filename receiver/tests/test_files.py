"""The files beside the package."""

import ast
import configparser
import io
import shutil
import subprocess
import tokenize
from pathlib import Path

import pytest

from .conftest import RECEIVER

UNIT = RECEIVER / "odoo-bcc-receiver.service"
LAYOUT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def count_lines(path):
    """Return the number of lines with code: neither empty, nor a comment or docstring."""
    source = path.read_text()
    documented = set()
    for node in ast.walk(ast.parse(source)):
        kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        if isinstance(node, kinds) and ast.get_docstring(node):
            documented.update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    tokens = (token for token in tokenize.generate_tokens(io.StringIO(source).readline) if token.type not in LAYOUT)
    return len({line for token in tokens for line in range(token.start[0], token.end[0] + 1)} - documented)


def test_is_small():
    assert sum(map(count_lines, (RECEIVER / "odoo_bcc_receiver").glob("*.py"))) <= 540


def test_stands_alone():
    """Nothing of the addon or of Odoo is imported."""
    for path in (RECEIVER / "odoo_bcc_receiver").glob("*.py"):
        assert "odoo.addons" not in path.read_text()
        assert not [
            line for line in path.read_text().splitlines() if line.startswith(("import odoo", "from odoo", "from .."))
        ]


def test_unit():
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str
    parser.read(UNIT)
    service = parser["Service"]
    for name in ("DynamicUser", "NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome", "RestrictNamespaces"):
        assert service[name] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == service["AmbientCapabilities"] == "CAP_NET_BIND_SERVICE"
    assert "${CREDENTIALS_DIRECTORY}" in service["ExecStart"]
    assert "Documentation" not in parser["Unit"]  # pip installs no such file


def test_unit_by_systemd(tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze")
    # the command is not installed here
    unit = Path(tmp_path, UNIT.name)
    unit.write_text(UNIT.read_text().replace("/opt/odoo-bcc-receiver/bin/odoo-bcc-receiver", "/bin/true"))
    result = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")
    subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", unit], check=True, capture_output=True
    )

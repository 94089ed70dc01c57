"""Options, credentials, and what the command says about them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from odoo_bcc_receiver.settings import DEFAULTS

from .conftest import RECEIVER

GOOD = {"url": '"http://127.0.0.1:1"', "database": '"production"', "login": '"mailgate"', "password": '"s3cret"'}

TOO_SMALL = {
    **dict.fromkeys(("timeout", "max_size", "memory", "connections", "connections_per_network"), 0),
    **dict.fromkeys(("command_seconds", "mail_seconds", "memory_seconds"), 0),
    **dict.fromkeys(("stop_seconds", "known_seconds"), -1),
}

SMTP = {"hostname": '"mx.example.com"', "authentication": "false"}

WRONG = [
    ({"url": '"ftp://x"'}, "url must be http"),
    ({"url": '"http://login:s3cret@x"'}, "url must be http"),
    ({"url": '"http://x y"'}, "url must be http"),
    ({"database": '"pröduction"'}, "database must be in ASCII"),
    ({"login": '"a:b"'}, "login must be without a colon"),
    ({"login": "7"}, "login must be a text in quotes"),
    ({"login": '""'}, "login missing in"),
    ({"password": '""'}, "password missing in"),
    ({"password_file": '"/nonexistent"', "password": '""'}, "/nonexistent"),
    ({"lmtp": '"192.0.2.1:24"'}, "lmtp must be"),
    ({"lmtp": '"0.0.0.0:24"'}, "lmtp must be"),
    ({"lmtp": '"localhost:24"'}, "lmtp must be"),
    ({"smtp": '"25"', "hostname": '"mx.example.com"'}, "smtp must be"),
    ({"smtp": "25"}, "smtp must be a list of texts"),
    ({"smtp": "[25]"}, "smtp must be a list of texts"),
    ({"smtp": '"127.0.0.1:0"'}, "hostname missing in"),
    ({"smtp": '"127.0.0.1:0"', "hostname": '"mx"'}, "hostname must be"),
    ({"smtp": '"203.0.113.1:2525"', "hostname": '"mx.example.com"', "authentication": "false"}, "203.0.113.1"),
    ({"url": '"http://x:99999"'}, "url must be http"),
    ({"url": '"http://x:65536/y"'}, "url must be http"),
    ({"url": '"http://[::1::2]:80"'}, "url: Invalid IPv6 address"),
    ({"url": '"http://999.2.3.4"'}, "url: Invalid IPv4 address"),
    ({"lmtp": '"127.0.0.1:99999"'}, "lmtp must be"),
    ({"lmtp": '"127.0.0.999:24"'}, "lmtp 127.0.0.999:24: "),
    ({"lmtp": '"/nonexistent/lmtp"'}, "lmtp /nonexistent/lmtp: [Errno 2] No such file or directory"),
    ({"smtp": '"127.0.0.1:99999"', **SMTP}, "smtp must be"),
    ({"smtp": '"999.2.3.4:25"', **SMTP}, "smtp 999.2.3.4:25: "),
    ({"smtp": '"[::1::2]:25"', **SMTP}, "smtp [::1::2]:25: "),
    ({"smtp": '"127.0.0.1:0"', **SMTP, "authentication": "true", "nameservers": '"999.2.3.4:53"'},
     "nameservers: '999.2.3.4' does not appear to be an IPv4 or IPv6 address"),
    ({"smtp": '"127.0.0.1:0"', **SMTP, "nameservers": '"127.0.0.1:99999"'}, "nameservers must be"),
    ({"ca_file": '"/nonexistent"'}, "ca_file /nonexistent: [Errno 2] No such file or directory"),
    ({"ca_file": '"/dev/null"'}, "ca_file /dev/null: "),
    ({"password": '""', "password_file": '"/bin/true"'}, "password must be a single line in UTF-8"),
    ({"authentication": '"yes"'}, "authentication must be true or false"),
    ({"timeout": '"7"'}, "timeout must be a whole number"),
    ({"timeuot": "7"}, "timeuot must be left out: there is no such option"),
    *(({name: str(number)}, f"{name} must be at least {number + 1}") for name, number in TOO_SMALL.items()),
    ({"odoo": '{url = "x"}'}, "odoo must be left out: there is no such option"),
    ({"lmtp": "["}, "is not valid TOML"),
    ({"password": '"s3cret'}, "is not valid TOML (at line"),
    ({"smtp": '"127.0.0.1:0"', "hostname": '"mx.example.com"', "authentication": "false",
      "certificate": '"/nonexistent"', "key": '"/nonexistent"'}, "cannot read certificate or key"),
]  # fmt: skip


def run(path, *arguments, **environment):
    command = [sys.executable, "-m", "odoo_bcc_receiver", "--config", path, *arguments]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ODOO_")}
    return subprocess.run(
        command, cwd=RECEIVER, capture_output=True, text=True, timeout=30, env={**clean, **environment}, check=False
    )


@pytest.fixture
def write(tmp_path):
    def write_options(mode=0o600, **options):
        path = tmp_path / "receiver.toml"
        path.write_text("".join(f"{name} = {value}\n" for name, value in {**GOOD, **options}.items()))
        path.chmod(mode)
        return path

    return write_options


@pytest.mark.parametrize(("options", "message"), WRONG)
def test_wrong(write, options, message):
    result = run(write(**options))
    assert result.returncode == 1
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert "s3cret" not in result.stderr


@pytest.mark.parametrize("mode", [0o604, 0o606, 0o602, 0o644])
def test_readable_for_all(write, mode):
    result = run(write(mode))
    assert result.returncode == 1
    assert "every account can read" in result.stderr
    assert "chmod o= " in result.stderr


def test_missing(tmp_path):
    result = run(tmp_path / "missing.toml")
    assert result.returncode == 1
    assert "url, database, login, password missing in" in result.stderr


def test_version(tmp_path):
    result = run(tmp_path / "missing.toml", "--version")
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", result.stdout)


def test_no_credentials_in_arguments(tmp_path):
    for argument in ("--password=x", "--login=x", "--url=x", "--pass"):
        assert run(tmp_path / "missing.toml", argument).returncode == 2


def test_check(write, odoo):
    path = write(url=f'"{odoo.url}"')
    result = run(path, "--check")
    assert (result.returncode, result.stderr) == (0, "Odoo answers, and accepts the credentials\n")
    [(page, headers, envelope)] = odoo.requests
    assert (page, envelope) == ("/bcc_dropbox/recipients", [""])
    assert headers["Content-Length"] == "0"
    for answer, message in (
        ((401, "x"), "wrong login or password"),
        ((404, "x"), "is the addon installed"),
        ((422, "unknown recipient"), "no such recipient"),
        (b"", "no answer from Odoo"),
    ):
        odoo.answers["recipients"] = answer
        result = run(path, "--check")
        assert result.returncode == 1
        assert message in result.stderr
        assert "s3cret" not in result.stderr
    result = run(write(), "--check")
    assert result.returncode == 1
    assert "no answer from Odoo: ConnectError" in result.stderr


def test_environment(tmp_path, write, odoo):
    """The same variables as for the script; they take precedence."""
    variables = {"ODOO_URL": odoo.url, "ODOO_DB": "staging", "ODOO_LOGIN": "gate", "ODOO_PASSWORD": "other"}
    for path in (tmp_path / "missing.toml", write()):
        assert run(path, "--check", **variables).returncode == 0
    for _page, headers, _envelope in odoo.requests:
        assert headers["X-Odoo-Database"] == "staging"
        assert headers["Authorization"] == "Basic Z2F0ZTpvdGhlcg=="


def test_password_files(tmp_path, write, odoo):
    """Named, or as a credential of systemd."""
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "password").write_text("s3cret\n")
    named = write(url=f'"{odoo.url}"', password='""', password_file=f'"{folder}/password"')
    assert run(named, "--check").returncode == 0
    assert run(write(url=f'"{odoo.url}"', password='""'), "--check", CREDENTIALS_DIRECTORY=str(folder)).returncode == 0
    assert {headers["Authorization"] for _page, headers, _envelope in odoo.requests} == {"Basic bWFpbGdhdGU6czNjcmV0"}


def test_no_proxy(write, odoo):
    """The credentials go to Odoo only."""
    variables = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"), "http://127.0.0.1:1")
    assert run(write(url=f'"{odoo.url}"'), "--check", **variables).returncode == 0


def test_extra_is_missing(tmp_path, write):
    (tmp_path / "spf.py").write_text("raise ImportError(name='spf')")
    path = write(smtp='"127.0.0.1:0"', hostname='"mx.example.com"')
    result = run(path, PYTHONPATH=str(tmp_path))
    assert result.returncode == 1
    assert "pip install './receiver[authentication]'" in result.stderr


def test_manual():
    """The README explains each option, with its default."""
    readme = Path(RECEIVER, "README.md").read_text()
    for name, value in DEFAULTS.items():
        assert re.search(rf"^#? ?{name} = ", readme, re.MULTILINE), name
        if isinstance(value, int) and not isinstance(value, bool):
            assert re.search(rf"^#? ?{name} = {value}\b", readme, re.MULTILINE), name

"""What a command loads: one that looks loads neither letters nor rosters, nor what only those need who send or serve.

Each runs in a process of its own, on a project with a campaign that was approved. Nothing is timed; `bench.startup` is.
"""

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from broadcaster.bootstrap.wiring import LOADED_LATE
from tests.commandline import environment
from tests.projects import AUDIENCE, CAMPAIGN, approve, make_project

LOADED = """\
import atexit, json, sys
from pathlib import Path
report, sys.argv[1:] = Path(sys.argv[1]), sys.argv[2:]
atexit.register(lambda: report.write_text(json.dumps(sorted(sys.modules))))
from broadcaster.cli import main
main()
"""
"""A command that says at its end which modules it has loaded."""

SENDING = {"twilio", "sendgrid", "python_http_client", "pyreqwest", "smtplib", "pyrate_limiter", "apscheduler"}
LETTERS = {"jinja2", "markdown_it", "mjml", "css_inline", "weasyprint", "babel"}
ROSTERS = {"email_validator", "idna", "phonenumbers", "ftfy", "pyrage", "python_calamine"}
SERVING = {"litestar", "uvicorn", "multipart", "argon2"}
RARE = {"alembic", "psycopg", "dns", "dkim", "rich.traceback", "sqlalchemy.orm", "sqlalchemy.dialects.postgresql"}
ROOMS = {f"broadcaster.{room}" for room in ("audiences", "clock", "engine", "letters", "web")} | {
    "broadcaster.bootstrap.wiring",
    "broadcaster.bootstrap.provider_factory",
}
STORE = {"sqlalchemy", "pydantic", "yaml", "cryptography", "broadcaster.ledger", "broadcaster.config"}


def loaded(folder: Path, *words: str) -> set[str]:
    """The modules that a command has loaded when it ends."""
    report = folder / "modules.json"
    typed = [sys.executable, "-c", LOADED, str(report), "-C", str(folder), *words]
    subprocess.run(typed, check=True, capture_output=True, env=environment({}), timeout=60)
    names: list[str] = json.loads(report.read_text("utf-8"))
    return set(names)


@pytest.fixture
def approved(tmp_path: Path) -> Path:
    """A campaign that goes out in the future, so that `status` looks at its approval and at its files."""
    ahead: dict[str, Any] = {CAMPAIGN: {"when": "2090-01-01 09:00"}}
    folder = make_project(tmp_path / "project", campaigns=ahead)
    approve(folder, at_once=False)
    return folder


def test_help_loads_no_command(approved: Path) -> None:
    markup = {"markdown_it", "rich.traceback"}  # typer's own help is drawn with them
    heavy = (SENDING | LETTERS | ROSTERS | SERVING | RARE | ROOMS | STORE) - markup
    assert loaded(approved, "--help") & heavy == set()


@pytest.mark.parametrize("words", [("status",), ("status", "--json")])
def test_status_loads_neither_letters_nor_rosters_nor_what_sends(approved: Path, words: tuple[str, ...]) -> None:
    found = loaded(approved, *words)
    unused = {"cryptography", "rich.console"}
    assert found & (SENDING | LETTERS | ROSTERS | SERVING | RARE | ROOMS | unused) == set()
    assert "broadcaster.services.approving.occurrence_fates" in found


def test_an_audience_check_loads_neither_letters_nor_jinja(approved: Path) -> None:
    """Its audience has no `where`, which is the one use of Jinja in audiences."""
    modules = loaded(approved, "audience", "check", AUDIENCE)
    rooms = {name for name in modules if name.startswith("broadcaster.letters.")}
    assert (
        modules & (SENDING | SERVING | RARE | {"jinja2", "markdown_it", "mjml", "css_inline", "weasyprint"})
    ) == set()
    assert rooms == set()


@pytest.mark.parametrize("words", [("plan", CAMPAIGN), ("check",)])
def test_a_dry_run_loads_nothing_that_sends_or_serves(approved: Path, words: tuple[str, ...]) -> None:
    sending = SENDING - {"smtplib"}  # `check` looks at the folder of bounces, which are read beside SMTP
    assert loaded(approved, *words) & (sending | SERVING | RARE) == set()


ANSWERING = """\
import json, os, sys
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen
import broadcaster.web
report, sys.argv[1:] = Path(sys.argv[1]), sys.argv[2:]
serve_application = broadcaster.web.serve_application

@contextmanager
def ask(*given):
    with serve_application(*given) as address:
        with urlopen(address, timeout=30) as answer:
            assert answer.status == 200
        report.write_text(json.dumps(sorted(sys.modules)))
        os._exit(0)
        yield

broadcaster.web.serve_application = ask
from broadcaster.cli import main
main()
"""
"""`serve`, which says what it has loaded when it has answered the home page, and ends before it loads the desk."""


def test_serve_answers_before_it_loads_the_desk_and_what_sends(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        listen = f"127.0.0.1:{probe.getsockname()[1]}"
    folder, report = make_project(tmp_path / "project", listen=listen), tmp_path / "modules.json"
    approve(folder, at_once=False)
    typed = [sys.executable, "-c", ANSWERING, str(report), "-C", str(folder), "serve"]
    subprocess.run(typed, check=True, capture_output=True, env=environment({}), timeout=60)
    found = set(json.loads(report.read_text("utf-8")))
    rooms = {"broadcaster.audiences", "broadcaster.clock", "broadcaster.services.delivering", "broadcaster.web.desk"}
    assert found & (SENDING | (LETTERS - {"jinja2"}) | ROSTERS | RARE | rooms | {"argon2"}) == set()


PRELOADED = """\
import sys
from pathlib import Path
from broadcaster.bootstrap.ledger_only import load_project_settings
from broadcaster.bootstrap.wiring import preload_for_sending
preload_for_sending(load_project_settings(Path(sys.argv[1])))
print(*sys.modules)
"""


def test_what_serves_has_loaded_before_what_it_will_send_with(tmp_path: Path) -> None:
    """A library that is upgraded under a running process must not be missed at the first message."""
    texts = {
        "twilio": {"account_sid_env": "SID", "auth_token_env": "TOKEN", "messaging_service_sid": "MG" + "0" * 32},
        "sms": "twilio",
    }
    folder = make_project(tmp_path / "project", providers=texts)
    done = subprocess.run(
        [sys.executable, "-c", PRELOADED, str(folder)],
        check=True,
        capture_output=True,
        text=True,
        env=environment({}),
        timeout=60,
    )
    late = {f"broadcaster.{name}" for name in LOADED_LATE}
    assert {"twilio.rest", "cryptography", *late} <= set(done.stdout.split())

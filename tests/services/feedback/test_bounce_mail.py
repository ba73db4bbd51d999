"""Bounces change the ledger once, whichever way they come, and a Maildir is read without losing a message."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import check_project_folder, open_project
from broadcaster.domain.delivery.reports import ReportedEvent
from broadcaster.ledger import Ledger
from broadcaster.ledger.database.errors import LedgerLockedError
from broadcaster.services.feedback import bounce_mail, provider_reports
from broadcaster.services.project.project import Project
from broadcaster.services.recipients import suppression_list
from broadcaster.services.sending import housekeeping
from tests.commandline import CHECKOUT
from tests.projects import approve, make_project, send_all
from tests.providers.test_smtp_bounce import BOUNCES, dsn
from tests.services.stage import sql

HARD = ("Action: failed", "Status: 5.1.1", "Final-Recipient: rfc822; person0@example.org")
SOFT = ("Action: failed", "Status: 5.2.2", "Final-Recipient: rfc822; person0@example.org")
RELAY = {"host": "localhost", "port": "25", "starttls": "never", "return_path": "bounces@letters.example"}


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of three people whose messages a mail server accepted; it is copied, and nobody changes it."""
    folder = make_project(tmp_path_factory.mktemp("sent") / "project", providers={"smtp": RELAY | {"bounces": "mail"}})
    approve(folder)
    send_all(folder)
    sql(folder, "UPDATE deliveries SET provider = 'smtp'")
    sql(folder, "UPDATE counters SET provider = 'smtp'")
    for name in ("new", "cur", "tmp"):
        (folder / "mail" / name).mkdir(parents=True)
    return folder


@pytest.fixture
def project(sent: Path, tmp_path: Path) -> Iterator[Project]:
    with open_project(Path(shutil.copytree(sent, tmp_path / "project"))) as project:
        yield project


@pytest.fixture
def maildir(project: Project) -> Path:
    return project.root / "mail"


def ids(project: Project) -> list[str]:
    return [str(row[0]) for row in sql(project.root, "SELECT id FROM deliveries ORDER BY seq")]


def open_files() -> list[Path]:
    """The files that this process has open. The folder of them changes while it is listed."""
    numbers = os.listdir("/proc/self/fd")  # noqa: PTH208 (a list, before any of them is looked at)
    return [link.readlink() for number in numbers if (link := Path("/proc/self/fd", number)).is_symlink()]


def states(project: Project) -> dict[str, int]:
    rows = sql(project.root, "SELECT state, count(*) FROM deliveries GROUP BY state")
    return {str(state): int(str(n)) for state, n in rows}


def bounce(delivery: str, *fields: str) -> bytes:
    return dsn(*fields, head=f"Delivered-To: bounces+{delivery}@letters.example")


def kept(project: Project) -> int:
    return int(str(sql(project.root, "SELECT count(*) FROM reports")[0][0]))


def read(project: Project) -> bounce_mail.CollectedBounces:
    """What a round does."""
    collected = bounce_mail.collect_bounces(project)
    provider_reports.apply(project)
    return collected


def put(maildir: Path, name: str, data: bytes) -> None:
    """As mail systems deliver: whole, and then under its name."""
    (maildir / "tmp" / name).write_bytes(data)
    (maildir / "tmp" / name).rename(maildir / "new" / name)


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_a_hard_bounce_moves_the_delivery_and_bars_the_address(project: Project) -> None:
    first = ids(project)[0]
    report = bounce_mail.receive_bounce(project, bounce(first, *HARD))
    assert report is not None
    assert report.happened is ReportedEvent.BOUNCED
    assert states(project) == {"accepted": 2, "bounced": 1}
    [barred] = suppression_list.list_suppressions(project)
    assert barred.address == "person0@example.org"


def test_the_same_bounce_again_changes_nothing(project: Project) -> None:
    first = ids(project)[0]
    for _ in range(3):
        bounce_mail.receive_bounce(project, bounce(first, *SOFT))
    assert (kept(project), states(project)) == (1, {"accepted": 2, "bounced": 1})
    assert suppression_list.list_suppressions(project) == []


def test_what_is_no_bounce_leaves_no_trace(project: Project) -> None:
    first = ids(project)[0]
    for name in ("no-vacation", "no-challenge", "no-spam", "no-answer-of-a-person"):
        data = (BOUNCES / f"{name}.eml").read_bytes().replace(b"relbhawnyfsyv4vqrboh3sjhm4", first.encode())
        assert bounce_mail.receive_bounce(project, data) is None
    assert (kept(project), states(project)) == (0, {"accepted": 3})


def test_a_bounce_of_a_delivery_that_nobody_has_changes_nothing(project: Project) -> None:
    bounce_mail.receive_bounce(project, (BOUNCES / "exim-unknown.eml").read_bytes())
    assert states(project) == {"accepted": 3}
    assert suppression_list.list_suppressions(project) == []


def test_the_envelope_tells_whose_it_is(project: Project) -> None:
    data = dsn(*HARD, head="Subject: failure")
    assert bounce_mail.receive_bounce(project, data) is None
    assert bounce_mail.receive_bounce(project, data, f"bounces+{ids(project)[1]}@letters.example") is not None
    assert states(project) == {"accepted": 2, "bounced": 1}


def test_a_maildir_is_read_and_nothing_in_it_is_lost(project: Project, maildir: Path) -> None:
    first, second, _ = ids(project)
    put(maildir, "1.a.host", bounce(first, *HARD))
    put(maildir, "2.b.host", bounce(second, *SOFT))
    put(maildir, "3.c.host", (BOUNCES / "no-vacation.eml").read_bytes())
    put(maildir, "4.d.host", b"")
    assert read(project) == bounce_mail.CollectedBounces(messages=4, bounces=2)
    assert states(project) == {"accepted": 1, "bounced": 2}
    assert names(maildir / "new") == []
    assert names(maildir / "cur") == ["1.a.host:2,S", "2.b.host:2,S", "3.c.host:2,S", "4.d.host:2,S"]
    assert bounce_mail.collect_bounces(project) == bounce_mail.CollectedBounces(0, 0)


def test_serving_reads_it(project: Project, maildir: Path) -> None:
    put(maildir, "1.a.host", bounce(ids(project)[0], *HARD))
    housekeeping.tidy(project)
    assert states(project) == {"accepted": 2, "bounced": 1}


def test_what_already_lies_there_is_not_written_over(project: Project, maildir: Path) -> None:
    (maildir / "cur" / "1.a.host:2,S").write_bytes(b"an old message")
    put(maildir, "1.a.host", bounce(ids(project)[0], *HARD))
    bounce_mail.collect_bounces(project)
    assert (maildir / "cur" / "1.a.host:2,S").read_bytes() == b"an old message"
    assert names(maildir / "cur") == ["1.a.host.1:2,S", "1.a.host:2,S"]


def test_what_is_no_file_holds_nothing_up(project: Project, maildir: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(bounce(ids(project)[1], *HARD))
    for number in range(10):
        os.mkfifo(maildir / "new" / f"0.pipe{number}")
    (maildir / "new" / "0.folder").mkdir()
    (maildir / "new" / "0.link").symlink_to(secret)
    (maildir / "new" / ".hidden").write_bytes(b"")
    put(maildir, "1.a.host", bounce(ids(project)[0], *HARD))
    assert read(project) == bounce_mail.CollectedBounces(1, 1)
    assert [file for file in open_files() if file.is_relative_to(maildir)] == []
    assert states(project) == {"accepted": 2, "bounced": 1}
    assert names(maildir / "new") == [".hidden", "0.folder", "0.link", *(f"0.pipe{number}" for number in range(10))]


def test_a_round_has_an_end(project: Project, maildir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounce_mail, "MESSAGES_PER_ROUND", 5)
    monkeypatch.setattr(bounce_mail, "MESSAGES_PER_TRANSACTION", 2)
    for number in range(12):
        put(maildir, f"{number:02}.host", b"nothing")
    assert [bounce_mail.collect_bounces(project).messages for _ in range(4)] == [5, 5, 2, 0]


def test_what_the_ledger_cannot_keep_stays_unread(
    project: Project, maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(maildir, "1.a.host", bounce(ids(project)[0], *HARD))
    monkeypatch.setattr("broadcaster.ledger.database.engines.LOCK_WAIT_SECONDS", 0.1)
    with (
        Ledger.open(project.settings.database, project.keyring) as other,
        open_project(project.root) as hasty,
        other.writing(),
        pytest.raises(LedgerLockedError),
    ):
        bounce_mail.collect_bounces(hasty)
    assert names(maildir / "new") == ["1.a.host"]
    read(project)
    assert states(project) == {"accepted": 2, "bounced": 1}


READER = """
import sys
from pathlib import Path
from broadcaster.services.feedback import bounce_mail, provider_reports
from broadcaster.bootstrap.wiring import open_project
with open_project(Path(sys.argv[1])) as project:
    print("ready", flush=True)
    while True:
        bounce_mail.collect_bounces(project)
        provider_reports.apply(project)
"""


def reader(folder: Path) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-c", READER, str(folder)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(CHECKOUT)})
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def test_two_read_at_once_and_are_killed(project: Project, maildir: Path) -> None:
    """Whoever is killed between keeping and moving leaves the message unread: it is kept once all the same."""
    deliveries = ids(project)
    total = 240
    readers = [reader(project.root) for _ in range(2)]
    feeder = threading.Thread(target=feed, args=(maildir, deliveries, total))
    feeder.start()
    time.sleep(0.3)
    for process in readers:
        process.kill()
    feeder.join()
    for process in readers:
        process.communicate()
    while read(project).messages:
        continue
    assert names(maildir / "new") == []
    assert len(names(maildir / "cur")) == total
    assert kept(project) == 3
    assert states(project) == {"bounced": 3}


def feed(maildir: Path, deliveries: list[str], total: int) -> None:
    for number in range(total):
        put(maildir, f"{number:04}.host", bounce(deliveries[number % 3], *SOFT))


def test_check_tells_of_a_folder_that_cannot_be_read(project: Project, maildir: Path) -> None:
    def told() -> list[str]:
        return [problem.code for problem in check_project_folder(project.root) if problem.code == "bounces-unreadable"]

    assert told() == []
    maildir.rename(maildir.with_name("elsewhere"))
    assert told() == ["bounces-unreadable"]
    [problem] = bounce_mail.check_bounce_folder(project)
    assert problem.line is not None
    assert bounce_mail.collect_bounces(project) == bounce_mail.CollectedBounces(0, 0)

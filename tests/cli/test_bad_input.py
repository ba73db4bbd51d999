"""Whatever is broken around it: a clear error with what to do, exit 1, nothing sent, nothing lost, no traceback."""

import base64
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from broadcaster.ledger.database import engines
from tests.commandline import Run, Said, command, environment, process
from tests.projects import CAMPAIGN, approve
from tests.services.stage import CONFIG, outbox, sql

DATABASE = "var/broadcaster.db"
KEY = "var/key"


def refused(said: Said, code: str, folder: Path) -> None:
    """It was refused in words, with this code, and nothing left."""
    assert (said.code, said.out) == (1, "")
    assert f"({code})" in said.err
    assert "Traceback" not in said.err
    assert outbox(folder) == []


def _replace(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(content)


def _missing(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


def _a_folder(name: str) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()

    return change


def _damaged(folder: Path) -> None:
    data = bytearray((folder / DATABASE).read_bytes())
    data[4096 : 4096 * 9] = b"\xee" * 4096 * 8
    (folder / DATABASE).write_bytes(data)


def _newer(folder: Path) -> None:
    sql(folder, "UPDATE alembic_version SET version_num = '9999'")


def _foreign(folder: Path) -> None:
    (folder / DATABASE).unlink()
    with sqlite3.connect(folder / DATABASE) as connection:
        connection.execute("CREATE TABLE birds (name)")


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "no key": (_missing(KEY), "key-missing"),
    "an empty key": (_replace(KEY, b""), "key-malformed"),
    "half a key": (_replace(KEY, base64.b64encode(b"k" * 16)), "key-malformed"),
    "a key that is none": (_replace(KEY, b"\xff\x00 not base64"), "key-malformed"),
    "another key": (_replace(KEY, base64.b64encode(b"k" * 32)), "key-mismatch"),
    "a key for all to read": (lambda folder: (folder / KEY).chmod(0o644), "key-unprotected"),
    "a folder as key": (_a_folder(KEY), "key-missing"),
    "no database": (_replace(DATABASE, b"dear diary, " * 500), "ledger-foreign"),
    "another program's database": (_foreign, "ledger-foreign"),
    "a damaged database": (_damaged, "ledger-damaged"),
    "a newer version's database": (_newer, "ledger-newer"),
    "a folder as database": (_a_folder(DATABASE), "ledger-forbidden"),
    "no config.yaml": (_missing(CONFIG), "not-a-project"),
    "a folder as config.yaml": (_a_folder(CONFIG), "problems-found"),
    "binary in config.yaml": (_replace(CONFIG, bytes(range(256)) * 40), "problems-found"),
    "an empty config.yaml": (_replace(CONFIG, b""), "problems-found"),
    "a huge config.yaml": (_replace(CONFIG, b"# " + b"x" * 3_000_000), "problems-found"),
    "a torn config.yaml": (_replace(CONFIG, b"organisation: {name: 'x\n"), "problems-found"),
    "nested config.yaml": (_replace(CONFIG, b"a: " + b"[" * 5000), "problems-found"),
    "a list as config.yaml": (_replace(CONFIG, b"- a\n- b\n"), "problems-found"),
    "a billion laughs": (_replace(CONFIG, b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"), "problems-found"),
}

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("plan", CAMPAIGN),
    ("submit", CAMPAIGN, "--by", "amina"),
    ("approve", CAMPAIGN, "--by", "david", "--digest", "0" * 64),
    ("send", CAMPAIGN, "--by", "david"),
    ("preview", "greeting", "--audience", "neighbours"),
    ("status",),
    ("serve",),
    ("pause", "abcdef"),
    ("audience", "check", "neighbours"),
)


@pytest.mark.parametrize("name", BROKEN)
def test_every_command_refuses_in_words(folder: Path, run: Run, name: str) -> None:
    approve(folder)
    change, code = BROKEN[name]
    change(folder)
    for words in COMMANDS:
        refused(run(*words), code, folder)


@pytest.mark.parametrize("name", ["no key", "a damaged database", "binary in config.yaml", "a folder as config.yaml"])
def test_a_process_refuses_in_words(folder: Path, name: str) -> None:
    approve(folder)
    change, code = BROKEN[name]
    change(folder)
    refused(process(folder, "send", CAMPAIGN, "--by", "david"), code, folder)


@pytest.mark.parametrize("name", BROKEN)
def test_check_lists_it(folder: Path, run: Run, name: str) -> None:
    change, code = BROKEN[name]
    change(folder)
    said = run("check", "--json")
    assert (said.code, said.err) == (1, "")
    found = {problem["code"] for problem in said.json["problems"]}
    assert code in found or code == "problems-found"


def test_what_was_broken_and_is_mended_goes_on(folder: Path, run: Run) -> None:
    approve(folder)
    (folder / KEY).rename(folder / "key")
    refused(run("send", CAMPAIGN, "--by", "david"), "key-missing", folder)
    (folder / "key").rename(folder / KEY)
    assert run("send", CAMPAIGN, "--by", "david").code == 0
    assert len(outbox(folder)) == 6


def test_a_key_in_the_environment(folder: Path) -> None:
    said = process(folder, "status", environ={"BROADCASTER_KEY": "not a key"})
    refused(said, "key-malformed", folder)
    assert "not a key" not in said.err.replace("does not hold base64", "")
    good = (folder / KEY).read_text("ascii")
    (folder / KEY).unlink()
    assert process(folder, "status", environ={"BROADCASTER_KEY": good}).code == 0


def test_a_locked_ledger(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    approve(folder)
    monkeypatch.setattr(engines, "LOCK_WAIT_SECONDS", 0.2)
    other = sqlite3.connect(folder / DATABASE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    refused(run("send", CAMPAIGN, "--by", "david"), "ledger-locked", folder)
    refused(run("submit", CAMPAIGN, "--by", "amina"), "ledger-locked", folder)
    other.execute("ROLLBACK")
    other.close()
    assert run("send", CAMPAIGN, "--by", "david").code == 0
    assert len(outbox(folder)) == 6


def mounted(place: Path, *words: str) -> None:
    """Mount something, or skip the test where nobody may."""
    if shutil.which("mount") is None or subprocess.run(["mount", *words], capture_output=True, check=False).returncode:
        pytest.skip(f"nobody may mount {place.name} here")


def unmounted(place: Path) -> None:
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture
def read_only(folder: Path) -> Iterator[Path]:
    """The project, approved, on a disk that may only be read: root may write everywhere else."""
    approve(folder)
    if os.geteuid() != 0:
        (folder / DATABASE).chmod(0o444)
        (folder / "var").chmod(0o555)
        yield folder
        (folder / "var").chmod(0o755)
        return
    mounted(folder, "--bind", str(folder), str(folder))
    try:
        mounted(folder, "-o", "remount,ro,bind", str(folder))
        yield folder
    finally:
        unmounted(folder)


def test_a_project_that_may_only_be_read(read_only: Path, run: Run) -> None:
    for words in (("submit", CAMPAIGN, "--by", "amina"), ("send", CAMPAIGN, "--by", "david"), ("serve",)):
        said = run(*words)
        # What cannot be opened for writing cannot be opened at all while it keeps a log beside it.
        refused(said, "ledger-forbidden" if "(ledger-forbidden)" in said.err else "ledger-read-only", read_only)


def test_a_ledger_that_cannot_grow(folder: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (9_000, 9_000))

    said = process(folder, "submit", CAMPAIGN, "--by", "amina", preexec_fn=limit)
    assert said.code == 1
    assert "(ledger-full)" in said.err
    assert "Traceback" not in said.err
    assert process(folder, "submit", CAMPAIGN, "--by", "amina").code == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a megabyte, where this machine lets us have one."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted(place, "-t", "tmpfs", "-o", "size=1500k", "none", str(place))
    try:
        yield place
    finally:
        unmounted(place)


def test_a_full_disk(folder: Path, small_disk: Path) -> None:
    approve(folder)
    shutil.copytree(folder / "var", small_disk / "var")
    shutil.rmtree(folder / "var")
    (folder / "var").symlink_to(small_disk / "var")
    with (small_disk / "filler").open("wb", buffering=0) as filler, pytest.raises(OSError, match="No space left"):
        while True:
            filler.write(b"x" * 4096)
    refused(process(folder, "send", CAMPAIGN, "--by", "david"), "ledger-full", folder)
    (small_disk / "filler").unlink()
    assert process(folder, "send", CAMPAIGN, "--by", "david").code == 0
    assert len(outbox(folder)) == 6


def test_an_outbox_that_is_a_file(folder: Path, run: Run) -> None:
    approve(folder)
    (folder / "var/outbox").write_text("in the way", "utf-8")
    said = run("send", CAMPAIGN, "--by", "david")
    assert said.code == 1
    assert "Traceback" not in said.err
    (folder / "var/outbox").unlink()
    again = run("status", "--json").json["broadcasts"][0]
    assert sum(again["deliveries"].values()) == 6
    assert "accepted" not in again["deliveries"]


def test_a_reader_that_goes_away(folder: Path) -> None:
    shell = " ".join(command(folder, "preview", "greeting", "--audience", "neighbours", "--part", "html"))
    done = subprocess.run(f"{shell} | true", shell=True, capture_output=True, text=True, check=False, env=environment())  # noqa: S602 - a pipe is what is tried
    assert done.stderr == ""


def test_an_interrupted_serve_ends_well(folder: Path) -> None:
    serving = subprocess.Popen(
        command(folder, "serve"), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
    )
    assert serving.stderr is not None
    assert "Serving" in serving.stderr.readline()
    serving.send_signal(signal.SIGINT)
    out, err = serving.communicate(timeout=200)
    assert (serving.returncode, out) == (0, "")
    assert "Stopped" in err
    assert "Traceback" not in err


def test_an_interrupted_command_ends_with_130(folder: Path) -> None:
    rows = "".join(f"Person {n},p{n}@example.org,,,,,Ashmere\n" for n in range(10, 80_000))
    with (folder / "audiences/neighbours.csv").open("a", encoding="utf-8") as roster:
        roster.write(rows)
    busy = subprocess.Popen(
        [*command(folder, "plan", CAMPAIGN)],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    # In the midst of it: the rows that were found good are being remembered.
    known = folder / "var" / "cache" / "rows.db"
    while busy.poll() is None and not (known.exists() and known.stat().st_size > 300_000):
        time.sleep(0.01)
    busy.send_signal(signal.SIGINT)
    out, err = busy.communicate(timeout=200)
    assert (busy.returncode, out, err) == (130, "", "")

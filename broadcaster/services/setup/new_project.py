"""Making project folders out of the starter content: a new one to work in, and the demo's, which is thrown away."""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from broadcaster.config import Settings, load_settings
from broadcaster.config.yaml_files.editing import YamlEditor
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.local_time import walltime
from broadcaster.keys import Keyring
from broadcaster.services.setup.starter_content import CONFIG_FILE, find_starter_folder, list_starter_files

GITIGNORE = """\
# What broadcaster keeps here is personal data, and the key to it.
/var/
# Rosters are personal data too. Take the # away, unless every one of them is encrypted (.csv.age).
# /audiences/*.csv
"""

DEMO_MARK = ".broadcaster-demo"
"""Says that a folder was made by the demo, and may be emptied by it."""

DEMO_LEAD_TIME = timedelta(seconds=3)
"""How far ahead of now the demo's campaigns lie: time enough to see them come."""

DEMO_FOLLOW_UP = "follow-up"
"""The campaign of a served demo that lies a day further ahead, so that there is something to approve at the desk."""


class FolderRefusedError(BroadcasterError):
    """A folder, or a file in it, cannot be made."""

    code = "folder-refused"
    default_remedy = "Choose another folder, or give the account that runs broadcaster the right to write there."


class KeyLostError(BroadcasterError):
    """The folder has a ledger and no key: a new key could not open it."""

    code = "key-lost"
    default_remedy = "Put the key that this ledger was made with back in its place, from its backup."


class NotOurDemoError(BroadcasterError):
    """The folder in which the demo would be made holds something else."""

    code = "demo-folder"
    default_remedy = "Move it away, or run the demo in another folder: broadcaster -C FOLDER demo"


class DemoRunningError(BroadcasterError):
    """Another demo is at work in the same folder."""

    code = "demo-running"
    default_remedy = "Wait until it has ended, or stop it with Ctrl-C where it runs."


@dataclass(frozen=True, slots=True)
class ProjectFiles:
    """What `make_project` did: files made and files that were there and were left, relative to `folder`."""

    folder: Path
    made: tuple[Path, ...]
    left: tuple[Path, ...]


def make_project(folder: Path, today: date) -> ProjectFiles:
    """Make `folder` a project: starter content with dates that lie ahead of `today`, a key, `var/`.

    Nothing is overwritten, so it can be run again after it was interrupted, or where a file was lost. Raises
    `FolderRefusedError`, `KeyLostError`, `StarterMissingError`, and `ProblemsFoundError` for a config.yaml that was
    there and is wrong.
    """
    made: list[Path] = []
    left: list[Path] = []
    with _explained_os_errors():
        for name, content in [
            *list_starter_files(find_starter_folder(), today),
            (Path(".gitignore"), GITIGNORE.encode()),
        ]:
            (made if _write_new_file(folder / name, content) else left).append(name)
        (folder / "var").mkdir(exist_ok=True)
        key, is_new = _ensure_key(load_settings(folder, {}))
    (made if is_new else left).append(key)
    return ProjectFiles(folder, tuple(made), tuple(left))


def make_demo(folder: Path, now: datetime, ahead: timedelta = DEMO_LEAD_TIME, listen: str | None = None) -> None:
    """Make `folder` the demo's project, afresh: everything goes to the outbox, at any hour, `ahead` of `now` (aware).

    With `listen`, a host and a port of this machine, the links in its letters lead there, and there is one campaign
    more, TO_DECIDE. What an earlier demo left in the folder is removed first. Raises `NotOurDemoError`,
    `DemoRunningError`, `FolderRefusedError`, and `ProblemsFoundError` or `NotChangeableError` where the starter content
    was changed so far that no demo can be made of it.
    """
    with _explained_os_errors():
        _empty_demo_folder(folder)
        for name, content in list_starter_files(find_starter_folder(), now.astimezone(UTC).date()):
            _write_new_file(folder / name, content)
        _adapt_demo_settings(folder, now + ahead, listen)
        for path in sorted((folder / "audiences").glob("*.yaml")):
            audience = YamlEditor(path, folder)
            audience.replace(("quiet_hours",), "# quiet_hours: none in the demo")
            audience.save()
        settings = load_settings(folder, {})
        if settings.providers.email != "outbox" or settings.providers.sms != "outbox" or settings.quiet_hours:
            raise NotOurDemoError("The demo's copy of config.yaml would send for real.", remedy="Mend config.yaml.")
        Keyring.create(settings.key_file)


def _adapt_demo_settings(folder: Path, moment: datetime, listen: str | None) -> None:
    """Change the demo's settings: its campaigns at one moment, to the outbox, with its own ledger and key."""
    config = YamlEditor(folder / CONFIG_FILE, folder)
    zone, wall = _demo_wall_time(load_settings(folder, {}), moment)
    for path, value in (
        (("organisation", "timezone"), zone),
        (("providers", "email"), "outbox"),
        (("providers", "sms"), "outbox"),
        (("database",), "sqlite:///var/broadcaster.db"),
        (("key_file",), "var/key"),
        (("listen",), listen or "off"),
    ):
        config.set(path, value)
    if listen:
        also = () if config.has("listen") else (f"listen: {listen}",)
        config.replace(("public_url",), f"public_url: http://{listen}", *also)
    config.replace(("quiet_hours",), "# quiet_hours: none in the demo")
    campaigns = config.data.get("campaigns")
    if listen and isinstance(campaigns, dict):
        config.add("campaigns", *_follow_up_lines(campaigns, wall))
    for name in campaigns if isinstance(campaigns, dict) else ():
        place = ("campaigns", name)
        late = () if config.has(*place, "if_late") else ("if_late: send",)
        for key in ("when", "every"):
            config.replace((*place, key), f"when: {walltime.key(wall).replace('T', ' ')}", *late)
        config.set((*place, "if_late"), "send")
        config.replace((*place, "approval"), "approval: {each: true}")
    config.save()


def _follow_up_lines(campaigns: Mapping[str, object], wall: datetime) -> list[str]:
    """One more campaign, of the letter and the audience of the last one: the next morning at nine."""
    last = next(reversed(list(campaigns.values())), None)
    if DEMO_FOLLOW_UP in campaigns or not isinstance(last, dict) or not isinstance(last.get("audience"), str):
        return []
    morning = wall.replace(hour=9, minute=0, second=0) + timedelta(days=1)
    said = {"letter": last["letter"], "audience": last["audience"], "when": f"{morning:%Y-%m-%d %H:%M}"}
    return [f"{DEMO_FOLLOW_UP}:", *(f"  {key}: {value}" for key, value in said.items())]


def _demo_wall_time(settings: Settings, moment: datetime) -> tuple[str, datetime]:
    """The zone in which the demo is set, and what its wall clock shows at the next whole second from `moment` on."""
    due = moment.replace(microsecond=0) + timedelta(seconds=moment.microsecond > 0)
    zone = settings.organisation.timezone
    wall = walltime.local(due, zone)
    if walltime.instant(wall, zone) == due:
        return zone, wall
    # The hour that autumn brings twice, for the second time: that wall time is an hour past.
    return "UTC", walltime.local(due, "UTC")


def _write_new_file(path: Path, content: bytes) -> bool:
    """Write a file that is not there yet; False, and nothing done, when it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Rosters are for nobody else on this machine.
    mode = 0o600 if path.suffix == ".csv" else 0o666
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        return False
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return True


def _ensure_key(settings: Settings) -> tuple[Path, bool]:
    """The key file that the settings name, relative to the folder; made if there was none."""
    key = settings.key_file
    shown = key.relative_to(settings.root) if key.is_relative_to(settings.root) else key
    if key.exists():
        return shown, False
    ledger = Path(settings.database.removeprefix("sqlite:///"))
    if settings.database.startswith("sqlite:///") and ledger.exists():
        raise KeyLostError(f"There is a ledger ({ledger.name}), and the key it was made with ({shown}) is gone.")
    Keyring.create(key)
    return shown, True


def _empty_demo_folder(folder: Path) -> None:
    """Make sure of an empty folder with the demo's mark in it; the mark goes last and comes first."""
    mark = folder / DEMO_MARK
    if folder.is_symlink() or (folder.exists() and not mark.is_file() and any(folder.iterdir())):
        raise NotOurDemoError(f"{folder} was not made by the demo, so it is left as it is.")
    folder.mkdir(parents=True, exist_ok=True)
    _refuse_running_demo(folder)
    mark.touch()
    for path in folder.iterdir():
        if path == mark:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _refuse_running_demo(folder: Path) -> None:
    """Raise when a process still works on the demo's ledger: each holds a lock on a file of its own beside it."""
    for lock in (folder / "var").glob("*.runners/*"):
        with suppress(FileNotFoundError), lock.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise DemoRunningError(f"A demo is at work in {folder}.") from None


@contextmanager
def _explained_os_errors() -> Iterator[None]:
    """What the operating system refuses, in our words."""
    try:
        yield
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        raise FolderRefusedError(f"{place}{error.strerror or 'the disk refuses'}.") from None

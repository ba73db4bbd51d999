"""From the instant an occurrence is due to the first message: a serving process, the outbox, and a clock.

    python -m bench.latency [--repeats 50] [--people 5]

Each repeat is a project of its own with a few people, approved, and due a moment later; the process that serves it
(clock and lanes, as `broadcaster serve`) is up by then. The figure is the modification time of the first .eml less the
due instant, in milliseconds, with fsync and whatever else happens on the way.
"""

import argparse
import statistics
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.projects import make_project
from broadcaster.bootstrap.wiring import open_project, registered_runner, run_clock
from broadcaster.domain.local_time import walltime
from broadcaster.engine import WakeSignal
from broadcaster.keys import Keyring
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.approving import decisions
from broadcaster.services.delivering import dispatch
from broadcaster.services.planning.submission_terms import SubmissionTerms

AHEAD = timedelta(seconds=2)
PATIENCE = 15.0


def once(people: int) -> float:
    """One occurrence; milliseconds from its instant to the first message, negative when it went too early."""
    with tempfile.TemporaryDirectory() as folder:
        root = make_project(Path(folder), people, "plain", None)
        Keyring.create(root / "var" / "key")
        due = (datetime.now(UTC) + AHEAD).replace(microsecond=0) + timedelta(seconds=1)
        config = root / "config.yaml"
        wall = walltime.local(due, "Europe/London")
        config.write_text(config.read_text().replace("2100-01-01 09:00", walltime.key(wall).replace("T", " ")))
        serve(root, due)
        first = min(file.stat().st_mtime for file in (root / "var").rglob("*.eml"))
    return (first - due.timestamp()) * 1000


def serve(root: Path, due: datetime) -> None:
    """Approve the campaign, serve it until its first message lies in the outbox, and stop."""
    bell = WakeSignal()
    with open_project(root) as project:
        campaign = project.campaign("bench")
        submitted = decisions.submit(
            project, campaign, command_line_actor(project.settings, "amina", Permission.SUBMIT), SubmissionTerms()
        )
        approver = command_line_actor(project.settings, "david", Permission.APPROVE)
        decisions.approve(project, campaign, approver, submitted.plan.digest)
        stopper = threading.Thread(target=_stop_when_sent, args=(root, bell, due.timestamp() + PATIENCE))
        with registered_runner(project) as runner, run_clock(project, runner, bell):
            stopper.start()
            dispatch.send_continuously(project, runner.id, dispatch.RunOptions(bell))
        stopper.join()


def _stop_when_sent(root: Path, bell: WakeSignal, limit: float) -> None:
    while time.time() < limit and next((root / "var").rglob("*.eml"), None) is None:
        time.sleep(0.02)
    bell.stop()


def main() -> None:
    """Print the median and the tail."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=50)
    parser.add_argument("--people", type=int, default=5)
    chosen = parser.parse_args()
    waits = sorted(once(chosen.people) for _ in range(chosen.repeats))
    ninety_ninth = waits[min(len(waits) - 1, round(len(waits) * 0.99))]
    sys.stdout.write(
        f"{len(waits)} occurrences: due to first message p50 {statistics.median(waits):.0f} ms, "
        f"p99 {ninety_ninth:.0f} ms, least {waits[0]:.0f} ms, most {waits[-1]:.0f} ms\n"
    )


if __name__ == "__main__":
    main()

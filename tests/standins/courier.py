"""Runs a command for a mail system's pipe, which may run as a user who cannot even read our Python.

Postfix starts a small script, as a user without rights; the script leaves message and address in a folder, waits for
the exit code, and ends with it. The courier, in the test's process, runs the real command in between.
"""

import shutil
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self

_SCRIPT = """\
#!/bin/sh
cd {folder} || exit 75
echo "$1" > $$.to; cat > $$.part; mv $$.part $$.in
while [ ! -f $$.code ]; do sleep 0.05; done
exit "$(cat $$.code)"
"""


class Courier:
    """`carry(message, address)` runs the command and returns its exit code; `script` is what the pipe is to start."""

    def __init__(self, folder: Path, carry: Callable[[bytes, str], int], user: str = "nobody") -> None:
        self._folder = folder
        self._carry = carry
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work)
        folder.mkdir()
        self.script = folder / "hand-over"
        self.script.write_text(_SCRIPT.format(folder=folder))
        self.script.chmod(stat.S_IRUSR | stat.S_IXUSR)
        for path in (folder, self.script):
            shutil.chown(path, user)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._over.wait(0.02):
            for message in self._folder.glob("*.in"):
                code = self._carry(message.read_bytes(), message.with_suffix(".to").read_text().strip())
                message.unlink()
                written = message.with_suffix(".written")
                written.write_text(str(code))
                written.rename(message.with_suffix(".code"))

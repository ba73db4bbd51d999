"""The four corpora: brought by the ordinary clients of their registries, or read from a folder, and checked by digest.

None of them is kept here: their messages were other people's once.
"""

import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

CACHE = Path.home() / ".cache" / "broadcaster-bench" / "bounces"


_NOT_EVERYWHERE = frozenset({"spam-lots-of-bogus-addresses.msg", "spam-with-badly-parsed-email.msg"})
"""Debian leaves these two out of its archive; in BounceParser's own repository they are."""


class UnreachableError(Exception):
    """A corpus cannot be had here; says how to give it by hand."""


class Corpus(NamedTuple):
    """`digest` is the SHA-256 over names and contents of the files used: a clone serves as well as an archive."""

    name: str
    digest: str
    what: str


SISIMAI = Corpus(
    "sisimai",
    "60865a086da94de0b080a6abfaf82799912d057eb1a0c5fab15acaacd9ba8f20",
    "a clone of https://github.com/sisimai/set-of-emails at 18e585c; registries have older sets of it at best",
)
FLUFL = Corpus(
    "flufl",
    "fd1d5fbfb541033078fa4e06fa9759eefce24df3f4de01f287513d2beda25ee4",
    "the source distribution of flufl.bounce 6.0.0 (PyPI)",
)
ZONE_MTA = Corpus(
    "zone-mta", "f30f4dd0e1fdc9d1470de5d79ec5be9ad46def3b6538e086bc6506d7d388a397", "the npm package zone-mta 3.10.3"
)
BOUNCE_PARSER = Corpus(
    "bounceparser",
    "28d816db549dd1d25b5b108f7b23017cd66e873562bc869cd337aab3dc5b0550",
    "Debian's source package libmail-deliverystatus-bounceparser-perl 1.543+repacked-1",
)


def messages(corpus: Corpus, folder: Path | None) -> dict[str, bytes]:
    """The corpus's messages by name. Raises UnreachableError, also where they are others."""
    root = folder or _fetched(corpus)
    found = {path.name: path.read_bytes() for path in sorted(_files(corpus, root))}
    if not found:
        raise UnreachableError(f"there are no messages of it in {root}")
    return _checked(corpus, found)


def answers(folder: Path | None) -> list[tuple[str, str]]:
    """zone-mta's list: each answer that is quoted above a rule, with the rule's category."""
    root = folder or _fetched(ZONE_MTA)
    [path] = root.rglob("config/bounces.txt")
    text = _checked(ZONE_MTA, {path.name: path.read_bytes()})[path.name].decode()
    found: list[tuple[str, str]] = []
    waiting: list[str] = []
    for line in map(str.strip, text.splitlines()):
        if re.match(r"#\s*[45]\d\d[ -]", line):
            waiting.append(line.lstrip("# "))
        elif line and not line.startswith("#"):
            found += [(answer, line.split(",")[2]) for answer in waiting]
            waiting = []
    return found


def _files(corpus: Corpus, root: Path) -> Iterator[Path]:
    pattern = {
        "sisimai": "maildir/bsd/*.eml",
        "flufl": "tests/data/*.txt",
        "bounceparser": "t/corpus/*.msg",
    }[corpus.name]
    return root.rglob(pattern)


def _checked(corpus: Corpus, found: dict[str, bytes]) -> dict[str, bytes]:
    total = hashlib.sha256()
    for name, data in sorted(found.items()):
        if name in _NOT_EVERYWHERE:
            continue
        total.update(f"{name} {len(data)}\n".encode() + data)
    if total.hexdigest() != corpus.digest:
        raise UnreachableError(f"these are other files than were measured (their digest is {total.hexdigest()})")
    return found


def _fetched(corpus: Corpus) -> Path:
    target = CACHE / corpus.name
    if not target.is_dir():
        half = target.with_name(f"{corpus.name}.half")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        try:
            for archive in _FETCHERS[corpus.name](half):
                with tarfile.open(archive) as packed:
                    packed.extractall(half, filter="data")
        except (OSError, subprocess.CalledProcessError, tarfile.TarError) as error:
            raise UnreachableError(f"{corpus.what}: {error}") from None
        half.rename(target)
    return target


def _by_pip(half: Path) -> list[Path]:
    words = ["download", "--quiet", "--no-deps", "--no-binary", ":all:", "-d", str(half)]
    subprocess.run([sys.executable, "-m", "pip", *words, "flufl.bounce==6.0.0"], check=True, capture_output=True)
    return list(half.glob("*.tar.gz"))


def _by_npm(half: Path) -> list[Path]:
    words = ["npm", "pack", "--silent", "--pack-destination", str(half), "zone-mta@3.10.3"]
    subprocess.run(words, check=True, capture_output=True)
    return list(half.glob("*.tgz"))


def _by_apt(package: str, half: Path) -> list[Path]:
    """Debian's source packages, with the machine's own sources of packages, in folders of our own."""
    sources = half / "sources.sources"
    known = Path("/etc/apt/sources.list.d/debian.sources").read_text()
    sources.write_text(re.sub(r"^Types:.*$", "Types: deb-src", known, flags=re.MULTILINE))
    (half / "lists" / "partial").mkdir(parents=True)
    options = {
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::lists": half / "lists",
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", *(word for name, value in options.items() for word in ("-o", f"{name}={value}"))]
    subprocess.run([*apt, "update"], check=True, capture_output=True, cwd=half)
    # One of its files may be missing from a mirror; the one that is looked for is the upstream archive.
    subprocess.run([*apt, "source", "--download-only", package], check=False, capture_output=True, cwd=half)
    shutil.rmtree(half / "lists")
    found = list(half.glob("*.orig.tar.*"))
    if not found:
        raise OSError("the registry does not have its archive")
    return found


_FETCHERS: dict[str, Callable[[Path], list[Path]]] = {
    "flufl": _by_pip,
    "zone-mta": _by_npm,
    "sisimai": lambda half: _by_apt("libsisimai-perl", half),
    "bounceparser": lambda half: _by_apt("libmail-deliverystatus-bounceparser-perl", half),
}

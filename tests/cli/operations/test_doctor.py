"""`doctor`: a live look at the mail server, at a message that came back, and at what domains publish."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.commandline import Said, runner
from tests.projects import make_project
from tests.services.doctor.letterpost import MESSAGE, key, published, signed
from tests.standins.nameserver import NameServer
from tests.standins.smtp import Plan, StandIn

Project = Callable[..., Path]


@pytest.fixture(scope="module")
def names() -> Iterator[NameServer]:
    with NameServer(published(key()[1])) as server:
        yield server


@pytest.fixture
def project(tmp_path: Path) -> Project:
    def make(server: StandIn, **smtp: Any) -> Path:
        relay = {"host": "localhost", "port": str(server.port), "return_path": "bounces@ashmere.example", **smtp}
        return make_project(tmp_path / "project", providers={"email": "smtp", "smtp": relay})

    return make


Doctor = Callable[..., Said]


@pytest.fixture
def doctor(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Doctor:
    """Runs the command in a folder, with what is to stand in the environment."""

    def look(folder: Path, names: NameServer, *words: str, **environ: str) -> Said:
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        return runner(folder, monkeypatch, capsys)("doctor", "--resolver", names.address, *words)

    return look


def found(said: Said) -> dict[str, str]:
    return {one["code"]: one["level"] for one in said.json["findings"]}


def test_a_server_as_it_should_be(doctor: Doctor, tmp_path: Path, project: Project, names: NameServer) -> None:
    with StandIn(Plan(security="starttls", account=("desk", "secret")), tmp_path) as server:
        account = {"username_env": "SMTP_USER", "password_env": "SMTP_PASSWORD", "ca_file": str(server.ca_file)}
        folder = project(server, **account)
        said = doctor(folder, names, "--json", SMTP_USER="desk", SMTP_PASSWORD="secret")
        assert said.code == 0, said.err
        assert set(found(said)) == {
            *("mail-server", "pipelining", "dsn"),
            *("dmarc-published", "spf-published", "return-path-aligned"),
        }
        assert set(found(said).values()) == {"good"}
        assert "secret" not in said.out + said.err
        assert server.taken == []
        plain = doctor(folder, names, SMTP_USER="desk", SMTP_PASSWORD="secret")
        assert "encrypted by TLSv1." in plain.out
        assert "6 good, 0 to better, 0 to mend." in plain.out
        assert "broadcaster doctor --url https://letters.example.org" in plain.out
        wrong = doctor(folder, names, "--json", SMTP_USER="desk", SMTP_PASSWORD="wrong")
        assert wrong.code == 1
        assert found(wrong)["sign-in-refused"] == "error"


def test_a_server_that_offers_little(doctor: Doctor, tmp_path: Path, project: Project, names: NameServer) -> None:
    with StandIn(Plan(extensions=("8BITMIME",)), tmp_path) as server:
        said = doctor(project(server, starttls="never", return_path="bounces@relay.example"), names, "--json")
    assert {code for code, level in found(said).items() if level == "warning"} == {
        *("mail-server-plain", "pipelining-missing", "dsn-missing", "return-path-not-aligned")
    }
    assert found(said)["spf-missing"] == "error"


def test_a_server_that_is_not_there(doctor: Doctor, tmp_path: Path, project: Project, names: NameServer) -> None:
    with StandIn(Plan(), tmp_path) as server:
        folder = project(server, starttls="never")
    said = doctor(folder, names, "--json")
    assert said.code == 1
    assert found(said)["cannot-connect"] == "error"
    assert "dmarc-published" in found(said), "the rest is looked at all the same"


def test_without_an_answer_of_the_dns(doctor: Doctor, tmp_path: Path, project: Project) -> None:
    with NameServer({}) as silent:
        pass
    with StandIn(Plan(), tmp_path) as server:
        said = doctor(project(server, starttls="never"), silent, "--json")
    assert said.code == 1
    assert found(said).keys() >= {"mail-server-plain", "dns-unanswered"}


def test_a_test_message(doctor: Doctor, tmp_path: Path, project: Project, names: NameServer) -> None:
    with StandIn(Plan(), tmp_path) as server:
        folder = project(server, starttls="never")
        said = doctor(folder, names, "--send-to", "me@mailbox.example", "--by", "amina")
        assert said.code == 0, said.err
        [taken] = server.taken
        assert taken.to == ["me@mailbox.example"]
        assert "save it as it came and run: broadcaster doctor FILE.eml" in said.out
        refused = doctor(folder, names, "--send-to", "me@mailbox.example", "--by", "priya")
        assert refused.code == 1, "a viewer sends nothing"
        assert len(server.taken) == 1


def test_a_message_that_came_back_needs_no_project(doctor: Doctor, tmp_path: Path, names: NameServer) -> None:
    (tmp_path / "fine.eml").write_bytes(signed())
    (tmp_path / "bare.eml").write_bytes(MESSAGE)
    fine = doctor(tmp_path, names, "--json", str(tmp_path / "fine.eml"))
    assert fine.code == 0, fine.err
    assert found(fine)["one-click-signed"] == "good"
    bare = doctor(tmp_path, names, str(tmp_path / "bare.eml"))
    assert bare.code == 1
    assert "The message has no DKIM signature." in bare.out


@pytest.mark.parametrize(
    "words",
    [("--send-to", "a@b.example"), ("x.eml", "--url", "https://x.example"), ("--url",)],
)
def test_wrong_usage(doctor: Doctor, tmp_path: Path, names: NameServer, words: tuple[str, ...]) -> None:
    assert doctor(tmp_path, names, *words).code == 2


def test_outbox(doctor: Doctor, tmp_path: Path, names: NameServer) -> None:
    said = doctor(make_project(tmp_path / "project"), names, "--json")
    assert found(said)["no-mail-server"] == "warning"

"""What is answered: in each language, short, with the emergency number, and never taken for a command or a cry."""

from datetime import date
from pathlib import Path

import pytest

from broadcaster.bootstrap.ledger_only import load_project_settings
from broadcaster.domain.delivery.reports import Keyword
from broadcaster.domain.inbound.distress import is_urgent
from broadcaster.domain.inbound.keywords import STOP, read_keyword
from broadcaster.domain.text.folding import fold_words
from broadcaster.letters.text.sms_encoding import GSM_7, count_segments
from broadcaster.services.composing.auto_replies import (
    AUTO_REPLY_TEXTS,
    EMERGENCY_SENTENCES,
    MAX_HELP_SEGMENTS,
    AutoReply,
    ReplySignature,
    auto_reply_text,
    reply_signature,
)
from tests.projects import make_project

STARTER = ReplySignature(
    "Eastmarch Police", "999", (("Police, not an emergency", "101"), ("Tell MAMA", "0800 456 1226"))
)
EVERY = [(what, language) for language in AUTO_REPLY_TEXTS for what in AutoReply]
MOST = {AutoReply.STOPPED: 2, AutoReply.STARTED: 2, AutoReply.STILL_OFF: 3, AutoReply.HELP: 3, AutoReply.OTHER: 2}
"""Segments, at most."""

LINES = {
    "police-non-emergency": {"name": "Police, not an emergency", "number": "101", "says": "To report something"},
    "police-emergency": {"name": "Police emergency", "number": "999", "says": "In danger"},
    "old": {"name": "Gone", "number": "0800 456 1226", "says": "It was", "expires": "2026-01-01"},
}


def test_every_language_says_everything() -> None:
    assert set(AUTO_REPLY_TEXTS) == set(EMERGENCY_SENTENCES) == {"en", "ar", "ur", "bn", "so"}
    assert all(set(said) == set(AutoReply) for said in AUTO_REPLY_TEXTS.values())


@pytest.mark.parametrize(("what", "language"), EVERY)
def test_each_answer_names_who_writes_and_whom_to_call_and_is_short(what: AutoReply, language: str) -> None:
    said = auto_reply_text(STARTER, what, language)
    assert "999" in fold_words(said)
    assert "Eastmarch Police" in said
    assert "{" not in said
    cost = count_segments(said)
    assert cost.segments <= MOST[what]
    assert (cost.encoding == GSM_7) == (language in {"en", "so"})


@pytest.mark.parametrize(("what", "language"), EVERY)
def test_no_answer_is_itself_a_command_or_a_cry(what: AutoReply, language: str) -> None:
    """A machine that sends it back must not stop anybody, and must not stand first on the list."""
    said = auto_reply_text(STARTER, what, language)
    assert read_keyword(said) is Keyword.OTHER
    assert not is_urgent(said)


@pytest.mark.parametrize("language", AUTO_REPLY_TEXTS)
def test_answers_that_somebody_in_danger_gets_begin_with_the_emergency_number(language: str) -> None:
    for what in (AutoReply.HELP, AutoReply.OTHER):
        assert "999" in fold_words(auto_reply_text(STARTER, what, language))[:8]


@pytest.mark.parametrize("language", AUTO_REPLY_TEXTS)
def test_a_word_that_we_tell_people_to_send_is_understood(language: str) -> None:
    assert "START" in auto_reply_text(STARTER, AutoReply.STOPPED, language)
    assert "STOP" in auto_reply_text(STARTER, AutoReply.OTHER, language)
    assert STOP[language]


def test_help_tells_of_the_helplines_that_fit() -> None:
    said = auto_reply_text(STARTER, AutoReply.HELP, "en")
    assert "Police, not an emergency 101. Tell MAMA 0800 456 1226." in said
    for language in AUTO_REPLY_TEXTS:
        assert {"101", "0800"} <= set(fold_words(auto_reply_text(STARTER, AutoReply.HELP, language)))
    many = ReplySignature(
        "Eastmarch Police", "999", tuple((f"A long name of line {n}", f"0800 000 {n:04}") for n in range(50))
    )
    for language in AUTO_REPLY_TEXTS:
        said = auto_reply_text(many, AutoReply.HELP, language)
        assert count_segments(said).segments == MAX_HELP_SEGMENTS[count_segments(said).encoding]
        assert "999" in fold_words(said)


def test_a_number_with_spaces_reads_right_in_arabic() -> None:
    assert "\u200fTell MAMA \u200f\u200e0800 456 1226" in auto_reply_text(STARTER, AutoReply.HELP, "ar")
    assert "\u200fEastmarch Police۔" in auto_reply_text(STARTER, AutoReply.OTHER, "ur")


def test_other_tags_of_a_language_and_other_languages() -> None:
    assert auto_reply_text(STARTER, AutoReply.OTHER, "ar-EG") == auto_reply_text(STARTER, AutoReply.OTHER, "ar")
    for strange in ("cy", "", "pa-Arab-PK"):
        assert auto_reply_text(STARTER, AutoReply.OTHER, strange) == auto_reply_text(STARTER, AutoReply.OTHER, "en")


def test_a_curly_apostrophe_in_a_name_costs_nothing_and_no_name_is_a_template() -> None:
    assert (
        count_segments(auto_reply_text(ReplySignature("St John’s {us} {0}", "999"), AutoReply.OTHER, "en")).encoding
        == GSM_7
    )
    assert "St John's {us} {0}" in auto_reply_text(ReplySignature("St John’s {us} {0}", "999"), AutoReply.OTHER, "en")


@pytest.mark.parametrize(
    ("region", "lines", "number"),
    [
        ("GB", {}, "999"),
        ("DE", {}, "112"),
        ("GB", LINES, "999"),
        ("IE", {"police-emergency": {**LINES["police-emergency"], "number": "112"}}, "112"),
        ("GB", {"any": {**LINES["police-emergency"], "number": "112"}, "b": LINES["police-non-emergency"]}, "112"),
        ("GB", {"police-emergency": {**LINES["police-emergency"], "number": "0800 456 1226"}}, "999"),
        ("GB", {"police-emergency": {**LINES["police-emergency"], "number": "call us"}}, "999"),
        ("GB", {"report": LINES["police-non-emergency"]}, "999"),
        ("GB", {"police-emergency": {**LINES["police-emergency"], "expires": "2020-01-01"}}, "999"),
    ],
)
def test_the_emergency_number(tmp_path: Path, region: str, lines: dict[str, dict[str, str]], number: str) -> None:
    folder = make_project(tmp_path / "project", helplines=lines, organisation={"region": region})
    assert reply_signature(load_project_settings(folder), date(2026, 12, 1), "en").emergency == number


def test_helplines_in_date_are_told_of_and_the_emergency_one_only_once(tmp_path: Path) -> None:
    settings = load_project_settings(make_project(tmp_path / "project", helplines=LINES))
    assert reply_signature(settings, date(2025, 12, 31), "en").helplines == (
        ("Police, not an emergency", "101"),
        ("Gone", "0800 456 1226"),
    )
    assert reply_signature(settings, date(2026, 1, 1), "en").helplines == (("Police, not an emergency", "101"),)


@pytest.mark.parametrize(
    ("language", "us", "line"),
    [
        ("ar", "شرطة آشمير", "مكتب الاستقبال"),
        ("en-GB", "Ashmere Police", "Front desk"),
        ("so", "Ashmere Police", "Front desk"),
        ("pl", "Policja Ashmere", "Front desk"),
    ],
)
def test_names_are_those_of_the_readers_language(tmp_path: Path, language: str, us: str, line: str) -> None:
    """Where one is missing, which `check` tells of, whoever asks for help is told of the helpline all the same."""
    lines = {"desk": {"names": {"en": "Front desk", "ar": "مكتب الاستقبال"}, "number": "101", "says": "To report"}}
    names = {"en": "Ashmere Police", "ar": "شرطة آشمير", "pl": "Policja Ashmere"}
    folder = make_project(tmp_path / "project", helplines=lines, organisation={"name": names})
    voice = reply_signature(load_project_settings(folder), date(2026, 12, 1), language)
    assert (voice.organisation, voice.helplines) == (us, ((line, "101"),))
    said = auto_reply_text(voice, AutoReply.HELP, language)
    assert us in said
    assert line in said

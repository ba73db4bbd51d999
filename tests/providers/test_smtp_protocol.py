"""The transactions of one connection, byte for byte, without any network."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.providers.reasons import Reason
from broadcaster.providers.smtp.transactions.batch import SmtpBatch
from broadcaster.providers.smtp.transactions.envelope import ServerExtensions
from broadcaster.providers.smtp.transactions.protocol import SmtpProtocol
from broadcaster.providers.smtp.transactions.replies import SmtpConnectionLostError
from broadcaster.providers.smtp.transactions.verdicts import SmtpPhase
from tests.providers.people import email

LOST = SmtpConnectionLostError(Reason.DROPPED)


def say_all(talk: SmtpProtocol) -> bytes:
    out = talk.out
    talk.sent(len(out))
    return out


def begun(count: int, offer: ServerExtensions) -> tuple[SmtpProtocol, SmtpBatch]:
    errand = SmtpBatch([email(number, b"hello\r\n") for number in range(count)])
    talk = SmtpProtocol(offer, errand)
    talk.begin()
    return talk, errand


def outcomes(errand: SmtpBatch) -> list[Outcome]:
    return [receipt.outcome for receipt in errand.receipts]


def test_one_write_carries_a_body_and_the_next_envelope() -> None:
    talk, errand = begun(2, ServerExtensions(pipelining=True, dsn=True, takes_size=True))
    size = len(email(0, b"hello\r\n").data)
    assert say_all(talk) == (
        b"MAIL FROM:<bounces+0@example.org> SIZE=%d RET=HDRS ENVID=attempt0\r\n"
        b"RCPT TO:<person0@example.net> NOTIFY=FAILURE\r\nDATA\r\n" % size
    )
    talk.feed(b"250 ok\r\n250 ok\r\n354 go\r\n")
    second = say_all(talk)
    assert second.startswith(email(0).data[:20])
    assert second.endswith(
        b"hello\r\n.\r\nMAIL FROM:<bounces+1@example.org> SIZE=%d RET=HDRS ENVID=attempt1\r\n"
        b"RCPT TO:<person1@example.net> NOTIFY=FAILURE\r\nDATA\r\n" % size
    )
    talk.feed(b"250 2.0.0 Ok: queued as 4F21\r\n250 ok\r\n250 ok\r\n354 go\r\n")
    assert errand.receipts[0] == Receipt("delivery0", Outcome.ACCEPTED, reference="4F21")
    assert say_all(talk).endswith(b"hello\r\n.\r\n")
    talk.feed(b"250 ok\r\n")
    assert outcomes(errand) == [Outcome.ACCEPTED] * 2
    assert not talk.busy
    assert errand.unsettled == 0


def test_without_pipelining_each_command_waits_for_its_answer() -> None:
    talk, errand = begun(2, ServerExtensions())
    said = []
    for reply in [b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"250 ok\r\n"] * 2:
        said.append(say_all(talk))
        talk.feed(reply)
    assert [line[:4] for line in said] == [b"MAIL", b"RCPT", b"DATA", b"From"] * 2
    assert all(line.count(b"\r\n") == 1 for line in said if not line.startswith(b"From"))
    assert outcomes(errand) == [Outcome.ACCEPTED] * 2


def test_a_lone_dot_ends_a_transaction_without_recipients() -> None:
    talk, errand = begun(2, ServerExtensions(pipelining=True))
    say_all(talk)
    talk.feed(b"250 ok\r\n550 5.1.1 unknown\r\n354 go\r\n")
    assert say_all(talk) == b".\r\n"
    assert errand.receipts[0].outcome is Outcome.REFUSED
    talk.feed(b"554 5.5.1 nobody to deliver to\r\n")
    assert say_all(talk).startswith(b"MAIL FROM:<bounces+1")


def test_a_refused_data_is_reset_before_the_next_message() -> None:
    talk, errand = begun(2, ServerExtensions(pipelining=True))
    say_all(talk)
    talk.feed(b"250 ok\r\n450 4.2.0 later\r\n554 5.5.1 nobody\r\n")
    assert errand.receipts[0].outcome is Outcome.LATER
    assert say_all(talk).startswith(b"RSET\r\nMAIL FROM:<bounces+1")
    talk.feed(b"250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n")
    assert say_all(talk).endswith(b"hello\r\n.\r\n")


@given(st.data())
def test_the_doubt_begins_with_the_first_byte_of_the_final_dot(data: st.DataObject) -> None:
    talk, errand = begun(2, ServerExtensions(pipelining=True))
    say_all(talk)
    talk.feed(b"250 ok\r\n250 ok\r\n354 go\r\n")
    dot = talk.out.index(b"\r\n.\r\nMAIL") + 2
    gone = data.draw(st.integers(0, len(talk.out)))
    talk.sent(gone)
    assert talk.phase is (SmtpPhase.FINAL_DOT if gone > dot else SmtpPhase.BODY)
    talk.fall(LOST)
    if gone > dot:
        assert errand.receipts[0] == Receipt(
            "delivery0", Outcome.UNSURE, "no-answer", "final-dot", detail="connection-dropped"
        )
    else:
        assert errand.receipts[0] == Receipt("delivery0", Outcome.LATER, "connection-dropped", "body")
    assert errand.waiting == 1, "the second one was not begun in earnest"


def test_what_was_only_offered_to_tls_counts_as_gone() -> None:
    talk, errand = begun(1, ServerExtensions(pipelining=True))
    say_all(talk)
    talk.feed(b"250 ok\r\n250 ok\r\n354 go\r\n")
    talk.offering(len(talk.out))
    talk.fall(LOST)
    assert errand.receipts[0].outcome is Outcome.UNSURE


def test_a_kept_connection_that_is_lost_gives_its_message_back() -> None:
    talk, errand = begun(1, ServerExtensions(pipelining=True))
    talk.kept = True
    say_all(talk)
    talk.fall(LOST)
    assert errand.waiting == 1
    turn = errand.take()
    assert turn is not None
    assert turn.dot_at is None
    assert turn.moves == 1


def test_a_silence_is_not_met_with_haste() -> None:
    talk, errand = begun(1, ServerExtensions(pipelining=True))
    talk.kept = True
    say_all(talk)
    talk.fall(SmtpConnectionLostError(Reason.TIMED_OUT, slow=True))
    assert errand.receipts[0] == Receipt("delivery0", Outcome.LATER, "timed-out", "mail")


_FIRST = b"250 ok\r\n250-ok\r\n250 ok\r\n354 go\r\n"
_SECOND = b"250 queued as AAAA\r\n250 ok\r\n550 5.1.1 unknown\r\n503 no\r\n"
_CUTS = st.lists(st.integers(0, len(_SECOND)), max_size=30)


@given(_CUTS, _CUTS)
def test_it_does_not_matter_how_replies_are_cut(first: list[int], second: list[int]) -> None:
    talk, errand = begun(2, ServerExtensions(pipelining=True))
    for replies, cuts in ((_FIRST, first), (_SECOND, second)):
        say_all(talk)
        for start, end in pairwise([0, *sorted(cuts), len(replies)]):
            talk.feed(replies[start:end])
    assert outcomes(errand) == [Outcome.ACCEPTED, Outcome.REFUSED]


@given(
    st.lists(
        st.sampled_from([b"250 a\r\n", b"354 b\r\n", b"421 c\r\n", b"450 d\r\n", b"550 e\r\n", b"x\r\n"]), max_size=25
    )
)
def test_whatever_is_answered_each_message_is_settled_once(replies: list[bytes]) -> None:
    for offer in (ServerExtensions(), ServerExtensions(pipelining=True)):
        talk, errand = begun(5, offer)
        try:
            for reply in replies:
                say_all(talk)
                if talk.busy:
                    talk.feed(reply)
        except SmtpConnectionLostError as fault:
            talk.fall(fault)
        else:
            talk.fall(LOST)
        settled = sum(receipt.outcome is not Outcome.UNTRIED for receipt in errand.receipts)
        halted = any(receipt.outcome is Outcome.HALTED for receipt in errand.receipts)
        assert errand.unsettled == (0 if halted else errand.waiting)
        assert halted or settled == 5 - errand.waiting
        assert not talk.busy

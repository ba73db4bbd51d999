"""The four promises of filling, as checks over one letter and one recipient. Each raises AssertionError when broken.

They are what `docs/architecture.md` says of filling: source, markup, structure, MIME.
"""

import email
import email.policy
import re
from collections.abc import Mapping, Sequence
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from html.parser import HTMLParser
from urllib.parse import quote, unquote

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.language.language_tags import writing_direction
from broadcaster.letters.compiling.compiler import Compiler, Trace
from broadcaster.letters.compiling.skeleton_compiler import compile_email, compile_sms
from broadcaster.letters.filling.skeleton import EmailSkeleton, Envelope
from broadcaster.letters.rendering.fragments import Links
from broadcaster.letters.rendering.frames import EmailFrames, FrameContext
from broadcaster.letters.tracer.sentinels import Sentinels
from broadcaster.letters.tracer.skeleton_source import SkeletonSource
from tests.letters.reference import rendered
from tests.letters.writing import ENVELOPE, LINKS, SENDER, SURROUNDINGS

HEADERS = {
    *(
        "From",
        "To",
        "Reply-To",
        "Date",
        "Message-ID",
        "Subject",
        "List-Id",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
    ),
    *("MIME-Version", "Content-Language", "Content-Type"),
}


def source_holds(compiler: Compiler, language: str, fields: Mapping[str, str], channel: Channel) -> Trace:
    """E1: the skeleton with its values put back is Jinja's own rendering, and both ways to the values agree."""
    trace = compiler.trace(language, fields, channel)
    assert compiler.full_trace(language, fields, channel) == trace
    source = compiler.source(trace.skeleton)
    links = {"web": LINKS.web, "check": LINKS.check, "unsubscribe": LINKS.unsubscribe}
    expected = rendered(compiler.letter, language, fields, LINKS, SURROUNDINGS)
    for part in source.parts:
        assert source.filled(part, trace.values, links) == expected[part], part
    return trace


def markup_holds(compiler: Compiler, language: str, fields: Mapping[str, str]) -> None:
    """E2: for plain alphabetic values, what is filled is what Jinja's rendering would have been made into.

    But for isolates and the links of helplines' numbers: Jinja's rendering does not say where its values are, so that
    they are compared without. And but for values in an address that is seen: they are percent-encoded, as they are in
    the link's target, for there may be no markup inside that would keep them in order, and what is typed into a text
    must work when it is tapped. An address in Jinja's rendering looks as if its author had typed it, and stays as it
    is; here its letters beyond ASCII, which no letter for this check types itself, are encoded as well.
    """
    expected = rendered(compiler.letter, language, fields, LINKS, SURROUNDINGS)
    expected |= {part: _addresses_encoded(text) for part, text in expected.items() if part != "body"}
    whole = SkeletonSource(language, writing_direction(language), Sentinels("another"), expected, {})
    frames = EmailFrames(FrameContext(compiler.letter, language, SURROUNDINGS, whole.sentinels), has_logo=False)
    theirs = compile_email(b"", whole, frames, SENDER, None)
    trace = compiler.trace(language, fields, Channel.EMAIL)
    ours = compiler.email(trace.skeleton, SENDER)
    html, text = _shown_addresses_encoded(theirs.html((), LINKS)), _addresses_encoded(theirs.text((), LINKS))
    assert _without_isolates(ours.html(trace.values, LINKS)) == _without_isolates(html)
    assert _without_isolates(ours.text(trace.values, LINKS)) == _without_isolates(text)
    assert _without_isolates(ours.subject(trace.values, LINKS)) == _without_isolates(theirs.subject((), LINKS))
    assert _without_isolates(ours.preheader(trace.values, LINKS)) == _without_isolates(theirs.preheader((), LINKS))
    assert _set_apart(ours.html(trace.values, LINKS)) == _set_apart(ours.html(["x"] * len(trace.values), LINKS))
    trace = compiler.trace(language, fields, Channel.SMS)
    body = compiler.sms(trace.skeleton).fill(trace.values, LINKS).body
    assert _without_isolates(body) == _without_isolates(compile_sms(b"", whole).fill((), LINKS).body)


def structure_holds(skeleton: EmailSkeleton, values: Sequence[str]) -> None:
    """E3: whatever the values, the tree has the tags and attributes that plain words give it, and shows the values."""
    words = [f"wordx{at}x" for at in range(len(values))]
    plain, filled = _Tree(), _Tree()
    plain.feed(skeleton.html(words, LINKS))
    filled.feed(skeleton.html(values, LINKS))
    assert [name for name, _ in filled.found] == [name for name, _ in plain.found]
    for (name, got), (_, pattern) in zip(filled.found, plain.found, strict=True):
        assert got == _put(pattern, words, values), name
    for name, pattern in plain.found:
        assert name != "text" or not re.search(r"wordx\d+x", pattern), "a value stands in no element with a direction"
    text = _put(_unquoted(_without_isolates(skeleton.text(words, LINKS))), words, values)
    assert _unquoted(_without_isolates(skeleton.text(values, LINKS))) == text


def mime_holds(
    skeleton: EmailSkeleton, values: Sequence[str], envelope: Envelope = ENVELOPE, links: Links = LINKS
) -> bytes:
    """E4: what the standard library parses from the message is what was filled, and nothing else is in it."""
    raw = skeleton.fill(values, envelope, links)
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    names = [name for name, _ in message.raw_items()]
    wanted = HEADERS if links.unsubscribe else {name for name in HEADERS if not name.startswith("List-Unsub")}
    assert sorted(names) == sorted(wanted)
    assert message["Subject"] == skeleton.subject(values, links)
    _to_holds(message, envelope)
    if links.unsubscribe:
        assert f"List-Unsubscribe: <{links.unsubscribe}>\r\n".encode() in raw
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None and html is not None
    assert plain.get_content().replace("\r\n", "\n") == skeleton.text(values, links)
    assert html.get_content().replace("\r\n", "\n") == skeleton.html(values, links)
    parts = [part.get_content_type() for part in message.walk() if not part.is_multipart()]
    assert parts[:2] == ["text/plain", "text/html"]
    _lines_hold(raw)
    return raw


def _to_holds(message: EmailMessage, envelope: Envelope) -> None:
    (to,) = message["To"].addresses
    assert to.addr_spec == envelope.to_address
    # Python 3.11's newer parser keeps the white space between two encoded words of a name, and joins spaces in one.
    assert "".join(to.display_name.split()) == "".join(envelope.to_name.split())
    raw = "".join(str(value) for name, value in message.raw_items() if name == "To").replace("\r\n", "")
    name, address = parseaddr(raw)
    assert (str(make_header(decode_header(name))), address) == (envelope.to_name, envelope.to_address)


def _lines_hold(raw: bytes) -> None:
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"") and b"\r" not in raw.replace(b"\r\n", b"")
    head, _, body = raw.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        assert len(line) <= 998
        assert len(line) <= 78 or line.startswith(
            (b"List-", b"To: ", b"Content-Type: ", b" ", b"From: ", b"Message-ID: ")
        )
    for line in body.split(b"\r\n"):
        assert len(line) <= 76 or line.startswith(b"Content-Type: ")
        assert not line.startswith((b".", b"From "))
    # What `fill` promises and providers rely upon: they look at none of these messages again.
    assert not any(line.startswith(b".") for line in raw.split(b"\r\n"))
    assert raw.endswith(b"\r\n")


def _without_isolates(text: str) -> str:
    text = re.sub(r'<a href="tel:[^>]*>([^<]*)</a>', r"\1", text)
    return re.sub(r"</?span\b[^>]*>|[\u200e\u200f\u2066-\u2068]| ?\u2069", "", text)


def _addresses_encoded(text: str) -> str:
    """A plain text, the letters beyond ASCII in its web addresses percent-encoded."""
    return re.sub(r"(?:https?://|www\.)[^\s<>\u200e\u200f\u2066-\u2069]+", lambda address: _encoded(address[0]), text)


def _shown_addresses_encoded(html: str) -> str:
    """HTML, the letters beyond ASCII percent-encoded in each address that shows itself, which has a `dir`."""
    return re.sub(r'(<a [^>]*\bdir="ltr"[^>]*>)([^<]*)', lambda link: link[1] + _encoded(link[2]), html)


def _encoded(address: str) -> str:
    return re.sub(r"[^\x00-\x7f]+", lambda letters: quote(letters[0]), address)


_OWN_HOST = "https://example.org/"
"""What the addresses of generated letters begin with; a value does not."""


def _unquoted(text: str) -> str:
    """The text with its own links decoded; a value's cannot have this host."""
    return re.sub(r"https://example\.org\S*", lambda link: unquote(link[0]), text)


def _set_apart(html: str) -> int:
    return html.count("<span dir=")


def _put(pattern: str, words: Sequence[str], values: Sequence[str]) -> str:
    by_word = dict(zip(words, values, strict=True))
    return re.sub(r"wordx\d+x", lambda match: by_word[match[0]], pattern)


class _Tree(HTMLParser):
    """The document as a list: each tag, each attribute with its value, each text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, str]] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("span", "a"):
            self._open.append((tag, "dir" in dict(attrs)))
        self.found.append((f"<{tag}>", ""))
        self.found += [
            (f"{tag}@{name}", unquote(value or "") if name == "href" else value or "") for name, value in attrs
        ]

    def handle_endtag(self, tag: str) -> None:
        if tag in ("span", "a"):
            assert self._open.pop()[0] == tag
        self.found.append((f"</{tag}>", ""))

    def handle_data(self, data: str) -> None:
        apart = any(apart for _, apart in self._open)
        # An address that shows itself, and one in a preheader, where nothing is a link.
        if any(tag == "a" and has_dir for tag, has_dir in self._open) or (apart and data.startswith(_OWN_HOST)):
            data = unquote(data)
        name = "text set apart" if apart else "text"
        if self.found and self.found[-1][0] == name:
            self.found[-1] = (name, self.found[-1][1] + data)
        else:
            self.found.append((name, data))

    def handle_comment(self, data: str) -> None:
        self.found.append((f"<!--{data}-->", ""))

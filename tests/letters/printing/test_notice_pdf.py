"""Printed notices: real PDFs by WeasyPrint, which fetches nothing and leaves nothing out in silence."""

import base64
import ctypes
import logging
import re
import sys
import threading
import zlib
from pathlib import Path

import jinja2
import pytest

from broadcaster.letters.printing import notice_pdf

FRAMES = Path(__file__).parents[3] / "templates" / "_frames"
PIXEL = base64.b64encode((FRAMES / "logo.png").read_bytes()).decode()
SVG = base64.b64encode(
    b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
    b'<image href="file:///etc/hostname" width="5" height="5"/></svg>'
).decode()


def has_pango() -> bool:
    names = ("libpango-1.0.so.0", "libpango-1.0.dylib", "/opt/homebrew/lib/libpango-1.0.dylib")
    for name in names:
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False


needs_pango = pytest.mark.skipif(not has_pango(), reason="Pango, a library of the operating system, is not installed")


def page(body: str, language: str = "en", direction: str = "ltr") -> str:
    return f'<!doctype html><html lang="{language}" dir="{direction}"><title>Notice</title><body>{body}</body></html>'


def printed(html: str) -> bytes:
    """A notice in a script that this machine may lack fonts for."""
    try:
        return notice_pdf.render_pdf(html)
    except notice_pdf.GlyphsMissingError as error:
        pytest.skip(error.message)


def unpacked(data: bytes) -> bytes:
    """A PDF with its streams uncompressed, to look for words in."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL)
    readable = [data]
    for stream in streams:
        try:
            readable.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return b"\n".join(readable)


def first_text_at(data: bytes) -> float:
    """Where the first text of a PDF begins: pixels from the left."""
    match = re.search(rb"1 0 0 -1 ([\d.]+) [\d.]+ Tm", unpacked(data))
    assert match
    return float(match[1])


@needs_pango
def test_language_size_and_tags() -> None:
    data = notice_pdf.render_pdf(page("<h1>What we know</h1><p>Call 101.</p>", "so"))
    inside = unpacked(data)
    assert data.startswith(b"%PDF-")
    assert re.search(rb"/Lang ?\(so\)", inside)
    assert re.search(rb"/MediaBox ?\[0 0 595\.27\d+ 841\.88\d+\]", inside)
    assert b"/StructTreeRoot" in inside
    assert b"(Notice)" in inside


@needs_pango
def test_right_to_left() -> None:
    words = "تعال معنا"
    right, left = printed(page(f"<p>{words}</p>", "ar", "rtl")), printed(page(f"<p>{words}</p>", "ar", "ltr"))
    assert re.search(rb"/Lang ?\(ar\)", unpacked(right))
    assert first_text_at(left) < 200
    assert first_text_at(right) > 400


@needs_pango
@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ar", "rtl"), ("ur", "rtl"), ("bn", "ltr")])
def test_the_frame_that_comes_with_the_letters(language: str, direction: str) -> None:
    words = {"en": "Hello", "ar": "مرحبا", "ur": "خوش آمدید", "bn": "স্বাগতম"}
    template = jinja2.Environment(autoescape=True).from_string((FRAMES / "notice.html").read_text("utf-8"))
    html = template.render(
        language=language,
        direction=direction,
        title=words[language],
        logo=f"data:image/png;base64,{PIXEL}",
        organisation={"name": "Eastmarch Police"},
        signatory={"name": "Miriam Castellane", "email": "communities@eastmarch.example"},
        content=jinja2.filters.do_mark_safe(f"<p>{words[language]} 101 #WeStandTogether</p>"),
        links={"check": "https://letters.example.org/c/x"},
        words={"notice_check": words[language], "notice_contact": words[language]},
    )
    inside = unpacked(printed(html))
    assert f"/Lang ({language})".encode() in inside
    assert b"/Image" in inside


@needs_pango
@pytest.mark.parametrize(
    "body",
    [
        '<img src="https://127.0.0.1:9/x.png">',
        '<img src="file:///etc/hostname">',
        '<img src="logo.png">',
        '<img src="//127.0.0.1:9/x.png">',
        '<img src="data:image/png;base64,AAAA">',
        f'<img src="data:image/svg+xml;base64,{SVG}">',
        '<link rel="stylesheet" href="http://127.0.0.1:9/x.css">',
        '<link rel="attachment" href="file:///etc/hostname">',
        '<style>@import "http://127.0.0.1:9/x.css"</style>',
        '<style>@font-face { font-family: a; src: url(http://127.0.0.1:9/x) } p { font-family: a }</style><p>x</p>',
        '<p style="background: url(http://127.0.0.1:9/x.png)">x</p>',
        '<object data="http://127.0.0.1:9/">x</object>',
        '<base href="file:///etc/"><img src="hostname">',
    ],
)  # fmt: skip
def test_nothing_is_fetched_and_nothing_is_left_out(body: str) -> None:
    with pytest.raises(notice_pdf.NoticeFetchError) as caught:
        notice_pdf.render_pdf(page(body))
    assert caught.value.code == "notice-fetch-refused"
    assert "127.0.0.1" not in caught.value.message


@needs_pango
def test_links_are_only_shown() -> None:
    assert notice_pdf.render_pdf(page('<a href="https://letters.example.org/c">check</a>'))


@needs_pango
def test_letters_that_no_font_has() -> None:
    with pytest.raises(notice_pdf.GlyphsMissingError) as caught:
        notice_pdf.render_pdf(page("<p>x \ue123</p>"))
    assert "U+E123" in caught.value.message
    assert notice_pdf.render_pdf(page("<p>x</p>"))


@needs_pango
def test_complaints_of_other_threads_are_not_ours() -> None:
    stop = threading.Event()

    def complain() -> None:
        while not stop.is_set():
            logging.getLogger("weasyprint").error("somebody else's image")

    other = threading.Thread(target=complain)
    other.start()
    try:
        assert notice_pdf.render_pdf(page("<p>x</p>"))
    finally:
        stop.set()
        other.join()


@pytest.mark.parametrize(("fails_with", "names"), [("ImportError", "WeasyPrint"), ("OSError", "Pango")])
def test_what_is_missing_is_said(
    fails_with: str, names: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    package = tmp_path / "weasyprint"
    package.mkdir()
    (package / "__init__.py").write_text(f"print('read the manual')\nraise {fails_with}('libpango')\n")
    for name in [name for name in sys.modules if name.partition(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(notice_pdf.PrintExtraMissingError) as caught:
        notice_pdf.render_pdf(page("<p>x</p>"))
    assert caught.value.code == "print-extra-missing"
    assert names in caught.value.message
    assert "pip install 'weasyprint>=70'" in caught.value.remedy
    assert "libpango-1.0-0" in caught.value.remedy
    assert capsys.readouterr().out == ""

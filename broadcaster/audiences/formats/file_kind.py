"""The kind of a file, by its content and not by its name."""

import re
from enum import StrEnum

BYTES_LOOKED_AT = 1 << 16
"""Bytes that are read at the beginning."""


class FileKind(StrEnum):
    """Kinds that can be imported. Every other is refused by name."""

    TEXT = "text"
    WORKBOOK = "workbook"
    VCARD = "vcard"


_SHEET_REMEDY = "Open it in the program it belongs to, and save the list as an Excel workbook (.xlsx) or as CSV UTF-8."
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_OLE_KINDS = (
    ("EncryptedPackage", "a workbook protected by a password"),
    ("WordDocument", "a Word document"),
    ("PowerPoint Document", "a PowerPoint presentation"),
    ("__properties_version1.0", "an Outlook message"),
)
_ZIP_KINDS = (
    (b"word/", "a Word document"),
    (b"ppt/", "a PowerPoint presentation"),
    (b"application/vnd.oasis.opendocument.text", "an OpenDocument text"),
    (b"application/vnd.oasis.opendocument.presentation", "an OpenDocument presentation"),
    (b"Index/", "an Apple Numbers or Pages document"),
)
_WORKBOOK_PARTS = (b"xl/", b"application/vnd.oasis.opendocument.spreadsheet")
_FILE_STARTS = (
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a rich text document (RTF)"),
    (b"\x1f\x8b", "a compressed file (gzip)"),
    (b"7z\xbc\xaf\x27\x1c", "a compressed archive (7-Zip)"),
    (b"Rar!", "a compressed archive (RAR)"),
    (b"age-encryption.org/", "a file encrypted with age"),
    (b"-----BEGIN AGE", "a file encrypted with age"),
    (b"SQLite format 3\0", "a database (SQLite)"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)
_MARKUP = re.compile(r"<(?:!doctype\s+html|html|head|body|table|meta)\b", re.IGNORECASE)
_UNLOCK_REMEDY = (
    "Open it with its password, save a copy without one (in Excel: File, Info, Protect Workbook), and take in that."
)


def detect_file_kind(start: bytes, end: bytes = b"") -> tuple[FileKind | None, str, str]:
    """The kind of a file whose first and last bytes these are; or None, what it is in words, and what to do."""
    if start.startswith(_OLE):
        return _ole_kind(start)
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(start, end)
    for magic, words in _FILE_STARTS:
        if start.startswith(magic):
            return None, words, _SHEET_REMEDY
    return _text_kind(start)


def _ole_kind(start: bytes) -> tuple[FileKind | None, str, str]:
    for stream, words in _OLE_KINDS:
        if stream.encode("utf-16-le") in start:
            return None, words, _UNLOCK_REMEDY if "password" in words else _SHEET_REMEDY
    return FileKind.WORKBOOK, "", ""


def _zip_kind(start: bytes, end: bytes) -> tuple[FileKind | None, str, str]:
    # The names of its parts stand at its end, the type of an OpenDocument at its beginning.
    both = start[:512] + end
    for part, words in _ZIP_KINDS:
        if part in both:
            return None, words, _SHEET_REMEDY
    if b"META-INF/manifest.xml" in both and b"encryption-data" in both:
        return None, "a workbook protected by a password", _UNLOCK_REMEDY
    if any(part in both for part in _WORKBOOK_PARTS):
        return FileKind.WORKBOOK, "", ""
    return None, "a ZIP archive", "Unpack it, and take in the list that is in it."


def _text_kind(start: bytes) -> tuple[FileKind | None, str, str]:
    text = start.decode("utf-16" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace").lstrip()
    if text[:12].upper().startswith("BEGIN:VCARD"):
        return FileKind.VCARD, "", ""
    if text.startswith("<"):
        if "urn:schemas-microsoft-com:office:spreadsheet" in text:
            words = "an XML spreadsheet (the format of Excel 2003)"
        elif "opendocument" in text:
            words = "a flat OpenDocument spreadsheet"
        elif _MARKUP.search(text):
            words = "a web page (HTML), even if its name says that it is a workbook"
        else:
            words = "an XML file"
        return None, words, _SHEET_REMEDY
    return FileKind.TEXT, "", ""

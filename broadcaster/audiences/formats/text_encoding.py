"""The encoding of a text file: by its byte order mark, by its zeros, or by bytes that cannot occur."""

import codecs
from dataclasses import dataclass
from io import BufferedReader

WINDOWS_ENCODING = "cp1252"

_UNDEFINED_BYTES = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))
"""Bytes that mean nothing in Windows-1252."""


@dataclass(slots=True)
class TextEncoding:
    """What reading a file once showed. `name` is "" where its mark tells the encoding or it is plain UTF-8; `guessed`
    where another encoding would read it too, into other letters.
    """

    name: str = ""
    guessed: bool = False
    is_mixed: bool = False


def detect_encoding(stream: BufferedReader) -> TextEncoding:
    """The encoding of a file without a mark. What is neither UTF-8 nor can be Windows-1252 stays UTF-8, with errors."""
    start = stream.peek(4)[:4]
    if start.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return TextEncoding()
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    broken = good = 0
    undefined = False
    first = True
    while piece := stream.read(1 << 16):
        if first and (name := _utf16_without_mark(piece)):
            return TextEncoding(name)
        first = False
        if piece.isascii():
            continue
        undefined = undefined or any(byte in piece for byte in _UNDEFINED_BYTES)
        text = decoder.decode(piece)
        lone = sum("\udc80" <= letter <= "\udcff" for letter in text if letter > "\x7f")
        broken += lone
        good += sum(letter > "\x7f" for letter in text) - lone
    if not broken:
        return TextEncoding()
    # Where some letters are good UTF-8, the file was put together of two: no one encoding is right for it.
    return TextEncoding(is_mixed=True) if good or undefined else TextEncoding(WINDOWS_ENCODING, guessed=True)


def _utf16_without_mark(piece: bytes) -> str:
    """UTF-16 whose mark is missing: in a list, nearly every second byte of separators, digits and addresses is 0."""
    head = piece[:4096]
    zeros = (head[0::2].count(0), head[1::2].count(0))
    if max(zeros) * 8 < len(head):
        return ""
    return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"

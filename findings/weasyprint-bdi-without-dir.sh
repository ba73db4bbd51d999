#!/bin/sh
# WeasyPrint 70.0 lays out <bdi> without `dir` as if it were not there: "0800 456 1226" in Arabic text is printed as
# "1226 456 0800". HTML Living Standard 15.3.6 gives <bdi> `unicode-bidi: isolate` and the direction of its content; with
# dir="ltr" the order is right. Seen with WeasyPrint 70.0, pdfminer.six 20260107 and Pango 1.50.12.
# Exit 0: it still does so. Exit 1: it behaves in another way now, and letters/printing/print_layout.py may be made simpler. Needs Pango and
# an Arabic font (Debian: libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-core).
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check weasyprint==70.0 pdfminer.six==20260107
"$folder/venv/bin/python" - <<'PYTHON'
import io
import sys

import weasyprint
from pdfminer.high_level import extract_pages
from pdfminer.layout import LTChar


def printed(number: str) -> str:
    """The digits of a PDF, from left to right."""
    page = f'<!doctype html><html lang="ar" dir="rtl"><p>اتصلوا بالرقم {number}. شكرا'
    data = weasyprint.HTML(string=page).write_pdf()
    (layout,) = extract_pages(io.BytesIO(data), laparams=None)
    digits = sorted((char.x0, char.get_text()) for char in chars(layout) if char.get_text().isdigit())
    return "".join(text for _, text in digits)


def chars(item):
    if isinstance(item, LTChar):
        yield item
    elif hasattr(item, "__iter__"):
        for child in item:
            yield from chars(child)


without, with_dir = printed("<bdi>0800 456 1226</bdi>"), printed('<bdi dir="ltr">0800 456 1226</bdi>')
print(f"WeasyPrint {weasyprint.__version__}: <bdi> gives {without}, <bdi dir=ltr> gives {with_dir}")
sys.exit(0 if (without, with_dir) == ("12264560800", "08004561226") else 1)
PYTHON

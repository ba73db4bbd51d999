#!/bin/sh
# css-inline 0.24.0 drops rules whose selectors it does not know, without an error or a warning: `:lang()` (Selectors
# Level 3 and 4, 9.3 "The Language Pseudo-class"), `:is()`, `:where()`, `:dir()` and `:not(:lang())`. An email in Arabic
# and Urdu whose fonts are chosen by `html:lang(ur)` goes out in the default font. `[lang|=ur]` is written into the tags.
# Exit 0: it still does so. Exit 1: it behaves in another way now, and letters/rules/style_sheets.py may refuse less.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check css-inline==0.24.0
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import css_inline

PAGE = '<html lang="ur"><head><style>{} {{ color: red }}</style></head><body><p class="a">x</p></body></html>'
written = {
    selector: "color: red" in css_inline.inline(PAGE.format(selector)).replace("color:red", "color: red")
    for selector in ("html:lang(ur) p", ":is(p, h1)", "p:where(.a)", "p:dir(ltr)", "p:not(:lang(ar))", "[lang|=ur] p", "p")
}
for selector, kept in written.items():
    print(f"css-inline 0.24.0: {selector:20} {'written' if kept else 'dropped'}")
sys.exit(0 if [kept for kept in written.values()] == [False] * 5 + [True] * 2 else 1)
PYTHON

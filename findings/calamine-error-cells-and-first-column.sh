#!/bin/sh
# python-calamine 0.9.1 hands out a cell with an error (#N/A, #DIV/0!) as '', so that it cannot be told from an empty cell
# (ECMA-376 Part 1, 18.18.11 has `e` as a type of its own); and `iter_rows()` begins at the first row of the sheet, but at
# the first column in use, so that the cells of a sheet that begins at B3 come in rows from 1 and columns from B.
# Seen with python-calamine 0.9.1 and openpyxl 3.1.5.
# Exit 0: it still does so. Exit 1: it behaves in another way now, and audiences/formats/workbook_reader.py may be made simpler.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check python-calamine==0.9.1 openpyxl==3.1.5
"$folder/venv/bin/python" - <<'PYTHON'
import io
import sys

import openpyxl
from python_calamine import CalamineWorkbook

book = openpyxl.Workbook()
sheet = book.active
sheet["B3"], sheet["C3"] = "Name", "#N/A"
sheet["C3"].data_type = "e"
sheet["B4"], sheet["C4"] = "Ada", "told"
target = io.BytesIO()
book.save(target)
read = CalamineWorkbook.from_filelike(io.BytesIO(target.getvalue())).get_sheet_by_index(0)
rows = list(read.iter_rows())
print(f"sheet begins at {read.start} (row, column from 0); iter_rows gives {rows}")
sys.exit(0 if rows == [["", ""], ["", ""], ["Name", ""], ["Ada", "told"]] else 1)
PYTHON

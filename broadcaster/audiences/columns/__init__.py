"""Which heading of a list means which column: known headings, exports of contacts, and what somebody chose."""

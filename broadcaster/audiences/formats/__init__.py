"""Formats of files with people in them: CSV, workbooks, vCards, and how each is recognised."""

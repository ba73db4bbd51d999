"""Notices on paper: the layout of their page, and its PDF."""

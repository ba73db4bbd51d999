"""Skeletons, and their filling with values: MIME, headers, merge templates."""

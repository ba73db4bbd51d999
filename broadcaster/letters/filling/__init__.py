"""Compiled skeletons, and how values are filled into them: MIME, headers, merge templates."""

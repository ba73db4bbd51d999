"""Letters: read, run for each recipient, compiled to skeletons, and filled. See "letters" in docs/architecture.md.

This package imports nothing: whoever needs one type imports it from its module, and loads only what that needs.
"""

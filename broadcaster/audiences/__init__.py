"""Audiences: who a letter is for. Lists are imported as rosters; rosters are read, checked and selected from.

This package imports nothing: whoever needs one type imports it from its module, and loads only what that needs.
"""

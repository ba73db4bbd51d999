"""Texts that people typed: cleaned, folded, compared, and made into names."""

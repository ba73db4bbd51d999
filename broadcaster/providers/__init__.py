"""Providers: each takes filled messages and returns receipts. All have the shape of `base`."""

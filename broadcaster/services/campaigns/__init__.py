"""Campaigns in config.yaml, made and changed at the desk."""

"""Staff in config.yaml, and the audit log."""

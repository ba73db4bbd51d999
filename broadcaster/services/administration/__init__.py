"""Staff, helplines, signatories and quiet hours in config.yaml, changed at the desk; and the audit log."""

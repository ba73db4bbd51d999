"""The open project: config.yaml, ledger and keys together. Every other service stands on it."""

"""Bootstrap: opens ledger, providers and project for a command."""

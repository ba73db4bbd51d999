"""Where everything is put together: ledger, providers and project, opened for a command."""

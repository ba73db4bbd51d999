"""Who may do what: sign-in, sessions, accounts and permissions of staff."""

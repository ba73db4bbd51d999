"""Staff: passwords, invitations and sessions at the desk, and what each of them was notified of."""

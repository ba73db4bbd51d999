"""What recipients say: replies, and addresses that must not be written to."""

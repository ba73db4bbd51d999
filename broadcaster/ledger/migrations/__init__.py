"""The history of the ledger: each file in `versions/` brings it one revision on. The way back is the backup."""

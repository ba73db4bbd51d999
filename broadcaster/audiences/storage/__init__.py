"""The file of a roster on disk: opened, decrypted with age, and replaced whole or not at all."""

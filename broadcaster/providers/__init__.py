"""The ways out: each takes filled messages and answers receipts. A file or folder each, all of one shape (`base`)."""

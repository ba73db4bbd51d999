"""What commands share: output on a terminal, labels for codes, errors, and being told to stop."""

"""Commands about what goes out: `send`, `pause`, `resume`, `cancel`, `unsure` and `status`."""

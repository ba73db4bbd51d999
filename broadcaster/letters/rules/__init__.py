"""What a letter or a frame may not hold, as `check` and the editor say it."""

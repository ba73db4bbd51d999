"""From a letter to its skeletons: traced for each recipient, compiled once for each skeleton."""

"""Letters compiled to skeletons: a trace for each recipient, a compilation for each skeleton."""

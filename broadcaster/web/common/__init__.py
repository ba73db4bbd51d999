"""What the doors share: pages made of templates, threads in which requests may block, limits of rate, size and log."""

"""What providers report afterwards: reports, soft bounces, counts that halt, and texts nothing was heard of."""

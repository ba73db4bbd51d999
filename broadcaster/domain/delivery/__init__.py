"""What providers are given and what they say of it: messages, receipts, reports, and when to try again."""

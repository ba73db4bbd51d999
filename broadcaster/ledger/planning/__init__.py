"""What is planned and approved: campaigns, their occurrences, and the approvals of them."""

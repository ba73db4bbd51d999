"""When a campaign goes out, and to whom: schedule, plan, and the digest that is signed."""

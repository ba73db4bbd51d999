"""Messages to the return path, read into reports: delivery status notifications, dispositions, plain texts. Pure."""

"""The SMTP conversation without a socket: commands, replies, pipelining, one batch, and what answers mean. Pure."""

"""All commands, in the order in which `--help` lists them."""

from broadcaster.cli import init, demo, look, preview, decide, sending, serve, roster, suppress  # noqa: I001 (the order of help)

__all__ = ["decide", "demo", "init", "look", "preview", "roster", "sending", "serve", "suppress"]

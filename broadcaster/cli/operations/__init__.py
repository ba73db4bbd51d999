"""Commands for whoever runs the server: `serve`, `doctor`, `database`, `bounce`, `invite` and `confirm`."""

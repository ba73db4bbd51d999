"""Messages looked at before they go out: previews, extreme cases, printed notices and test sends."""

"""Sources with sentinels made into HTML, plain text and text messages with gaps: Markdown, links, frames, isolates."""

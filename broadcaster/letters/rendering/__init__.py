"""Sources with sentinels rendered to HTML, plain text and text messages: Markdown, links, frames, isolates."""

"""Letters: the list, the editor with its earlier versions, and the preview of one message."""

"""Letters read from the files below `templates/`, and which columns and texts they use."""

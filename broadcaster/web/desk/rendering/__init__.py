"""How pages of the desk are made: templates, labels, flash messages, languages, style sheets and frames for emails."""

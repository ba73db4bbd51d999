"""Whether a language of a letter is a translation of its first one."""

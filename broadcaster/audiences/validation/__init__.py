"""One row of a roster read and checked: names, languages, channels, timezones, and text that a program has ruined."""

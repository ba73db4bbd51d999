"""Settings: helplines, signatories and quiet hours, looked at and changed; how messages are sent, looked at."""

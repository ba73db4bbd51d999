"""What happened and what needs attention: status, record, progress and timeline of broadcasts."""

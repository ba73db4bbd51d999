"""Types that all of audiences shares: recipients, defaults and errors of rows."""

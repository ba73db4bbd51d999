"""Times on the wall: wall times of the organisation, and quiet hours of recipients."""

"""Who works here: signing in and out, the list of staff, and the form for one of them."""

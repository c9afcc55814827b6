"""Staff pages: the day's appointments, and what is done with one of them."""

"""How long free time takes: in the core alone, over HTTP, and with how many bookings in the tables."""

"""From bookings to what staff read."""

"""From what is known to what is read: frozen view data, made by pure functions."""

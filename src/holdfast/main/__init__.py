"""Everything is wired here: settings, addresses, the API, event handlers and the processes."""

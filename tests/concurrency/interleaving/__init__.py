"""Two transactions paused before each of their statements, and let go one step at a time."""

"""PostgreSQL: roles, schema files and the small helpers that turn rows into types."""

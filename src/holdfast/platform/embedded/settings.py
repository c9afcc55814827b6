"""How the embedded server is set up: written into its postgresql.conf once, which may be edited there."""

from collections.abc import Mapping

SETTINGS: Mapping[str, str] = {
    # A small machine that does other things too; a large shop brings its own server (DATABASE_URL).
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "768MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",
    # An acknowledged booking survives a power cut: written down, so that nobody has to know the defaults.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "idle_in_transaction_session_timeout": "30s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_lock_waits": "on",
    "log_checkpoints": "off",
    # Statements, parameters and DETAIL lines carry names, phones and e-mails; a log is no place for them.
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
}

"""The root of all tests: brings the database that they run on, and the processes over it."""

pytest_plugins = ["tests.cluster", "tests.redis_server", "tests.stack"]

"""The root of all tests: brings the database that they run on."""

pytest_plugins = ["tests.cluster"]

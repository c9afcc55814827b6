"""What can keep the embedded server from running. Each message says what happened and what to do."""


class EmbeddedError(Exception):
    """The embedded PostgreSQL cannot run. `happened` and `remedy` are sentences for the terminal."""

    def __init__(self, happened: str, remedy: str) -> None:
        super().__init__(f"{happened}\n{remedy}")
        self.happened = happened
        self.remedy = remedy


class AlreadyInUse(EmbeddedError):
    """Another process runs a server on this data folder."""


class DifferentVersion(EmbeddedError):
    """The data folder was made by another major version of PostgreSQL."""


class DiskFull(EmbeddedError):
    """There is no room for the data folder to grow."""


class NotPermitted(EmbeddedError):
    """The user that has to run the server cannot reach the binaries or the data folder."""


class StartFailed(EmbeddedError):
    """PostgreSQL ended, or never answered, while it was being started."""

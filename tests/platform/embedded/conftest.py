"""A folder whose parents everybody may enter, and a server on it that ends with the test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from holdfast.platform.embedded.postgres import EmbeddedPostgres


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[Callable[..., EmbeddedPostgres]]:
    """Makes servers on `tmp_path/data/postgres`, or elsewhere; all are stopped at the end."""
    made: list[EmbeddedPostgres] = []

    def make(folder: Path = tmp_path / "data" / "postgres", **options: object) -> EmbeddedPostgres:
        server = EmbeddedPostgres(folder, log_file=folder.parent / "postgres.log", **options)
        made.append(server)
        return server

    yield make
    for server in made:
        server.stop()

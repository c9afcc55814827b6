"""The tests' own database does what the other tests rely on."""

import psycopg
import pytest
from django.db import connection

from tests.cluster import Database


def test_tests_act_as_the_app_role_on_their_own_server(database: Database) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select current_user, current_database(), current_setting('fsync')")
        assert cursor.fetchone() == ("holdfast_app", "holdfast", "on")


def test_the_app_role_cannot_truncate(database: Database) -> None:
    with database.connect_as_app() as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("truncate booking")


@pytest.mark.parametrize("_round", [1, 2])
def test_committed_rows_are_gone_in_the_next_test(database: Database, _round: int) -> None:
    assert database.rows("select count(*) from django_session") == [(0,)]
    with connection.cursor() as cursor:
        cursor.execute("insert into django_session values ('key', 'data', now())")
    assert database.rows("select count(*) from django_session") == [(1,)]
    assert database.rows("select count(*) > 0 from django_migrations") == [(True,)]

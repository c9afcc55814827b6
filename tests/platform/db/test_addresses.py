"""Addresses keep their meaning through every change."""

import pytest
from psycopg.conninfo import conninfo_to_dict

from holdfast.platform.db.addresses import with_parts, without_password


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:secret@db.test:5433/shop?sslmode=require",
        "host=db.test port=5433 user=me password=secret dbname=shop sslmode=require",
    ],
)
def test_parts_are_replaced_and_the_rest_is_kept(address: str) -> None:
    changed = conninfo_to_dict(with_parts(address, user="a b", password="p/@:?ü%", options="-c role=x"))
    assert changed == {
        "host": "db.test",
        "port": "5433",
        "user": "a b",
        "password": "p/@:?ü%",
        "dbname": "shop",
        "sslmode": "require",
        "options": "-c role=x",
    }


def test_a_socket_folder_survives() -> None:
    address = "postgresql://postgres@/postgres?host=%2Fsrv%2Fa%20b"
    assert conninfo_to_dict(with_parts(address, dbname="x"))["host"] == "/srv/a b"


def test_an_empty_part_is_left_out_and_a_password_is_never_shown() -> None:
    assert with_parts("postgresql://u@/d?options=-c%20a%3D1", options="") == "postgresql://u@/d"
    assert without_password("postgresql://u:secret@/d") == "postgresql://u@/d"

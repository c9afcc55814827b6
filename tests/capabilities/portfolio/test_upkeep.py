"""What is tidied up: uploads that nobody knows of, and never one that still waits to be made."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from holdfast.capabilities.portfolio.commands import add_picture, forget_lost_uploads
from holdfast.capabilities.portfolio.storage import put, upload_name
from holdfast.main.worker import forget_old_records
from holdfast.platform import clock
from holdfast.platform.db.rows import execute
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import TESTER, Business, make_business
from tests.capabilities.portfolio.pictures import as_bytes, photograph
from tests.cluster import Database


def waiting(folder: Path) -> set[str]:
    return {each.name for each in folder.glob("uploads/*/*")}


def make_old(folder: Path, hours: int) -> None:
    then = (clock.now() - timedelta(hours=hours)).timestamp()
    for each in folder.glob("uploads/*/*"):
        os.utime(each, (then, then))


def test_uploads_without_a_picture_go_after_a_day(database: Database, media_folder: Path) -> None:
    salon: Business = make_business("salon")
    lost, other = new_id(), make_business("other")
    put(upload_name(salon.tenant_id, lost), b"half of an upload")
    put(upload_name(other.tenant_id, lost), b"of somebody else")
    with tenant_context(salon.tenant_id, TESTER.label):
        wanted = add_picture(actor=TESTER, content=as_bytes(photograph(40, 50)))
    make_old(media_folder, 23)
    with tenant_context(salon.tenant_id, TESTER.label):
        assert forget_lost_uploads(now=clock.now()) == 0
    make_old(media_folder, 25)
    with tenant_context(salon.tenant_id, TESTER.label):
        assert forget_lost_uploads(now=clock.now()) == 1
    assert waiting(media_folder) == {wanted.id.hex, lost.hex}
    assert (media_folder / upload_name(other.tenant_id, lost)).exists()


def test_the_worker_s_upkeep_does_both(database: Database, media_folder: Path) -> None:
    salon = make_business("salon")
    put(upload_name(salon.tenant_id, new_id()), b"half of an upload")
    make_old(media_folder, 25)
    with tenant_context(salon.tenant_id, TESTER.label):
        gone = add_picture(actor=TESTER, content=as_bytes(photograph(40, 50)))
        execute("update picture set removed_at = %s where id = %s", (clock.now() - timedelta(31), gone.id))
    forget_old_records()
    assert waiting(media_folder) == set()
    assert database.rows("select 1 from picture") == []

"""The page of settings: who opens it, what is saved, what is wrong where, and the way back."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

from holdfast.capabilities.tenants.commands import change_settings
from holdfast.capabilities.tenants.queries import read_settings
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import TESTER, Business, make_business
from tests.web.console.conftest import Member

PAGE = "/console/settings/"
WorkAs = Callable[..., Member]


def fields(member: Member) -> dict[str, str | list[str]]:
    """Everything that a browser would send of the page's form."""
    page = member.page[member.page.index('<form class="settings"') :]
    sent: dict[str, str | list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", page[: page.index("</form>")]):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name is None or ('type="checkbox"' in tag and " checked" not in tag):
            continue
        text = unescape(value[1]) if value else "on" if 'type="checkbox"' in tag else ""
        if name[1] == "reminders":
            sent.setdefault("reminders", [])
            sent["reminders"] = [*sent["reminders"], text]
        else:
            sent[name[1]] = text
    for name, body in re.findall(r'<select name="(\w+)".*?>(.*?)</select>', page, re.DOTALL):
        sent[name] = re.findall(r'value="([^"]*)"[^>]*selected', body)[0]
    for name, body in re.findall(r'<textarea name="(\w+)".*?>(.*?)</textarea>', page, re.DOTALL):
        sent[name] = unescape(body).strip()
    return sent


def stored(business: Business) -> dict[str, object]:
    with tenant_context(business.tenant_id, TESTER.label):
        return dict(read_settings().values)


def test_owners_and_admins_open_it_and_nobody_else(salon: Business, work_as: WorkAs) -> None:
    for role, status in {"owner": 200, "admin": 200, "manager": 403, "frontdesk": 403}.items():
        member = work_as(role)
        member.get(PAGE)
        assert member.status == status, role
        member.get("/console/")
        assert (PAGE in member.page) == (status == 200), role


def test_what_is_as_it_was_is_not_stored(salon: Business, owner: Member) -> None:
    owner.get(PAGE)
    owner.post(PAGE, fields(owner))
    assert "Nothing was changed" in owner.text()
    assert stored(salon) == {}


def test_what_is_saved_is_stored_and_taken_back(salon: Business, owner: Member) -> None:
    owner.get(PAGE)
    typed = fields(owner) | {
        "cancellation_notice": "1.5",
        "complete_after_hours": "",
        "waitlist_offer_minutes": "30",
        "reminders": ["60", "2880"],
        "exposure": "only",
        "parties": "on",
    }
    typed.pop("waitlist_is_open")
    owner.post(PAGE, typed)
    assert "Saved. It counts from now on." in owner.text()
    assert stored(salon) == {
        "cancellation_notice_minutes": 90,
        "complete_after_hours": "never",
        "waitlist": {"is_open": False, "offer_minutes": 30},
        "reminders": {"lead_minutes": [60, 2880]},
        "exposure": {"policy": "curated", "only_exposed": True},
        "parties": True,
    }
    undo = owner.form(f"{PAGE}undo/")
    owner.post(f"{PAGE}undo/", undo)
    assert "Taken back." in owner.text()
    assert stored(salon) == {}
    owner.post(f"{PAGE}undo/", undo)
    assert stored(salon) == {}


def test_a_default_is_not_kept(owner: Member) -> None:
    salon = owner.business
    with tenant_context(salon.tenant_id, TESTER.label):
        change_settings(actor=TESTER, changes={"option_days": 7, "tagline": "By the sea"})
    owner.get(PAGE)
    owner.post(PAGE, fields(owner) | {"option_days": "14"})
    assert stored(salon) == {"tagline": "By the sea"}


def test_what_is_wrong_stands_at_its_field(salon: Business, owner: Member) -> None:
    owner.get(PAGE)
    owner.post(PAGE, fields(owner) | {"option_days": "0", "email": "nobody", "hue": "400"})
    assert owner.status == 422
    for name in ("option_days", "email", "hue"):
        assert f'id="id_{name}_error"' in owner.page, name
    assert stored(salon) == {}


def test_what_somebody_saved_meanwhile_is_not_lost(salon: Business, owner: Member) -> None:
    owner.get(PAGE)
    typed = fields(owner) | {"option_days": "9"}
    with tenant_context(salon.tenant_id, TESTER.label):
        change_settings(actor=TESTER, changes={"hue": 20})
    owner.post(PAGE, typed)
    assert owner.status == 409
    assert stored(salon) == {"hue": 20}
    assert fields(owner)["option_days"] == "9"
    assert 'id="id_hue_error"' in owner.page
    owner.post(PAGE, fields(owner) | {"hue": "20"})
    assert stored(salon) == {"hue": 20, "option_days": 9}


def test_what_was_written_by_hand_can_be_mended(work_as: WorkAs) -> None:
    odd = make_business(
        settings={
            "option_days": 900,
            "waitlist": "open",
            "exposure": [],
            "reminders": {"lead_minutes": [45, "x"]},
            "cancellation_notice_minutes": "much",
        }
    )
    owner = work_as("owner", odd)
    owner.get(PAGE)
    assert owner.status == 200
    owner.post(PAGE, fields(owner) | {"option_days": "20"})
    assert owner.status == 422
    typed = fields(owner) | {"waitlist_offer_minutes": "60", "cancellation_notice": "2"}
    owner.post(PAGE, typed)
    assert owner.status == 200, owner.text()
    kept = stored(odd)
    assert (kept["option_days"], kept["cancellation_notice_minutes"]) == (20, 120)
    assert kept["reminders"] == {"lead_minutes": [45]}
    assert "exposure" not in kept


def test_in_arabic(owner: Member) -> None:
    owner.client.cookies["django_language"] = "ar"
    owner.get(PAGE)
    assert "الإعدادات" in owner.text()
    assert "قبل يوم" in owner.text()

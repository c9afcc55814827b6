"""The booking pages over Django's client: what they say, what they keep, what they refuse."""

from __future__ import annotations

import gzip
from datetime import timedelta

import pytest
from icalendar import Calendar

from holdfast.platform import clock
from holdfast.web.design.assets import MANIFEST, find_asset
from holdfast.web.public.presenters.times import start_code
from tests.capabilities.business import ANN, Business, book, make_business
from tests.cluster import Database
from tests.web.public.conftest import Visitor

NOBODYS_ID = "00000000-0000-7000-8000-000000000000"
NOOR = {"name": "Noor Haddad", "email": "noor@example.com", "notes": "Allergic to latex"}


def count(database: Database, status: str) -> int:
    return len(database.rows("select 1 from booking where status = %s", [status]))


def choose(visitor: Visitor, salon: Business, service: str, hour: int = 10) -> str:
    """Open the day next week and choose a start; returns the time step's address."""
    address = f"/book/{salon.services[service]}/?date={salon.start().astimezone(salon.zone).date()}"
    visitor.get(address)
    visitor.post(address, {"start": start_code(salon.start(hour=hour))})
    return address


def test_the_start_page_says_who_what_when_and_where(visitor: Visitor) -> None:
    page = visitor.get("/").replace("\u00a0", " ")
    assert visitor.status == 200
    for said in ("The salon", "Next free", "Book<", "42 €", "60 min", "salon street", "08:00 – 20:00"):
        assert said in page
    assert '<script type="module"' not in page


def test_an_instant_service_is_booked_with_three_fields(
    visitor: Visitor, salon: Business, database: Database
) -> None:
    choose(visitor, salon, "book")
    assert "Who is it for?" in visitor.page
    page = visitor.post(visitor.url, NOOR)
    assert visitor.url.startswith("/b/")
    assert "See you" in page and "Noor" in page and "10:00 – 11:00" in page
    assert count(database, "confirmed") == 1
    assert database.rows("select source, starts_at from booking") == [("page", salon.start())]


def test_a_held_service_is_held_first_and_then_confirmed(
    visitor: Visitor, salon: Business, database: Database
) -> None:
    choose(visitor, salon, "cut")
    assert visitor.url.endswith("/details/")
    assert "10:00 is yours for 10 minutes." in visitor.page
    assert count(database, "held") == 1
    page = visitor.post(visitor.url, NOOR)
    assert "See you" in page
    assert (count(database, "held"), count(database, "confirmed")) == (0, 1)


def test_a_request_waits_for_its_answer(visitor: Visitor, salon: Business, database: Database) -> None:
    choose(visitor, salon, "ask")
    assert "Send request" in visitor.page
    assert "Your request is with us." in visitor.post(visitor.url, NOOR)
    assert count(database, "pending") == 1


def test_choosing_another_time_gives_the_held_one_back(
    visitor: Visitor, salon: Business, database: Database
) -> None:
    choose(visitor, salon, "cut")
    visitor.post(visitor.url.replace("/details/", "/release/"), {})
    assert visitor.url.startswith("/book/")
    assert start_code(salon.start()) in visitor.slots()
    assert (count(database, "held"), count(database, "cancelled")) == (0, 1)


def test_sending_a_form_twice_books_once(visitor: Visitor, salon: Business, database: Database) -> None:
    choose(visitor, salon, "book")
    address, sent = visitor.url, {**visitor.hidden(), **NOOR}
    for _ in range(2):
        visitor.post(address, sent)
        assert visitor.status == 200
        first, visitor.page = visitor.url, ""
        assert first.startswith("/b/")
    assert count(database, "confirmed") == 1


def test_choosing_twice_holds_once(visitor: Visitor, salon: Business, database: Database) -> None:
    address = f"/book/{salon.services['cut']}/?date={salon.start().astimezone(salon.zone).date()}"
    visitor.get(address)
    sent = {**visitor.hidden(), "start": start_code(salon.start())}
    for _ in range(2):
        visitor.post(address, sent)
    assert count(database, "held") == 1


def test_errors_are_listed_on_top_and_under_their_fields_with_what_was_typed(
    visitor: Visitor, salon: Business, database: Database
) -> None:
    choose(visitor, salon, "book")
    page = visitor.post(visitor.url, {"name": "", "email": "noor", "notes": "window seat"})
    assert visitor.status == 422
    assert "2 things need your attention" in page
    assert '<a href="#id_name">Your name: Please enter your name.</a>' in page
    assert 'value="noor"' in page and "window seat" in page
    assert 'aria-invalid="true"' in page and 'id="id_email_error"' in page
    assert count(database, "confirmed") == 0


def test_a_taken_time_is_explained_with_alternatives_that_book_with_the_kept_details(
    visitor: Visitor, salon: Business, database: Database
) -> None:
    choose(visitor, salon, "book")
    for resource in salon.resource_ids:
        book(salon, "book", resource_id=resource)
    page = visitor.post(visitor.url, NOOR)
    assert visitor.status == 409
    assert "10:00 has just been taken by somebody else." in page
    assert 'value="Noor Haddad"' in page
    instead = visitor.slots()[0]
    assert "See you" in visitor.post(visitor.url, {**NOOR, "start": instead})
    assert count(database, "confirmed") == 3


def test_a_taken_time_is_said_before_anything_is_typed(visitor: Visitor, salon: Business) -> None:
    for resource in salon.resource_ids:
        book(salon, "book", resource_id=resource)
    page = visitor.get(f"/book/{salon.services['book']}/{start_code(salon.start())}/")
    assert visitor.status == 409
    assert "has just been taken" in page and 'name="email"' not in page


def test_a_lost_hold_can_be_taken_again_with_the_kept_details(
    visitor: Visitor, salon: Business, database: Database
) -> None:
    choose(visitor, salon, "cut")
    address = visitor.url
    database.rows(
        "with a as (update allocation set expires_at = now() - interval '1 second' returning 1)"
        " update booking set hold_expires_at = now() - interval '1 second' where status = 'held' returning 1"
    )
    page = visitor.post(address, NOOR)
    assert visitor.status == 409
    assert "was kept for you as long as we could" in page
    assert start_code(salon.start()) in visitor.slots()
    page = visitor.post(address, {**NOOR, "start": start_code(salon.start())})
    assert "See you" in page
    assert (count(database, "held"), count(database, "expired"), count(database, "confirmed")) == (0, 1, 1)


def test_a_start_that_cannot_be_had_is_refused_in_words(visitor: Visitor, salon: Business) -> None:
    address = f"/book/{salon.services['cut']}/"
    wishes = {
        "": "Please choose a time first.",
        "yesterday": "Please choose a time first.",
        start_code(clock.now() - timedelta(days=1)): "has already passed",
        start_code(salon.start(hour=3)): "is outside our hours",
        start_code(salon.start(minute=7)): "is not one of our starting times",
        start_code(salon.start(days=3000)): "is further ahead than we take bookings",
    }
    for start, sentence in wishes.items():
        visitor.get(address)
        assert sentence in visitor.post(address, {"start": start}), start
        assert visitor.status == 422


def test_the_private_link_shows_the_booking_and_cancels_it_once_asked(
    visitor: Visitor, salon: Business, database: Database
) -> None:
    token = book(salon, "book", contact=ANN).token
    page = visitor.get(f"/b/{token}/")
    assert "ann@example.com" in page and 'content="noindex"' in page
    visitor.get(f"/b/{token}/cancel/")
    assert count(database, "confirmed") == 1
    assert "This booking is cancelled." in visitor.post(f"/b/{token}/cancel/", {})
    assert count(database, "cancelled") == 1
    assert "This booking is cancelled." in visitor.get(f"/b/{token}/cancel/")


def test_the_calendar_file_holds_the_instant(visitor: Visitor, salon: Business) -> None:
    token = book(salon, "book").token
    page = visitor.get(f"/b/{token}/booking.ics")
    event = Calendar.from_ical(page).walk("VEVENT")[0]
    assert event["DTSTART"].dt == salon.start()
    assert event["DTEND"].dt == salon.start() + timedelta(hours=1)
    assert str(event["URL"]).endswith(f"/b/{token}/")
    assert event["STATUS"] == "CONFIRMED"


@pytest.mark.parametrize(
    "path",
    [
        f"/book/{NOBODYS_ID}/",
        f"/book/{NOBODYS_ID}/20261120T1000Z/",
        "/book/not-an-id/",
        f"/b/{'A' * 43}/details/",
        f"/b/{'A' * 43}/booking.ics",
        "/b/short/",
        "/book/\x00/",
    ],
)
def test_what_is_not_there_is_a_404_that_still_offers_to_book(visitor: Visitor, path: str) -> None:
    page = visitor.get(path)
    assert visitor.status == 404
    assert "There is nothing at this address." in page and "The salon" in page and 'href="/book/"' in page


def test_another_business_s_ids_and_links_are_unknown_here(visitor: Visitor, salon: Business) -> None:
    other = make_business("other")
    token = book(other, "book").token
    for path in (f"/b/{token}/", f"/book/{other.services['book']}/"):
        visitor.get(path)
        assert visitor.status == 404


def test_a_form_without_its_csrf_token_is_refused(
    visitor: Visitor, salon: Business, database: Database
) -> None:
    address = f"/book/{salon.services['cut']}/"
    visitor.page = ""
    page = visitor.post(address, {"start": start_code(salon.start())})
    assert visitor.status == 403
    assert "That form was open for too long." in page
    assert count(database, "held") == 0


def test_what_people_type_stays_text(visitor: Visitor, salon: Business) -> None:
    hostile = '"><script>alert(1)</script>'
    choose(visitor, salon, "book")
    visitor.post(visitor.url, {**NOOR, "name": hostile, "email": "", "phone": "x"})
    assert "<script>alert" not in visitor.page and "&lt;script&gt;" in visitor.page
    visitor.post(visitor.url, {**NOOR, "name": f"{hostile} Haddad"})
    assert "<script>alert" not in visitor.page and visitor.url.startswith("/b/")


@pytest.mark.parametrize(
    "query", ["date=9999-12-31", "date=0001-01-01", "date=x", "month=2026-13", "with=1", "at=%00", "date=%00"]
)
def test_an_address_that_somebody_made_up_shows_the_usual_page(
    visitor: Visitor, salon: Business, query: str
) -> None:
    page = visitor.get(f"/book/{salon.services['cut']}/?{query}")
    assert visitor.status == 200 and "When suits you?" in page


def test_a_person_can_be_chosen_and_is_kept(visitor: Visitor, salon: Business, database: Database) -> None:
    second = salon.resource_ids[1]
    day = salon.start().astimezone(salon.zone).date()
    address = f"/book/{salon.services['cut']}/?with={second}&date={day}"
    page = visitor.get(address)
    assert "Anyone" in page and "salon person 1" in page
    visitor.post(address, {"start": start_code(salon.start())})
    assert visitor.url.endswith(f"/details/?with={second}")
    assert database.rows("select resource_id from booking") == [(second,)]


def test_htmx_gets_the_days_alone(visitor: Visitor, salon: Business) -> None:
    address = f"/book/{salon.services['cut']}/"
    fragment = visitor.get(address, **{"hx-request": "true", "hx-request-type": "partial"})
    assert fragment.strip().startswith("<div") and 'id="when"' in fragment
    assert "<html" not in fragment and "csrfmiddlewaretoken" not in fragment
    whole = visitor.get(address, **{"hx-request": "true", "hx-request-type": "full"})
    assert "<html" in whole and fragment.strip() in whole


def test_pages_speak_arabic_from_right_to_left(visitor: Visitor) -> None:
    page = visitor.get("/", **{"accept-language": "ar"})
    assert '<html lang="ar" dir="rtl"' in page and "احجز موعداً" in page


def test_theme_and_language_are_kept_and_lead_back_here_only(visitor: Visitor) -> None:
    visitor.get("/")
    visitor.post("/appearance/theme/", {"theme": "dark", "next": "/book/"})
    assert visitor.url == "/book/" and 'data-theme="dark"' in visitor.page
    visitor.post("/appearance/theme/", {"theme": "auto", "next": "https://elsewhere.example/"})
    assert visitor.url == "/" and "data-theme" not in visitor.page


def test_a_public_page_weighs_at_most_40_kilobytes(visitor: Visitor, salon: Business) -> None:
    script = find_asset("public.ts")
    files = [find_asset("public.css").url, script.url, *script.imports]
    built = sum((MANIFEST.parent / f"{url.rsplit('/', 1)[1]}.gz").stat().st_size for url in files)
    for path in ("/", f"/book/{salon.services['cut']}/"):
        assert len(gzip.compress(visitor.get(path).encode())) + built <= 40_000, path

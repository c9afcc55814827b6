"""How a business is found: heads of pages, structured data, maps for machines, and Markdown that books."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from datetime import datetime, time, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from PIL import Image

from holdfast.capabilities.catalog.commands import NewService
from holdfast.capabilities.portfolio.commands import add_picture
from holdfast.capabilities.portfolio.commands.pictures import remove_picture
from holdfast.capabilities.portfolio.commands.upkeep import forget_removed_pictures
from holdfast.capabilities.portfolio.jobs import make_picture
from holdfast.capabilities.schedules.commands import create_opening_rule
from holdfast.capabilities.tenants.queries import forget_tenants
from holdfast.platform import clock
from holdfast.platform.tenancy import tenant_context
from holdfast.web.public.presenters.plain import plain
from holdfast.web.public.presenters.structured import price_text
from tests.capabilities.business import TESTER, Business, book, make_business
from tests.cluster import Database
from tests.web.public.conftest import Visitor

HOSTILE = "</script><script>alert(1)</script>[free](https://evil.example) <u>&amp; | # *x*"
ORIGIN = "http://salon.localhost:8000"
PAGES = ("/", "/book/", "/book/{cut}/")


def head_of(page: str) -> dict[str, str]:
    """What the head says, by the name of the property."""
    found = dict(re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)">', page))
    found["title"] = re.findall(r"<title>(.*?)</title>", page)[0]
    found |= {f"link {rel}": url for rel, url in re.findall(r'<link rel="(canonical)" href="([^"]*)">', page)}
    found["link markdown"] = "".join(re.findall(r'type="text/markdown" href="(.*?)">', page))
    return {name: unescape(value) for name, value in found.items()}


def data_of(page: str) -> dict[str, list[dict[str, Any]]]:
    """The nodes of the page's structured data, by type."""
    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    nodes: dict[str, list[dict[str, Any]]] = {}
    for node in json.loads(text)["@graph"]:
        nodes.setdefault(node["@type"], []).append(node)
    return nodes


def calls_of(markdown: str) -> list[str]:
    """The calls as they are written."""
    return re.findall(r"```http\n(.*?)\n```", markdown, re.DOTALL)


def run(visitor: Visitor, call: str, **values: str) -> dict[str, Any]:
    """Make a call as it is written, with what stands in braces replaced; return its data."""
    for name, value in values.items():
        call = call.replace(f"{{{name}}}", value)
    head, _, body = call.partition("\n\n")
    first, *headers = head.split("\n")
    method, url = first.split(" ")
    sent = dict(header.split(": ", 1) for header in headers)
    content_type = sent.pop("Content-Type", "application/json")
    assert url.startswith(ORIGIN)
    response = visitor.client.generic(
        method, url.removeprefix(ORIGIN), body, content_type, headers={"host": visitor.host, **sent}
    )
    assert response.status_code in (200, 201), response.content
    data: dict[str, Any] = response.json()["data"]
    return data


@pytest.fixture
def pictured(salon: Business, tmp_path: Path, settings: Any) -> Callable[[Image.Image], Any]:
    """Give the salon a picture, ready to be shown; returns its id."""
    settings.STORAGES = {
        **settings.STORAGES,
        "portfolio": {**settings.STORAGES["portfolio"], "OPTIONS": {"location": tmp_path}},
    }
    assert storages["portfolio"].path("x") == str(tmp_path / "x")

    def add(picture: Image.Image) -> Any:
        buffer = io.BytesIO()
        picture.save(buffer, "PNG")
        with tenant_context(salon.tenant_id, TESTER.label):
            added = add_picture(actor=TESTER, content=buffer.getvalue(), alt='A "red" bob')
        make_picture(tenant_id=str(salon.tenant_id), picture_id=str(added.id))
        return added.id

    return add


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_what_it_is_and_where_it_lives(visitor: Visitor, salon: Business, path: str) -> None:
    path = path.format(cut=salon.services["cut"])
    head = head_of(visitor.get(f"{path}?work=all&date=2026-12-01"))
    assert "The salon" in head["title"] and len(head["description"]) > 10
    assert head["link canonical"] == head["og:url"] == f"{ORIGIN}{path}"
    assert (head["og:title"], head["og:description"]) == (head["title"], head["description"])
    assert (head["og:locale"], head["og:site_name"], head["twitter:card"]) == (
        "en_DE",
        "The salon",
        "summary",
    )
    assert "robots" not in head and "og:image" not in head
    markdown = head["link markdown"].removeprefix(ORIGIN)
    assert visitor.get(markdown).startswith("# ") and visitor.status == 200
    assert "cut" in visitor.page


def test_a_page_lives_at_the_business_s_own_domain(
    visitor: Visitor, salon: Business, database: Database
) -> None:
    database.rows(
        "insert into tenant_domain (tenant_id, host) values (%s, 'salon.example') returning 1",
        [salon.tenant_id],
    )
    forget_tenants()
    for host in ("salon.localhost", "salon.example"):
        elsewhere = Visitor(host)
        assert head_of(elsewhere.get("/"))["link canonical"] == "http://salon.example:8000/"
        assert "Sitemap: http://salon.example:8000/sitemap.xml" in elsewhere.get("/robots.txt")
        assert "salon.localhost" not in elsewhere.get("/sitemap.xml") + elsewhere.get("/index.md")


def test_structured_data_says_hours_and_prices(database: Database) -> None:
    services = [
        NewService("cut", 60, "EUR", price_minor=4250),
        NewService("gown", 60, "EUR", price_minor=None),
        NewService("look", 15, "EUR", price_minor=0),
    ]
    salon = make_business("salon", services=services)
    visitor = Visitor("salon.localhost")
    data = data_of(visitor.get("/"))
    (place,) = data["LocalBusiness"]
    assert (place["name"], place["url"], place["priceRange"].replace("\u00a0", "")) == (
        "The salon",
        f"{ORIGIN}/",
        "42,50€",
    )
    (hours,) = place["openingHoursSpecification"]
    assert (hours["opens"], hours["closes"], len(hours["dayOfWeek"])) == ("08:00", "20:00", 7)
    assert "specialOpeningHoursSpecification" not in place
    sold = {node["name"]: node for node in data["Service"]}
    assert sold["cut"]["offers"] == {
        "@type": "Offer",
        "price": "42.50",
        "priceCurrency": "EUR",
        "url": f"{ORIGIN}/book/{salon.services['cut']}/",
    }
    assert sold["cut"]["provider"] == [{"@id": place["@id"]}]
    assert "offers" not in sold["gown"] and sold["look"]["offers"]["price"] == "0.00"
    (service,) = data_of(visitor.get(f"/book/{salon.services['cut']}/"))["Service"]
    assert service == sold["cut"]


def test_a_day_that_is_not_as_usual_is_said(visitor: Visitor, salon: Business) -> None:
    day = salon.start(days=2).astimezone(salon.zone).date()
    with tenant_context(salon.tenant_id, TESTER.label):
        create_opening_rule(
            actor=TESTER,
            location_id=salon.location_id,
            kind="EXCEPTION",
            start_time=time(),
            end_time=time(),
            valid_from=day,
            valid_to=day,
            is_closed=True,
        )
    (place,) = data_of(visitor.get("/"))["LocalBusiness"]
    (other,) = place["specialOpeningHoursSpecification"]
    assert (other["validFrom"], other["opens"], other["closes"]) == (day.isoformat(), "00:00", "00:00")
    assert f"{day}: closed" in visitor.get("/index.md")


def test_what_a_business_writes_stays_text_everywhere(database: Database) -> None:
    salon = make_business(
        "salon", services=[NewService(HOSTILE, 60, "EUR", price_minor=100, description=HOSTILE)]
    )
    database.rows(
        "update tenant set name = %s, settings = %s::jsonb returning 1",
        [HOSTILE, json.dumps({"about": HOSTILE, "policy": f"{HOSTILE}\n\n# {HOSTILE}", "tagline": HOSTILE})],
    )
    forget_tenants()
    visitor = Visitor("salon.localhost")
    (service_id,) = salon.services.values()
    for path in ("/", "/book/", f"/book/{service_id}/"):
        page = visitor.get(path)
        assert visitor.status == 200 and "<script>" not in page and "<u>" not in page, path
        assert head_of(page)["title"].count(HOSTILE) >= 1
        if path != "/book/":
            assert data_of(page)["Service"][0]["name"] == HOSTILE
    for path in ("/index.md", f"/book/{service_id}.md"):
        text = visitor.get(path)
        assert visitor.status == 200
        assert not re.search(r"(?<!\\)[<\[](?!http://salon\.localhost)", re.sub(r"`[^`]*`", "", text)), path
        assert not re.search(r"(?<!\\)(https?)://(?!salon\.localhost)", text) and "\n# \\#" not in text
    assert HOSTILE not in visitor.get("/sitemap.xml") + visitor.get("/robots.txt")


def test_hidden_signs_and_first_signs_mean_nothing() -> None:
    assert plain("a\u202eb\x00c\n\n# d") == "a b c \\# d"
    assert plain("1. one") == "1\\. one" and plain("- one") == "\\- one" and plain("+49 30") == "\\+49 30"
    assert plain("www.evil.example https://x a@b") == "www\\.evil.example https\\://x a\\@b"
    assert plain("نمی\u200cخواهم") == "نمی\u200cخواهم"


def test_amounts_are_written_in_major_units() -> None:
    assert [price_text(*each) for each in ((4250, "EUR"), (4250, "JPY"), (4250, "KWD"), (5, "USD"))] == [
        "42.50",
        "4250",
        "4.250",
        "0.05",
    ]


def test_the_calls_in_the_markdown_book_confirm_and_cancel(
    visitor: Visitor, salon: Business, database: Database
) -> None:
    text = visitor.get("/", accept="text/markdown, text/html;q=0.5")
    assert text == visitor.get("/index.md")
    assert all(str(service) in text for service in salon.services.values())
    assert "- cut: 60 minutes, 42.00 EUR; held" in text and "08:00-20:00" in text
    for service in ("cut", "book"):
        find, hold, confirm, cancel = calls_of(visitor.get(f"/book/{salon.services[service]}.md"))
        free = run(visitor, find)
        starts_at = free["days"][3]["starts"][0]
        values = {
            "starts_at": starts_at,
            "name": "Ada Agent",
            "email": "ada@example.com",
            "key": f"key-{service}-1",
        }
        made = run(visitor, hold, **values)
        assert made == run(visitor, hold, **values)
        assert made["status"] == {"cut": "held", "book": "confirmed"}[service]
        proof = {"booking_id": made["id"], "token": made["token"]}
        if service == "cut":
            assert run(visitor, confirm, **proof, another_key="key-another-1")["status"] == "confirmed"
        rows = database.rows(
            "select starts_at from booking where id = %s and status = 'confirmed'", [made["id"]]
        )
        assert rows == [(datetime.fromisoformat(starts_at),)]
        assert run(visitor, cancel, **proof, a_third_key=f"key-third-{service}")["status"] == "cancelled"


def test_browsers_get_the_page_and_agents_the_markdown(visitor: Visitor) -> None:
    for accept in ("*/*", "text/html,application/xhtml+xml,*/*;q=0.8", "image/png"):
        response = visitor.client.get("/", headers={"host": visitor.host, "accept": accept})
        assert response["Content-Type"].startswith("text/html") and "Accept" in response["Vary"], accept
    response = visitor.client.get("/", headers={"host": visitor.host, "accept": "text/markdown"})
    assert response["Content-Type"] == "text/markdown; charset=utf-8"
    assert response["Link"] == f'<{ORIGIN}/>; rel="canonical"'


def test_robots_and_the_sitemap_are_of_one_business(visitor: Visitor, salon: Business) -> None:
    other = make_business("other")
    robots, sitemap = visitor.get("/robots.txt"), visitor.get("/sitemap.xml")
    assert f"Sitemap: {ORIGIN}/sitemap.xml" in robots and "Disallow: /b/" in robots
    paths = re.findall("<url><loc>(.*?)</loc>", sitemap)
    wanted = ["/", "/book/", *(f"/book/{service}/" for service in salon.services.values())]
    assert sorted(paths) == sorted(ORIGIN + path for path in wanted)
    changed = [datetime.fromisoformat(each) for each in re.findall("<lastmod>(.*?)</lastmod>", sitemap)]
    assert len(changed) == len(wanted) and all(each.tzinfo for each in changed)
    everything = robots + sitemap + visitor.get("/index.md")
    assert "other" not in sitemap + robots
    assert not any(str(each) in everything for each in (other.tenant_id, *other.services.values()))
    assert visitor.get(f"/book/{other.services['cut']}.md") and visitor.status == 404
    nobody = Visitor("nobody.localhost")
    for path in ("/robots.txt", "/sitemap.xml", "/index.md"):
        nobody.get(path)
        assert nobody.status == 404


def test_what_is_private_is_not_to_be_found(visitor: Visitor, salon: Business) -> None:
    token = book(salon, "book").token
    day = salon.start(days=8).astimezone(salon.zone)
    private = (
        f"/b/{token}/",
        "/my/",
        "/account/login/",
        f"/book/{salon.services['book']}/{day:%Y%m%dT1000Z}/",
        "/nothing/",
    )
    for path in private:
        head = head_of(visitor.get(path))
        assert "noindex" in head["robots"], path
        assert "link canonical" not in head and "og:url" not in head
    assert token not in visitor.get("/robots.txt") + visitor.get("/sitemap.xml")


def test_the_picture_beside_a_link_is_a_jpeg_of_the_right_shape(
    visitor: Visitor, salon: Business, pictured: Callable[[Image.Image], Any], tmp_path: Path
) -> None:
    picture_id = pictured(Image.new("RGB", (640, 900), "#a03020"))
    head = head_of(visitor.get("/"))
    assert head["twitter:card"] == "summary_large_image" and head["og:image:alt"] == 'A "red" bob'
    assert (head["og:image:width"], head["og:image:height"]) == ("640", "336")
    assert data_of(visitor.page)["LocalBusiness"][0]["image"] == head["og:image"]
    path = head["og:image"].removeprefix(ORIGIN)
    for _ in range(2):
        response = visitor.client.get(path, headers={"host": visitor.host})
        content = response.getvalue()
        assert response["Content-Type"] == "image/jpeg" and "immutable" in response["Cache-Control"]
    shown = Image.open(io.BytesIO(content))
    assert (shown.format, shown.size) == ("JPEG", (640, 336))
    assert len(list(tmp_path.rglob("card-*.jpg"))) == 1
    make_business("other")
    for host, wrong in (("other.localhost", path), (visitor.host, path.replace("card/", "card/0"))):
        assert visitor.client.get(wrong, headers={"host": host}).status_code == 404
    with tenant_context(salon.tenant_id, TESTER.label):
        remove_picture(actor=TESTER, picture_id=picture_id)
    assert visitor.client.get(path, headers={"host": visitor.host}).status_code == 404
    assert "og:image" not in visitor.get("/")
    with tenant_context(salon.tenant_id, TESTER.label):
        assert forget_removed_pictures(now=clock.now() + timedelta(days=31)) == 1
    assert not [each for each in tmp_path.rglob("*") if each.is_file()]


def test_the_icon_that_browsers_ask_for_costs_nothing(visitor: Visitor) -> None:
    response = visitor.client.get("/favicon.ico", headers={"host": visitor.host})
    assert (response.status_code, response.content) == (204, b"")

"""The business as plain Markdown, with the calls that book: for agents, which read no pages.

What somebody wrote stands here as text alone: no sign of it is read as Markdown, HTML or an address.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from holdfast.capabilities.bookings.settings import NOTICE_MINUTES
from holdfast.capabilities.catalog.types import Service
from holdfast.capabilities.tenants.types import Location
from holdfast.scheduling.zones import local_date, to_local
from holdfast.web.public.face import Face
from holdfast.web.public.presenters.structured import price_text

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ASKED_DAYS = 14
_SIGNS = re.compile(r"([\\`*_\[\]<>&#~|!@]|:(?=//)|(?<=www)\.)", re.IGNORECASE)
_FIRST = re.compile(r"^([-+=]|\d+(?=[.)]))")
_FLOWS = {
    "hold": "held for some minutes, then to be confirmed",
    "instant": "confirmed at once",
    "approval": "a request, which the business answers",
}
_RULES = (
    "Replace what stands in braces. Nobody has to sign in. Times are instants in UTC. Answers are"
    " `{data, meta}`; what cannot be done is `application/problem+json` with a `code` and a sentence, and for"
    " a start that is taken with other starts. Ten bookings and changes a minute are the most; 429 says in"
    " Retry-After when to go on. Book what was offered to you: make all calls from one client."
)
_BOOK = (
    "Book one. `{key}` is a fresh random value, such as a UUID; send the same one again when the answer got"
    " lost, and nothing is booked twice. Ask the person before you send their name and address. Keep"
    " `data.id` and `data.token`: the token is the proof that the booking is theirs."
)
_CONFIRM = (
    "Where `data.status` is `held`, confirm it before `data.hold_expires_at`; `confirmed` is done, `pending`"
    " waits for the business."
)


def plain(text: str) -> str:
    """Return what somebody wrote as a line, or the beginning of one, that means only itself."""
    return _FIRST.sub(lambda found: found[1] + "\\" if found[1].isdigit() else "\\" + found[1], within(text))


def within(text: str) -> str:
    """The same for what stands within a line."""
    seen = "".join(sign if not _is_hidden(sign) else " " for sign in text)
    return _SIGNS.sub(r"\\\1", " ".join(seen.split()))


def write_business(face: Face) -> str:
    """The business, its menu, its hours and how to book."""
    words = face.words
    lines = [f"# {plain(face.name)}", ""]
    for text in (words.headline, words.lede, words.about):
        lines += _quoted(text)
    lines += [f"Page: <{face.url('tenant')}>. Menu: <{face.url('services')}>.", ""]
    lines += ["## Services", "", *(_menu_line(face, each) for each in face.services)]
    lines += [""] if face.services else ["Nothing can be booked here yet.", ""]
    lines += ["## Places and hours", ""]
    for place in face.places:
        lines += [*_place(face, place), ""]
    lines += _policy(face)
    if face.services:
        lines += _calls(face, face.services[0], is_example=len(face.services) > 1)
    return "\n".join(lines).rstrip() + "\n"


def write_service(face: Face, service: Service) -> str:
    """One service, where it is given, and how to book it."""
    lines = [f"# {plain(service.name)} · {within(face.name)}", "", *_quoted(service.description)]
    lines += [
        f"- id: `{service.id}`",
        f"- duration: {service.duration_minutes} minutes",
        f"- price: {_price(service)}",
        f"- booking: {_FLOWS.get(service.flow, service.flow)}",
        f"- at least {service.minimum_notice_minutes} minutes ahead, at most {service.horizon_days} days",
        f"- page: <{face.url('when', service.id)}>",
        f"- everything else of the business: <{face.url('index_md')}>",
        "",
        "## Places and hours",
        "",
    ]
    for place in face.places_of(service):
        lines += [*_place(face, place), ""]
    return "\n".join([*lines, *_policy(face), *_calls(face, service, is_example=False)]).rstrip() + "\n"


def _menu_line(face: Face, service: Service) -> str:
    about = f"{service.duration_minutes} minutes, {_price(service)}"
    return (
        f"- {plain(service.name)}: {about}; {_FLOWS.get(service.flow, service.flow)}."
        f" id `{service.id}`, <{face.url('service_md', service.id)}>"
    )


def _price(service: Service) -> str:
    if service.price_minor is None:
        return "on request"
    if service.price_minor == 0:
        return "free"
    return f"{price_text(service.price_minor, service.currency)} {service.currency}"


def _place(face: Face, place: Location) -> Iterator[str]:
    zone = ZoneInfo(place.time_zone)
    yield f"### {plain(place.name)}"
    yield ""
    if place.address:
        yield f"- address: {within(place.address)}"
    if place.phone:
        yield f"- phone: {within(place.phone)}"
    yield f"- time zone: {place.time_zone}"
    yield f"- id: `{place.id}`"
    for day, spans in face.hours(place, face.schedule.rules).items():
        written = ", ".join(
            f"{to_local(starts_at, zone):%H:%M}-{to_local(ends_at, zone):%H:%M}"
            for starts_at, ends_at in spans
        )
        yield f"- {_DAYS[day.weekday()]} {day.isoformat()}: {written or 'closed'}"


def _policy(face: Face) -> list[str]:
    policy = _quoted(face.words.policy)
    notice = NOTICE_MINUTES.read(face.visit.tenant.settings.get("cancellation_notice_minutes"))
    if notice:
        policy += [f"Customers cancel until {notice} minutes before the start.", ""]
    return ["## Policy", "", *policy] if policy else []


def _calls(face: Face, service: Service, *, is_example: bool) -> list[str]:
    zone = ZoneInfo(next(iter(face.places_of(service))).time_zone)
    today = local_date(face.visit.now, zone)
    last = today + timedelta(days=min(_ASKED_DAYS, service.horizon_days))
    api = face.absolute("/api/v1")
    booking = {
        "service_id": str(service.id),
        "starts_at": "{starts_at}",
        "customer_name": "{name}",
        "customer_email": "{email}",
    }
    whose = "The calls below are for the first service; put another id in its place. " if is_example else ""
    return [
        "## Book by API",
        "",
        f"{whose}{_RULES} Everything else: <{api}/openapi.json>.",
        "",
        "Find free starts (`data.days[].starts[]`; `from` and `to` are local dates):",
        "",
        *_call("GET", f"{api}/availability?service_id={service.id}&from={today}&to={last}"),
        _BOOK,
        "",
        *_call("POST", f"{api}/bookings", booking, key="{key}"),
        _CONFIRM,
        "",
        *_call("POST", f"{api}/bookings/{{booking_id}}/confirm", {"token": "{token}"}, key="{another_key}"),
        "Cancel it, should the person want that:",
        "",
        *_call(
            "PATCH",
            f"{api}/bookings/{{booking_id}}",
            {"status": "cancelled", "token": "{token}"},
            key="{a_third_key}",
        ),
        f"The person sees, moves and cancels it by themselves at <{face.absolute('/b/')}{{token}}/>.",
    ]


def _call(method: str, url: str, body: dict[str, str] | None = None, *, key: str = "") -> list[str]:
    lines = ["```http", f"{method} {url}"]
    if body is not None:
        lines += ["Content-Type: application/json", f"Idempotency-Key: {key}", "", json.dumps(body)]
    return [*lines, "```", ""]


def _quoted(text: str) -> list[str]:
    """What the business says of itself, paragraph by paragraph, marked as its words."""
    paragraphs = [plain(each) for each in re.split(r"\n\s*\n", text) if each.strip()]
    return [line for each in paragraphs for line in (f"> {each}", "")]


def _is_hidden(sign: str) -> bool:
    """Whether it is not seen, or turns what follows around: it could make a line say another thing."""
    is_joiner = sign in "\u200c\u200d"  # Persian words and many emoji are written with them.
    return not is_joiner and unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp")

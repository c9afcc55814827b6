"""Luma: a salon with two places and six stylists in Dubai, held at checkout (the salon's document)."""

from __future__ import annotations

from datetime import time

from holdfast.capabilities.catalog.commands import NewService
from holdfast.main.demo.shapes import Business, Group, Hours, Login, Pause, Person, Place

_EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
_FRIDAY_PAUSE = Hours((5,), time(12), time(14, 30), is_closed=True)


def _service(
    order: int,
    name: str,
    description: str,
    minutes: int,
    price: int,
    *skills: str,
    clean_up: int = 0,
    seats: int = 1,
) -> NewService:
    """Prices are whole dirhams."""
    return NewService(
        name=name,
        description=description,
        duration_minutes=minutes,
        currency="AED",
        price_minor=price * 100,
        flow="hold",
        required_skills=skills,
        buffer_after_minutes=clean_up,
        slot_granularity_minutes=15,
        minimum_notice_minutes=30,
        horizon_days=60,
        display_order=order,
        capacity=seats,
    )


LUMA = Business(
    slug="luma",
    name="Luma",
    locale="en-AE",
    time_zone="Asia/Dubai",
    currency="AED",
    settings={
        "hue": 168,
        "chroma": "quiet",
        "tagline": "Hair salon, Dubai",
        "headline": "Hair that behaves on Monday.",
        "about": "Two quiet salons, by the marina and in Jumeirah. Six stylists who cut for how you live,"
        " and colour that grows out well.",
        "policy": "Free changes up to 12 hours before. You pay at the salon.",
        "words": {"resource": "stylist", "resources": "stylists"},
        "parties": True,
        # The salon document: visitors are shown three to five times, and may ask for all.
        "exposure": {"policy": "curated", "only_exposed": False},
        "translations": {
            "ar": {
                "tagline": "صالون شعر، دبي",
                "headline": "شعرٌ يطيعك كل صباح.",
                "about": "صالونان هادئان، على المارينا وفي جميرا. ستة مصففين يقصّون لحياتك كما هي،"
                " ولونٌ يبقى جميلاً وهو ينمو.",
                "policy": "التغيير مجاني حتى ١٢ ساعة قبل الموعد. الدفع في الصالون.",
            }
        },
    },
    places=(
        Place(
            name="Luma Marina",
            address="Marina Walk, Al Sharta Street, Dubai Marina, Dubai",
            phone="+971 4 000 0110",
            hours=(
                Hours(_EVERY_DAY, time(10), time(14)),
                Hours(_EVERY_DAY, time(15), time(20)),
                _FRIDAY_PAUSE,
            ),
            people=(
                Person("Layla Haddad", "Colour, bridal", ("cut", "colour", "bridal", "blow-dry"), (7,)),
                Person("Omar Farouk", "Cuts, beard", ("cut", "beard"), (1,)),
                Person("Inès Moreau", "Colour", ("cut", "colour", "blow-dry"), (2,)),
                Person("Theo Castellanos", "Cuts", ("cut", "beard", "blow-dry"), (3,)),
            ),
        ),
        Place(
            name="Luma Jumeirah",
            address="Villa 214, Al Wasl Road, Jumeirah 1, Dubai",
            phone="+971 4 000 0120",
            hours=(
                Hours((2, 3, 4, 5, 6, 7), time(10), time(14)),
                Hours((2, 3, 4, 5, 6, 7), time(15), time(19)),
                _FRIDAY_PAUSE,
            ),
            people=(
                Person(
                    "Zara Qureshi", "Keratin, braids", ("keratin", "blow-dry", "bridal", "braiding"), (4,)
                ),
                Person("Kai Tanaka", "Cuts, colour", ("cut", "colour", "keratin"), (6,)),
            ),
        ),
    ),
    services=(
        _service(1, "Cut and finish", "Consultation, wash, cut, a finish you can repeat.", 60, 260, "cut"),
        _service(
            2,
            "Root colour",
            "Regrowth only, matched in daylight. Gloss included.",
            90,
            340,
            "colour",
            clean_up=15,
        ),
        _service(
            3,
            "Balayage",
            "Hand-painted, soft at the root, toned to your skin.",
            180,
            890,
            "colour",
            clean_up=15,
        ),
        _service(4, "Blow-dry", "Volume or sleek, with a scalp massage.", 45, 140, "blow-dry"),
        _service(5, "Keratin treatment", "Smooth for three months; dry by the evening.", 150, 760, "keratin"),
        _service(6, "Bridal trial", "Hair up, veil in, photographs from every side.", 120, 650, "bridal"),
        _service(7, "Beard trim", "Shape, razor lines, hot towel.", 30, 90, "beard"),
        _service(
            8,
            "Braiding class",
            "Six seats, one evening: three braids you can do.",
            90,
            180,
            "braiding",
            seats=6,
        ),
    ),
    logins=(
        Login("owner@luma.test", "Dana Al Suwaidi", "owner"),
        Login("desk@luma.test", "Sara Khalil", "frontdesk"),
        Login("stylist@luma.test", "Layla Haddad", "artist", "Layla Haddad"),
    ),
    phone_format="+971 50 000 02{:02d}",
    pauses=(
        Pause("Colour training", time(10), 4, days_ahead=5, person="Inès Moreau"),
        Pause("Day off", time(0), 24, days_ahead=8, person="Omar Farouk"),
    ),
    groups=(Group("Braiding class", "Zara Qureshi", (2, 5, 6), time(17), time(18, 30)),),
    fullness=0.55,
    notes=("First visit.", "Allergic to ammonia.", "Prefers silence, please.", "Brings her daughter."),
)

"""Sol: a provider in Berlin who approves each request and needs time between two (the provider schema)."""

from __future__ import annotations

from datetime import time

from holdfast.capabilities.catalog.commands import NewService
from holdfast.main.demo.shapes import Business, Hours, Login, Pause, Person, Place

SOL = Business(
    slug="sol",
    name="Praxis Sol",
    locale="en-DE",
    time_zone="Europe/Berlin",
    currency="EUR",
    settings={
        "hue": 255,
        "chroma": "quiet",
        "tagline": "Osteopathy, Berlin-Kreuzberg",
        "headline": "Time enough to find the cause.",
        "about": "Miriam Sol treats backs, jaws and the rest of the body they hang together with. Every"
        " request is read before it is confirmed, usually on the same day.",
        "policy": "Please cancel at least 24 hours before. Most private insurers reimburse the fee.",
        "words": {"resource": "therapist", "resources": "therapists"},
    },
    places=(
        Place(
            name="Praxis Sol",
            address="Oranienstraße 171, 10999 Berlin",
            phone="+49 30 23125 140",
            hours=(
                Hours((1, 2, 3, 4, 5), time(8), time(12)),
                Hours((1, 2, 4), time(13), time(18)),
            ),
            people=(Person("Miriam Sol", "Osteopath, D.O.", ("osteopathy",)),),
        ),
    ),
    services=(
        NewService(
            name="First appointment",
            description="History, examination and a first treatment. Bring older findings if you have some.",
            duration_minutes=60,
            currency="EUR",
            price_minor=11000,
            flow="approval",
            buffer_before_minutes=5,
            buffer_after_minutes=15,
            slot_granularity_minutes=30,
            minimum_notice_minutes=1440,
            horizon_days=90,
            display_order=1,
        ),
        NewService(
            name="Treatment",
            description="For those who have been here before.",
            duration_minutes=45,
            currency="EUR",
            price_minor=8500,
            flow="approval",
            buffer_after_minutes=15,
            slot_granularity_minutes=15,
            minimum_notice_minutes=720,
            horizon_days=90,
            display_order=2,
        ),
        NewService(
            name="Infants and children",
            description="Up to six years, with one parent. Quiet room, no hurry.",
            duration_minutes=30,
            currency="EUR",
            price_minor=6500,
            flow="approval",
            buffer_before_minutes=5,
            buffer_after_minutes=15,
            slot_granularity_minutes=30,
            minimum_notice_minutes=1440,
            horizon_days=90,
            display_order=3,
        ),
        NewService(
            name="Question by phone",
            description="Ten minutes to find out whether osteopathy is the right thing.",
            duration_minutes=10,
            currency="EUR",
            price_minor=0,
            flow="instant",
            buffer_after_minutes=5,
            slot_granularity_minutes=15,
            minimum_notice_minutes=120,
            horizon_days=30,
            display_order=4,
        ),
    ),
    logins=(Login("owner@sol.test", "Miriam Sol", "owner", "Miriam Sol"),),
    phone_format="+49 30 23125 2{:02d}",
    pauses=(
        Pause("Supervision", time(8), 1, weekday=3, is_weekly=True),
        Pause("Congress in Ghent", time(0), 48, days_ahead=16, weekday=4, person="Miriam Sol"),
    ),
    fullness=0.45,
    notes=("Pain in the lower back since May.", "Referred by Dr. Albers.", "Prefers mornings."),
)

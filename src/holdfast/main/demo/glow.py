"""Glow: one make-up artist in New York, booked at once (the solo artist's document)."""

from __future__ import annotations

from datetime import time

from holdfast.capabilities.catalog.commands import NewService
from holdfast.main.demo.shapes import Business, Hours, Login, Pause, Person, Place

GLOW = Business(
    slug="glow",
    name="Maya Bennett",
    locale="en-US",
    time_zone="America/New_York",
    currency="USD",
    settings={
        "hue": 10,
        "chroma": "quiet",
        "tagline": "Make-up artist, New York",
        "headline": "Skin first, then colour.",
        "about": "Bridal, editorial and lessons from a bright studio in SoHo. I work slowly, with little"
        " product, until you look like yourself on a very good day.",
        "policy": "Free changes up to 24 hours before. You pay at the studio, by card or in cash.",
        "words": {"resource": "artist", "resources": "artists"},
    },
    places=(
        Place(
            name="SoHo studio",
            address="118 Mercer Street, Floor 3, New York, NY 10012",
            phone="+1 212 555 0142",
            hours=(Hours((2, 3, 4, 5), time(9, 30), time(18)), Hours((6,), time(8), time(16))),
            people=(Person("Maya Bennett", "Make-up artist", ("bridal", "editorial", "lesson")),),
        ),
    ),
    services=(
        NewService(
            name="Soft glam",
            description="An evening, a shoot, a dinner that matters. Lashes if you like.",
            duration_minutes=60,
            currency="USD",
            price_minor=14500,
            buffer_after_minutes=15,
            slot_granularity_minutes=30,
            minimum_notice_minutes=180,
            horizon_days=120,
            display_order=1,
        ),
        NewService(
            name="Bridal make-up",
            description="The day itself, on location in Manhattan or Brooklyn, with touch-up kit.",
            duration_minutes=120,
            currency="USD",
            price_minor=42000,
            buffer_before_minutes=30,
            buffer_after_minutes=30,
            slot_granularity_minutes=30,
            minimum_notice_minutes=2880,
            horizon_days=365,
            required_skills=("bridal",),
            display_order=2,
        ),
        NewService(
            name="Bridal trial",
            description="Two looks, photographed in daylight, so that the day holds no surprise.",
            duration_minutes=90,
            currency="USD",
            price_minor=18000,
            buffer_after_minutes=15,
            slot_granularity_minutes=30,
            minimum_notice_minutes=1440,
            horizon_days=365,
            required_skills=("bridal",),
            display_order=3,
        ),
        NewService(
            name="Editorial half day",
            description="Four hours on set. Mood board and product list before.",
            duration_minutes=240,
            currency="USD",
            price_minor=65000,
            slot_granularity_minutes=30,
            minimum_notice_minutes=2880,
            horizon_days=180,
            required_skills=("editorial",),
            display_order=4,
        ),
        NewService(
            name="Make-up lesson",
            description="Bring your own bag. You leave with five minutes that work every morning.",
            duration_minutes=75,
            currency="USD",
            price_minor=12000,
            buffer_after_minutes=15,
            slot_granularity_minutes=15,
            minimum_notice_minutes=720,
            horizon_days=90,
            required_skills=("lesson",),
            display_order=5,
        ),
    ),
    logins=(Login("owner@glow.test", "Maya Bennett", "owner", "Maya Bennett"),),
    phone_format="+1 212 555 01{:02d}",
    pauses=(
        Pause("Restocking the kit", time(12, 30), 1.5, weekday=4, is_weekly=True),
        Pause("Editorial in Montauk", time(8), 11, days_ahead=9, weekday=3, person="Maya Bennett"),
    ),
    fullness=0.45,
    notes=("Sensitive skin around the eyes.", "Outdoor ceremony, please make it last.", "Two of us."),
)

"""North: a studio in Paris that books twelve artists by the day (the production tool's documents)."""

from __future__ import annotations

from datetime import time

from holdfast.capabilities.catalog.commands import NewService
from holdfast.main.demo.shapes import Business, Hours, Login, Pause, Person, Place

_WORKDAYS = (1, 2, 3, 4, 5)
# A day is 9:30 to 18:30 and begins at 9:30 only: what is left of the hours admits no other start.
_DAY_MINUTES = 540


def _day(order: int, name: str, description: str, rate: int, skill: str) -> NewService:
    """A day of one discipline; `rate` in whole euros."""
    return NewService(
        name=name,
        description=description,
        duration_minutes=_DAY_MINUTES,
        currency="EUR",
        price_minor=rate * 100,
        flow="approval",
        required_skills=(skill,),
        slot_granularity_minutes=30,
        minimum_notice_minutes=720,
        horizon_days=180,
        display_order=order,
    )


NORTH = Business(
    slug="north",
    name="North Pole Pictures",
    locale="en-FR",
    time_zone="Europe/Paris",
    currency="EUR",
    settings={
        "hue": 200,
        "chroma": "clear",
        "tagline": "Animation and visual effects, Paris",
        "headline": "Twelve artists, by the day.",
        "about": "A small studio near the canal: compositing, lighting, animation, effects and matte"
        " painting for film and series. Book a person, not a department.",
        "policy": "Our producer confirms days, as a rule within four hours. Free until two days before.",
        "words": {"resource": "artist", "resources": "artists"},
    },
    places=(
        Place(
            name="Canal studio",
            address="47 quai de Valmy, 75010 Paris",
            phone="+33 1 99 00 47 10",
            hours=(Hours(_WORKDAYS, time(9, 30), time(18, 30)),),
            people=(
                Person("Ada Nwosu", "Compositing", ("compositing",)),
                Person("Aurélien Roche", "Compositing", ("compositing", "matte-painting")),
                Person("Bruno Keller", "Effects", ("effects",)),
                Person("Camille Fontaine", "Animation", ("animation",)),
                Person("Daria Petrova", "Lighting", ("lighting", "compositing")),
                Person("Elio Marchetti", "Animation", ("animation",), (5,)),
                Person("Freya Lindqvist", "Matte painting", ("matte-painting",)),
                Person("Hugo Lambert", "Editorial", ("editorial",)),
                Person("Imran Siddiqui", "Effects", ("effects", "lighting")),
                Person("Jeanne Caron", "Modelling", ("modelling",)),
                Person("Kenji Watanabe", "Animation", ("animation", "modelling")),
                Person("Lucía Ortega", "Lighting", ("lighting",), (3,)),
            ),
        ),
    ),
    services=(
        _day(1, "Compositing, one day", "Nuke. Plates to final, notes the same evening.", 520, "compositing"),
        _day(2, "Lighting, one day", "Katana or Houdini, look development included.", 500, "lighting"),
        _day(3, "Animation, one day", "Maya. Character or creature, blocking to polish.", 480, "animation"),
        _day(4, "Effects, one day", "Houdini: water, fire, crowds, destruction.", 560, "effects"),
        _day(5, "Matte painting, one day", "Projected, ready for camera.", 540, "matte-painting"),
        _day(6, "Modelling, one day", "Hard surface and organic, clean topology.", 450, "modelling"),
        NewService(
            name="Dailies with the editor",
            description="An hour in the screening room: the cut, the shots, decisions.",
            duration_minutes=60,
            currency="EUR",
            price_minor=9000,
            flow="instant",
            required_skills=("editorial",),
            slot_granularity_minutes=30,
            minimum_notice_minutes=120,
            horizon_days=90,
            display_order=7,
        ),
    ),
    logins=(Login("owner@north.test", "Odile Berger", "owner"),),
    phone_format="+33 1 99 00 10 {:02d}",
    pauses=(
        Pause("Studio closed", time(0), 24, days_ahead=18, weekday=5),
        Pause("Holiday", time(0), 72, days_ahead=6, weekday=1, person="Freya Lindqvist"),
    ),
    fullness=0.5,
    notes=("Sequence 040, shots 10 to 26.", "Remote day, VPN is set up.", "Client review at five."),
)

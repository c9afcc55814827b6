"""A business in memory, written as plainly as possible: what is free, what a booking is, what it costs.

It shares nothing with the application but names. Minutes are counted from midnight of one of a few days;
somebody's time is a list of claims, looked through from the first to the last.
"""

from __future__ import annotations

from dataclasses import dataclass, field

OPENS, CLOSES, STEP = 9 * 60, 12 * 60, 30
DAYS = (0, 1)
TAKES_TIME = ("held", "pending", "confirmed")


@dataclass(frozen=True)
class Offer:
    """What is sold: minutes, minutes before and after in which nothing else may be, price, and how booked."""

    minutes: int
    around: int
    price: int
    flow: str


OFFERS = {
    "cut": Offer(60, 0, 4200, "held"),
    "style": Offer(30, 0, 2500, "held"),
    "ask": Offer(30, 15, 9900, "pending"),
    "book": Offer(60, 0, 3100, "confirmed"),
}
VISIT = ("cut", "style")
LANES = {"ann": 1, "bob": 2}
SEATS, SEAT_PRICE = 3, 1500


class Refused(Exception):
    """The model says no, with the application's code for moves (empty: any reason)."""


@dataclass
class Entry:
    """A booking: of somebody's time, or of seats."""

    status: str
    price: int
    version: int = 1
    is_over: bool = False
    """Held, and its time is up, and nobody has noticed."""
    person: str = ""
    lane: int = 0
    day: int = 0
    start: int = 0
    minutes: int = 0
    around: int = 0
    session: int = -1
    seats: int = 0
    needs_approval: bool = False

    @property
    def counts(self) -> bool:
        """Whether it takes time or seats."""
        return self.status in TAKES_TIME and not self.is_over

    def meets(self, day: int, start: int, end: int) -> bool:
        """Whether what it takes, with what is around it, overlaps minutes of a day."""
        return (
            self.day == day
            and self.start - self.around < end
            and self.start + self.minutes + self.around > start
        )


@dataclass
class Naive:
    """The business. Bookings are known by their number, sessions too."""

    entries: list[Entry] = field(default_factory=list)
    blocked: list[tuple[str, int, int, int]] = field(default_factory=list)

    def lane(self, person: str, day: int, start: int, end: int, but: int = -1) -> int | None:
        """The first of somebody's lanes in which nothing meets these minutes."""
        for lane in range(LANES[person]):
            if not any(
                each.counts and each.person == person and each.lane == lane and each.meets(day, start, end)
                for number, each in enumerate(self.entries)
                if number != but
            ):
                return lane
        return None

    def is_free(self, person: str, day: int, start: int, minutes: int, around: int, but: int = -1) -> bool:
        """Whether somebody could begin then."""
        end = start + minutes
        if start < OPENS or end > CLOSES or (start - OPENS) % STEP:
            return False
        if any(who == person and on == day and a < end and b > start for who, on, a, b in self.blocked):
            return False
        return self.lane(person, day, start - around, end + around, but) is not None

    def availability(self, name: str) -> dict[tuple[int, int], set[str]]:
        """Every start of every day, and who could take it."""
        offer = OFFERS[name]
        found = {}
        for day in DAYS:
            for start in range(OPENS, CLOSES, STEP):
                able = {who for who in LANES if self.is_free(who, day, start, offer.minutes, offer.around)}
                if able:
                    found[day, start] = able
        return found

    def book(self, names: tuple[str, ...], day: int, start: int, person: str, *, hold: bool) -> int:
        """Book one service, or a visit of several with somebody in particular."""
        offers = [OFFERS[name] for name in names]
        minutes = sum(offer.minutes for offer in offers)
        around = offers[0].around
        able = [who for who in LANES if self.is_free(who, day, start, minutes, around)]
        if person:
            able = [who for who in able if who == person]
        if not able:
            raise Refused
        # "Anyone" is whoever has least to do on the day.
        taken = min(able, key=lambda who: self._busy(who, day))
        entry = Entry(
            "held" if hold else offers[0].flow,
            sum(offer.price for offer in offers),
            person=taken,
            day=day,
            start=start,
            minutes=minutes,
            around=around,
            needs_approval=offers[0].flow == "pending",
        )
        entry.lane = self.lane(taken, day, start - around, start + minutes + around) or 0
        self.entries.append(entry)
        return len(self.entries) - 1

    def _busy(self, person: str, day: int) -> int:
        return sum(each.counts and each.person == person and each.day == day for each in self.entries)

    def seat(self, session: int, seats: int) -> int:
        """Hold seats of a session."""
        if sum(self.counters(session)) + seats > SEATS:
            raise Refused
        self.entries.append(Entry("held", SEAT_PRICE * seats, session=session, seats=seats))
        return len(self.entries) - 1

    def counters(self, session: int) -> tuple[int, int]:
        """Seats booked and held."""
        of_it = [each for each in self.entries if each.session == session and each.counts]
        held = sum(each.seats for each in of_it if each.status == "held")
        return sum(each.seats for each in of_it) - held, held

    def confirm(self, number: int) -> None:
        """By the customer: a hold becomes a promise, or a request."""
        entry = self._still_open(number)
        if entry.status == "held":
            self._become(entry, "pending" if entry.needs_approval else "confirmed")

    def approve(self, number: int) -> None:
        """By the desk: a request becomes a promise."""
        entry = self._still_open(number)
        if entry.status == "held":
            raise Refused("MOVE_NOT_ALLOWED")
        if entry.status == "pending":
            self._become(entry, "confirmed")

    def cancel(self, number: int) -> None:
        """Doing it twice is doing it once."""
        entry = self.entries[number]
        if entry.is_over:
            self._end(entry)
        if entry.status == "expired":
            raise Refused("MOVE_NOT_ALLOWED")
        if entry.status != "cancelled":
            self._become(entry, "cancelled")

    def reschedule(self, number: int, day: int, start: int) -> None:
        """With whom it was; what it takes now is free for it."""
        entry = self._still_open(number)
        if (entry.day, entry.start) == (day, start):
            return
        if not self.is_free(entry.person, day, start, entry.minutes, entry.around, number):
            raise Refused
        whole = (day, start - entry.around, start + entry.minutes + entry.around)
        entry.lane = self.lane(entry.person, *whole, number) or 0
        entry.day, entry.start = day, start
        entry.version += 1

    def block(self, person: str, day: int, start: int, end: int) -> None:
        """What is booked there stays; nothing new comes."""
        self.blocked.append((person, day, start, end))

    def pass_time(self, number: int) -> None:
        """The time of a hold is up."""
        entry = self.entries[number]
        entry.is_over = entry.is_over or entry.status == "held"

    def sweep(self) -> None:
        """Somebody notices."""
        for entry in self.entries:
            if entry.is_over:
                self._end(entry)

    def _still_open(self, number: int) -> Entry:
        entry = self.entries[number]
        if entry.is_over:
            self._end(entry)
        if entry.status in ("expired", "cancelled"):
            raise Refused("HOLD_EXPIRED" if entry.status == "expired" else "BOOKING_CANCELLED")
        return entry

    def _end(self, entry: Entry) -> None:
        entry.is_over = False
        self._become(entry, "expired")

    def _become(self, entry: Entry, status: str) -> None:
        entry.status = status
        entry.version += 1

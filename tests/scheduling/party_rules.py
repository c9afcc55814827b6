"""The rules of a party, checked part by part, and every plan of a small one: slow, and written on its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from holdfast.scheduling.parties import Artist, Breaks, Guest, Part

MINUTE = 60


def broken_rules(
    parts: Sequence[Part],
    guests: Sequence[Guest],
    artists: Sequence[Artist],
    *,
    ready_by: int,
    start_from: int | None = None,
    breaks: Breaks | None = None,
) -> list[str]:
    """Whatever is wrong with a plan, in words."""
    wrong = []
    if sorted(part.guest for part in parts) != list(range(len(guests))):
        wrong.append("not everybody once")
    for part in parts:
        guest, artist = guests[part.guest], artists[part.artist]
        claim = (part.start - guest.before, part.end + guest.after)
        if part.end - part.start != guest.length or part.start % MINUTE:
            wrong.append(f"{part}: length")
        if part.artist not in guest.artists:
            wrong.append(f"{part}: unable")
        if part.end > min(ready_by, ready_by if guest.ready_by is None else guest.ready_by):
            wrong.append(f"{part}: late")
        if start_from is not None and part.start < start_from:
            wrong.append(f"{part}: early")
        if not any(start <= part.start and part.end <= end for start, end in artist.open):
            wrong.append(f"{part}: closed")
        if any(start < claim[1] and claim[0] < end for start, end in artist.taken):
            wrong.append(f"{part}: taken")
    for number in range(len(artists)):
        wrong += _broken_by(number, parts, guests, breaks)
    last = [part.end for part in parts if guests[part.guest].is_last]
    if last and last[0] < max(part.end for part in parts):
        wrong.append("the last is not the last")
    return wrong


def _broken_by(
    artist: int, parts: Sequence[Part], guests: Sequence[Guest], breaks: Breaks | None
) -> Iterator[str]:
    run, free_from = 0, None
    for part in sorted((part for part in parts if part.artist == artist), key=lambda part: part.start):
        guest = guests[part.guest]
        start, end = part.start - guest.before, part.end + guest.after
        if free_from is not None and start < free_from:
            yield f"{part}: two at once"
        is_rested = free_from is None or (breaks is not None and start - free_from >= breaks.length)
        run = end - start if is_rested else run + end - start
        if breaks is not None and not is_rested and run > breaks.after:
            yield f"{part}: no break"
        free_from = end


def worth(
    parts: Sequence[Part], guests: Sequence[Guest], ready_by: int, start_from: int | None = None
) -> tuple[int, int, int]:
    """What makes a plan better: a later first start, fewer artists, less waiting for whoever is last."""
    waits = [part.end - ready_by for part in parts if guests[part.guest].is_last]
    return min(part.start for part in parts), -len({part.artist for part in parts}), sum(waits)


def every_plan(
    guests: Sequence[Guest], artists: Sequence[Artist], *, ready_by: int, first: int
) -> Iterator[list[Part]]:
    """Every way to place the guests at whole minutes between two instants, right or wrong."""
    choices = [
        [
            Part(number, artist, start, start + guest.length)
            for artist in sorted(guest.artists)
            for start in range(first, ready_by - guest.length + 1, MINUTE)
            if any(opens <= start and start + guest.length <= ends for opens, ends in artists[artist].open)
        ]
        for number, guest in enumerate(guests)
    ]
    for parts in product(*choices):
        yield list(parts)

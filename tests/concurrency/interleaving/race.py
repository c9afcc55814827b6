"""Two moves of a scene in many orders, each end compared with the two in which one comes after the other."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import combinations_with_replacement

from holdfast.capabilities.bookings.commands import expire_due_holds
from holdfast.capabilities.schedules.queries import remembered_schedule
from tests.capabilities.business import forget_everything
from tests.cluster import Database
from tests.concurrency.interleaving.pauses import pause_points
from tests.concurrency.interleaving.scenes import Scene
from tests.concurrency.interleaving.sides import Pair, Plan, Ran
from tests.concurrency.interleaving.stored import Kept

ONE_AFTER_THE_OTHER: tuple[Plan, Plan] = ([(0, None), (1, None)], [(1, None), (0, None)])


@dataclass
class Found:
    """What the runs of a scene showed: how many there were, and those that no order of the two explains."""

    schedules: int = 0
    strange: list[str] = field(default_factory=list)


class Race:
    """A scene that begins anew for every run."""

    def __init__(self, database: Database, scene: Scene, chance: random.Random) -> None:
        self.scene, self.chance, self.found = scene, chance, Found()
        self.kept = Kept(database)
        self.pair = Pair(database)

    def close(self) -> None:
        self.pair.close()
        self.kept.close()

    def run(self, names: tuple[str, str], plan: Plan) -> tuple[Ran, str]:
        """Run both moves from the beginning; return how it went and how it ended."""
        self.kept.put_back()
        forget_everything()
        remembered_schedule(self.scene.business.tenant_id)
        ran = self.pair.run((self.scene.moves[names[0]], self.scene.moves[names[1]]), plan)
        # What the sweeper passed over, because somebody was at it, it finds the next time.
        expire_due_holds()
        self.found.schedules += 1
        return ran, f"answers: {ran.answers}\n{self.kept.state(self.scene.known)}"

    def compare(self, names: tuple[str, str], most: int) -> None:
        """Try up to `most` orders of the steps of two moves; note those that end as neither serial order."""
        first, second = (self.run(names, plan) for plan in ONE_AFTER_THE_OTHER)
        expected = {first[1], second[1]}
        if any("ERROR" in each for each in expected):
            self.found.strange.append(f"{names}, one after the other: {expected}")
            return
        seen: set[tuple[int, ...]] = {first[0].trace, second[0].trace}
        for plan in self._plans(first[0].steps, second[0].steps, most):
            ran, state = self.run(names, plan)
            if ran.trace not in seen and state not in expected:
                self.found.strange.append(f"{names}, {plan}: {ran.trace}\n{state}\nexpected {expected}")
            seen.add(ran.trace)

    def _plans(self, first: tuple[int, int], second: tuple[int, int], most: int) -> Iterator[Plan]:
        """Both ways round: one goes some steps, the other goes some, then each to its end."""
        steps = (max(first[0], second[0]), max(first[1], second[1]))
        plans: list[Plan] = [
            [(one, some), (1 - one, others), (one, None), (1 - one, None)]
            for one in (0, 1)
            for some in range(1, steps[one])
            for others in range(1, steps[1 - one] + 1)
        ]
        if len(plans) > most:
            plans = self.chance.sample(plans, most)
        yield from plans


@contextmanager
def racing(database: Database, scene: Callable[[Database], Scene], chance: random.Random) -> Iterator[Race]:
    """Make the scene and plant the pauses while the body runs."""
    made = scene(database)
    with pause_points(database):
        race = Race(database, made, chance)
        try:
            yield race
        finally:
            race.close()


def pairs(names: list[str]) -> list[tuple[str, str]]:
    """Every two, each also with itself."""
    return list(combinations_with_replacement(names, 2))

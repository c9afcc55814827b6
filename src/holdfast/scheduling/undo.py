"""Taking moves back, as editors do it: which earlier state a booking comes to stand on.

Nothing is ever removed: an undo is a version of its own, which restores the state of an earlier one. So the
versions are a tree, and a booking stands on one of its branches: undoing steps towards the root, a new move
begins a branch where the booking stands, and naming a version steps onto its branch again (redo).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

UNMADE = 0
"""The version before the first: there was no booking, so that it is cancelled."""


class Made(Protocol):
    """How one version came to be.

    `restores` is None but for an undo, which names the version that it restores (or UNMADE). `follows` says
    that nobody moved this booking: its place in a queue changed with another's.
    """

    @property
    def version(self) -> int: ...
    @property
    def restores(self) -> int | None: ...
    @property
    def follows(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Tree:
    """Where each version of a booking stands. All versions are those of moves, or UNMADE."""

    standing: dict[int, int]
    """Version → the move whose state it shows: itself, or for an undo the one that it restores."""
    parent: dict[int, int]
    """Move → the move on whose state it was made."""
    newest: int

    @property
    def here(self) -> int:
        """The move on which the booking stands now."""
        return self.standing[self.newest]

    def branch(self, version: int | None = None) -> list[int]:
        """Return the moves that count at a version (now, by default), the last one first."""
        found: list[int] = []
        at = self.here if version is None else self.standing[version]
        while at != UNMADE:
            found.append(at)
            at = self.parent[at]
        return found

    def back(self) -> int:
        """Return the version that an undo restores. Raises LookupError where nothing is left."""
        if self.here == UNMADE:
            raise LookupError("nothing is left to take back")
        return self.parent[self.here]

    def find(self, version: int) -> int:
        """Return the move whose state a version shows.

        Raises LookupError where there is no such version, or the booking stands on it now.
        """
        at = self.standing.get(version)
        if at is None or at == self.here:
            raise LookupError("there is no such version, or it is the state of now")
        return at

    def undone_by(self, restored: int) -> list[int]:
        """Return the moves that no longer count once `restored` is, the last one first."""
        kept = set(self.branch(restored))
        return [move for move in self.branch() if move not in kept]

    def taken_back(self, moves: Iterable[int]) -> int:
        """Return what is to be restored so that none of these moves counts: what the first was made on.

        Moves that do not count now are passed over; without any that do, the booking stays where it is.
        """
        wanted = set(moves)
        counted = [move for move in self.branch() if move in wanted]
        return self.parent[counted[-1]] if counted else self.here


def grow(made: Sequence[Made]) -> Tree:
    """Return the tree of a booking's versions, given without gaps from the first on."""
    standing = {UNMADE: UNMADE}
    parent: dict[int, int] = {}
    at = UNMADE
    for each in made:
        if each.restores is not None:
            at = standing[each.restores]
        elif not each.follows or at == UNMADE:
            parent[each.version] = at
            at = each.version
        standing[each.version] = at
    return Tree(standing, parent, made[-1].version if made else UNMADE)

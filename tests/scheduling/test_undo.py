"""Which version an undo restores, against stacks as a person would keep them."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.scheduling.undo import UNMADE, Tree, grow


@dataclass(frozen=True)
class V:
    version: int
    restores: int | None = None
    follows: bool = False


@dataclass
class Editor:
    """The naive model: after each version, the whole stack of moves that count, written down."""

    stacks: list[tuple[int, ...]] = field(default_factory=lambda: [()])
    made: list[V] = field(default_factory=list)

    @property
    def stack(self) -> tuple[int, ...]:
        return self.stacks[-1]

    def move(self) -> None:
        version = len(self.stacks)
        self.stacks.append((*self.stack, version))
        self.made.append(V(version))

    def follow(self) -> None:
        self.made.append(V(len(self.stacks), follows=True))
        self.stacks.append(self.stack)

    def restore(self, version: int) -> None:
        self.made.append(V(len(self.stacks), restores=version))
        self.stacks.append(self.stacks[version])

    def undo(self) -> None:
        self.restore(self.stacks.index(self.stack[:-1]))


def test_undo_steps_back_and_a_new_move_starts_there() -> None:
    # 1 made, 2 moved, 3 moved, 4 undoes 3, 5 undoes 2, 6 moved.
    tree = grow([V(1), V(2), V(3), V(4, 2), V(5, 1), V(6)])
    assert (tree.here, tree.branch(), tree.back()) == (6, [6, 1], 1)
    assert tree.branch(3) == [3, 2, 1]
    # What was undone can be named: its whole branch counts again, and the new move does not.
    assert tree.find(4) == 2
    assert tree.undone_by(3) == [6]


def test_the_making_of_a_booking_can_be_taken_back_once() -> None:
    assert grow([V(1)]).back() == UNMADE
    unmade = grow([V(1), V(2, UNMADE)])
    with pytest.raises(LookupError):
        unmade.back()
    assert (unmade.branch(), unmade.find(1)) == ([], 1)
    assert grow([V(1), V(2, UNMADE), V(3, 1)]).back() == UNMADE


def test_what_only_follows_others_is_no_step() -> None:
    tree = grow([V(1), V(2, follows=True), V(3), V(4, follows=True)])
    assert (tree.here, tree.back(), tree.branch()) == (3, 1, [3, 1])


def test_what_cannot_be_named() -> None:
    tree = grow([V(1), V(2), V(3, 1)])
    for version in (1, 3, 4, -1):  # Where it stands already, twice; unknown, twice.
        with pytest.raises(LookupError):
            tree.find(version)


def test_moves_taken_back_take_along_what_stands_on_them() -> None:
    tree = grow([V(1), V(2), V(3), V(4)])
    assert tree.taken_back([3]) == 2
    assert tree.taken_back([4, 2]) == 1
    assert tree.taken_back([]) == 4
    assert grow([V(1), V(2), V(3, 1)]).taken_back([2]) == 1


STEPS = st.lists(st.tuples(st.sampled_from(("move", "move", "follow", "undo", "to")), st.integers(0, 50)))


@given(STEPS)
def test_the_tree_is_a_stack_that_remembers(steps: list[tuple[str, int]]) -> None:
    editor = Editor()
    editor.move()
    for step, number in steps:
        tree = grow(editor.made)
        version = number % len(editor.stacks)
        if step == "undo" and editor.stack:
            assert tree.back() == (editor.stack[-2] if len(editor.stack) > 1 else UNMADE)
            editor.restore(tree.back())
            assert editor.stack == editor.stacks[len(editor.stacks) - 2][:-1]
        elif step == "to" and editor.stacks[version] != editor.stack:
            assert tree.find(version) == (editor.stacks[version] or (UNMADE,))[-1]
            editor.restore(tree.find(version))
            assert editor.stack == editor.stacks[version]
        elif step == "follow" and editor.stack:
            editor.follow()
        else:
            editor.move()
        _check(grow(editor.made), editor)


def _check(tree: Tree, editor: Editor) -> None:
    for version, stack in enumerate(editor.stacks):
        assert tuple(reversed(tree.branch(version))) == stack
        gone = [move for move in reversed(editor.stack) if move not in stack]
        assert tree.undone_by(version) == gone
    for move in editor.stack:
        assert tree.taken_back([move]) == ([UNMADE, *editor.stack])[editor.stack.index(move)]

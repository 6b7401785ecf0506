"""Puts tasks on workers, one after the other, and moves some where one would otherwise have no place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from daskflow.plan.placement.nearness import Nearness
from daskflow.plan.placement.needs import Need
from daskflow.plan.placement.seats import HostSeats, Seat


class Filling:
    """Fills the workers of some hosts with the tasks of a flow; see `daskflow.plan.placement.place`.

    Parameters
    ----------
    hosts : iterable of HostSeats
        What there is.
    nearness : Nearness
        Of the plan.
    node_of : mapping of str to str
        The node of each task.
    needs : mapping of str to Need
        What each task asks for.
    """

    def __init__(
        self,
        hosts: Iterable[HostSeats],
        nearness: Nearness,
        node_of: Mapping[str, str],
        needs: Mapping[str, Need],
    ) -> None:
        self._hosts = list(hosts)
        self._seats = {seat.worker.address: seat for host in self._hosts for seat in host.seats}
        self._nearness = nearness
        self._node_of = node_of
        self._needs = needs
        self._part_of = {task: nearness.part_of[node] for task, node in node_of.items()}
        self._left = Counter(self._part_of.values())  # tasks of each part of the flow that have no place yet
        self._seat_of: dict[str, Seat] = {}
        self._fixed: set[str] = set()
        self._moves: list[tuple[str, Seat, bool]] = []
        self.possible = {need: self._could_take(need) for need in dict.fromkeys(needs.values())}
        """The workers that would do for a need, were they free."""
        self._among = {need: set(seats) for need, seats in self.possible.items()}

    @property
    def address_of(self) -> dict[str, str]:
        """Addresses of the workers of the tasks that have a place."""
        return {task: seat.worker.address for task, seat in self._seat_of.items()}

    def fix(self, task: str, address: str) -> None:
        """Note that a task is on a worker, where it stays."""
        self._left[self._part_of[task]] -= 1
        seat = self._seats.get(address)
        if seat is not None:
            self._fixed.add(task)
            self._put(task, seat)

    def fill(self, tasks: Iterable[str]) -> list[str]:
        """Give tasks places; returns those for which there is none."""
        waiting = sorted(tasks, key=lambda task: len(self.possible[self._needs[task]]))  # stable
        without = []
        hopeless: set[Need] = set()
        for task in waiting:
            need = self._needs[task]
            self._left[self._part_of[task]] -= 1
            if need in hopeless or not self._seat(task, {need}):
                hopeless.add(need)
                without.append(task)
        return without

    def _seat(self, task: str, tried: set[Need]) -> bool:
        """Give a task a place; others change theirs if there is no other way. Whether it has one now."""
        need = self._needs[task]
        seat = self._best(task, need)
        if seat is not None:
            self._put(task, seat)
            return True
        mark = len(self._moves)
        for seat in self.possible[need]:
            movable = [
                name for name in seat.guests if name not in self._fixed and seat.guests[name] not in tried
            ]
            moved: list[str] = []
            while movable and not seat.fits(need):
                moved.append(movable.pop())
                self._take_away(moved[-1])
            if moved and seat.fits(need):
                self._put(task, seat)
                # Who cannot go elsewhere cannot from another worker either; of several, only not all.
                known = tried if len(moved) == 1 else set(tried)
                known.update(self._needs[name] for name in moved)
                if all(self._seat(name, known) for name in moved):
                    return True
            self._undo(mark)
        return False

    def _best(self, task: str, need: Need) -> Seat | None:
        """The best free place of a task; None where there is none."""
        possible = self._among[need]
        shared = self._nearness.shared(self._node_of[task])
        # A part of the flow begins where all of it has room, if there is such a host, else where most has.
        part = self._left[self._part_of[task]] + 1
        ranked = sorted(
            (host for host in self._hosts if host.open),
            key=lambda host: (
                host.crowding,
                -shared.get(host.tag, 0.0),
                -min(len(host.open), part),
                host.tasks / host.cores,
            ),
        )
        for is_shared, has_gpu in self._tiers(need):
            for host in ranked:
                free = [
                    seat
                    for seat in host.open
                    if seat in possible
                    and seat.is_shared == is_shared
                    and (has_gpu is None or seat.has_gpu == has_gpu)
                    and seat.fits(need)
                ]
                if free:
                    return min(free, key=lambda seat: seat.order(need))
        return None

    @staticmethod
    def _tiers(need: Need) -> Iterator[tuple[bool, bool | None]]:
        """Kinds of workers, the first choice first: whether they have other runs' tasks, and a GPU."""
        for is_shared in (False, True):
            if need.wants_gpu:
                yield is_shared, None
            else:
                yield is_shared, False
                yield is_shared, True

    def _could_take(self, need: Need) -> list[Seat]:
        return [seat for seat in self._seats.values() if need.could_be_on(seat.worker)]

    # -- moves, which can be undone ---------------------------------------------------------------------

    def _put(self, task: str, seat: Seat) -> None:
        self._move(task, seat, is_there=True)
        self._moves.append((task, seat, True))

    def _take_away(self, task: str) -> None:
        seat = self._seat_of[task]
        self._move(task, seat, is_there=False)
        self._moves.append((task, seat, False))

    def _move(self, task: str, seat: Seat, *, is_there: bool) -> None:
        if is_there:
            seat.take(task, self._needs[task])
            self._seat_of[task] = seat
        else:
            seat.give(task)
            del self._seat_of[task]
        self._nearness.note(self._node_of[task], seat.host.tag, 1 if is_there else -1)

    def _undo(self, mark: int) -> None:
        while len(self._moves) > mark:
            task, seat, was_put = self._moves.pop()
            self._move(task, seat, is_there=not was_put)

"""What befalls a simulated run: it is stopped, and its processes are killed."""

from __future__ import annotations

from typing import Any

import pytest

from daskflow.errors import StaleTaskError
from daskflow.ledger import OUTPUT
from daskflow.ledger.losses import POISON
from tests.property.tasks import CLOSED, GONE, OPEN, SimulatedTask


class Fate:
    """The part of a `Simulation` that its tasks have no say in."""

    ledger: Any
    watch: Any
    random: Any
    scenario: Any
    tasks: list[SimulatedTask]

    def _stop(self) -> None:
        self._note(None, "stop")
        self.is_stopped = True
        self.ledger.stop()
        self._after(None)

    def _scale(self) -> None:
        scalable = [n for n in self.ledger.nodes if self._can_scale(n.index)]
        if not scalable:
            return
        node = self.random.choice(scalable)
        here = [task for task in self.tasks if task.node == node.index and not task.is_retiring]
        if len(here) > 1 and self.random.random() < 0.5:
            task = self.random.choice(here)
            self._note(task, f"is to leave, with {[lease.number for lease in task.in_hand]} in hand")
            self.ledger.retire(task.index, self._tick())
            task.is_retiring = True
            if task.phase == GONE:
                task.phase = CLOSED
        elif len(here) < 5:
            index = self.ledger.add_task(node.index, self._tick())
            if index == len(self.tasks):
                self.tasks.append(self._task(index, node.index))
            else:
                assert self.tasks[index].phase == CLOSED
                assert self.tasks[index].is_retiring
                self.tasks[index].is_retiring = False
                self.tasks[index].die()
            self._note(self.tasks[index], "is to join")
        for edge in (*node.edges_in, *node.edges_out):
            self.watch.note_resized(edge)
            capacity = self.random.randint(1, 8)
            inline = capacity * self.random.choice((0, 1, 3))
            self.ledger.resize(edge.source.index, edge.target.index, capacity, inline)
        self.watch.note_scaled(node.index)
        self._note_open()
        self._after(None)

    def _can_scale(self, node: int) -> bool:
        plan = self.scenario.nodes[node]
        may = bool(plan.inputs) and plan.resumable and plan.snapshot_every is None
        return may and not self.is_aborted and not self.ledger.nodes[node].announced

    def _kill(self) -> None:
        busy = [task for task in self.tasks if task.in_hand]
        task = self.random.choice(busy if busy and self.random.random() < 0.7 else self.tasks)
        if self._last_killed is not None and self.random.random() < 0.4:
            task = self._last_killed
        if task.phase == GONE:
            return
        node = self.ledger.nodes[task.node]
        is_replaceable = (node.is_source and node.is_finished) or task.plan.resumable
        had_state = task.phase == OPEN and not is_replaceable
        had_state |= node.history is not None and node.history.has_lost_snapshot
        if had_state and not (self.scenario.fatal or self.is_aborted):
            return
        self._note(task, f"is killed with {[lease.number for lease in task.in_hand]} in hand")
        if task.phase == CLOSED:
            self._come_again_in_vain(task)
            return
        self._last_killed = task
        is_unnoticed = self.random.random() < 0.3 and not had_state and not self.is_aborted
        is_unnoticed = is_unnoticed and not task.is_retiring  # nobody starts another
        finished = None if is_unnoticed else self._finish_silently(task)
        in_hand = self._number_in_hand(task)
        suspects = self._suspects(task, in_hand)
        self.watch.note_returned(task)
        task.die()
        if is_unnoticed:
            self._register(task)  # the new process is there before anyone noticed
            return
        is_late = in_hand is not None and self.random.random() < 0.3
        goes_on = self._lose(task, finished, in_hand, suspects, is_late) is None
        if task.is_retiring:
            task.phase = CLOSED
        assert goes_on == (self.is_aborted or not had_state)
        self._after(None)
        if self.random.random() < 0.5:
            self._say_stale_things(task, task.incarnation)
        if not goes_on:
            self.is_aborted = True
            self.ledger.fail(f"lost {task.index}")
            self._after(None)

    def _number_in_hand(self, task: SimulatedTask) -> int | None:
        """The number that a task which is killed now may have been working on."""
        if task.phase != OPEN or self.random.random() < 0.3:
            return None
        if task.in_hand:
            return task.in_hand[0].number
        is_producing = not task.plan.inputs and not task.has_ended_stream and task.emitted != task.plan.length
        is_producing = is_producing and self.ledger.nodes[task.node].end is None
        return task.emitted if is_producing and task.emitted < self._room(task) else None

    def _suspects(self, task: SimulatedTask, in_hand: int | None) -> list[int]:
        """All that a task has, if it may have been working on several of them together; else none."""
        if in_hand is None or len(task.in_hand) < 2 or task.plan.snapshot_every or self.random.random() < 0.5:
            return []
        return list(self.ledger.tasks[task.index].leased)

    def _finish_silently(self, task: SimulatedTask) -> int | None:
        """Let a task that nobody reads finish some of what it has in hand, and not come to say so."""
        if self.scenario.children(task.node) or not self.watch.is_ordered(task.node) or task.phase != OPEN:
            return None
        finished = None
        while task.in_hand and self.random.random() < 0.6:
            lease = task.in_hand[0]
            if self._outcome(task, lease.number, lease.payloads).kind != OUTPUT:
                break  # it says so at once
            outcome = self._work(task, lease)
            if outcome.snapshot is not None:
                self.watch.note_unused(outcome.snapshot.slots)
            del task.in_hand[0]
            finished = lease.number
            self.watch.note_outcomes(task, [outcome])
        return finished

    def _lose(
        self,
        task: SimulatedTask,
        finished: int | None,
        in_hand: int | None,
        suspects: list[int],
        is_late: bool,
    ) -> str | None:
        reason = self.ledger.lose(
            task.index,
            task.incarnation,
            self._tick(),
            finished=finished,
            in_hand=in_hand,
            several=bool(suspects),
            is_late=is_late,
        )
        expected = []
        for number in suspects:
            if finished is None or number > finished:
                self.deaths.setdefault((task.node, number), int(not is_late))
        if in_hand is not None and not suspects:
            self.deaths[task.node, in_hand] += 1
            most = 1 if is_late else POISON - 1
            expected = [in_hand] if self.deaths[task.node, in_hand] > most else []
        dead = self.ledger.take_dead()
        assert [each.number for each in dead] == expected
        for each in dead:
            self._note(task, f"has killed too often with {each.number}, which is given up")
            self.watch.note_dead(task, each.number)
            self.ledger.bury(each)
        return reason

    def _come_again_in_vain(self, task: SimulatedTask) -> None:
        assert self.ledger.lose(task.index, task.incarnation, self._tick()) is None
        with pytest.raises(StaleTaskError):
            self.ledger.register(task.index, self._tick())
        self._after(None)

    def _say_stale_things(self, task: SimulatedTask, incarnation: int) -> None:
        with pytest.raises(StaleTaskError):
            self.ledger.exchange(task.index, incarnation, [], [], 2, self.now)
        with pytest.raises(StaleTaskError):
            self.ledger.close(task.index, incarnation)
        if not task.plan.inputs:
            with pytest.raises(StaleTaskError):
                self.ledger.end(task.index, incarnation)
        self._after(None)

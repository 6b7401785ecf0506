"""The network between simulated hosts."""

from __future__ import annotations

from collections.abc import Sequence

from daskflow.experiments.simulated.agenda import Agenda
from daskflow.experiments.simulated.hosts import Network


class Wires:
    """One interface per host, which carries one thing after the other each way; what is between has room.

    Parameters
    ----------
    agenda : Agenda
        Of the simulation.
    network : Network
        How far hosts are from each other.
    bytes_per_s : sequence of float
        What the interface of each host carries.
    """

    def __init__(self, agenda: Agenda, network: Network, bytes_per_s: Sequence[float]) -> None:
        self._agenda = agenda
        self._network = network
        self._bytes_per_s = bytes_per_s
        self._free_out_s = [0.0] * len(bytes_per_s)
        self._free_in_s = [0.0] * len(bytes_per_s)
        self.sent_bytes = [0] * len(bytes_per_s)
        self.received_bytes = [0] * len(bytes_per_s)

    def arrival_s(self, source: int, target: int, size_bytes: int) -> float:
        """Send something now; when all of it has come."""
        now = self._agenda.now_s
        if source == target:
            return now + self._network.local_s
        self.sent_bytes[source] += size_bytes
        self.received_bytes[target] += size_bytes
        rates = self._bytes_per_s
        out_s = self._free_out_s[source] = max(now, self._free_out_s[source]) + size_bytes / rates[source]
        begin_s = out_s - size_bytes / rates[source] + self._network.latency_s
        in_s = max(begin_s, self._free_in_s[target]) + size_bytes / rates[target]
        self._free_in_s[target] = in_s
        return max(in_s, out_s + self._network.latency_s)

    def small_s(self, source: int, target: int, size_bytes: int) -> float:
        """The same for a message that is small: it slips in between the parts of what is large."""
        now = self._agenda.now_s
        if source == target:
            return now + self._network.local_s
        self.sent_bytes[source] += size_bytes
        self.received_bytes[target] += size_bytes
        return now + self._network.latency_s + size_bytes / self._bytes_per_s[target]

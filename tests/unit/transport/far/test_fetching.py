"""Payloads between hosts: their contents, once for each host, in the life that is meant."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time

import numpy as np
import pytest

from daskflow.errors import DescriptorError, PayloadLostError, StoreFullError
from daskflow.transport.descriptor import editions_of, slots_of
from daskflow.transport.far import far_slots, fetcher, host_slots
from daskflow.transport.far.host_slots import HostSlots
from daskflow.transport.far.serving import Shelf
from daskflow.transport.payload import PayloadWriter, decode
from daskflow.transport.places import RunPlaces
from daskflow.transport.slots import SlotPool
from daskflow.transport.views import SlotViews
from tests.unit.transport.certificates import own_security
from tests.unit.transport.far.hosts import SHAPE, Hosts, Side, counted_answers, picture


def test_an_array_and_its_metadata_arrive_on_another_host(here, there):
    writer, reader = here.task(0), there.task(1)
    descriptor = writer.encode((picture(3), {"time_s": 1.5}))
    assert editions_of(descriptor) == [(descriptor[2][0], 1)]
    array, metadata = reader.decode(descriptor)
    assert (array == picture(3)).all()
    assert metadata == {"time_s": 1.5}
    assert not array.flags.writeable


def test_a_pickle_with_several_buffers_arrives(here, there):
    writer, reader = here.task(0), there.task(1)
    value = {"a": picture(1), "b": np.arange(50_000.0), "text": "x" * 20_000}
    found = reader.decode(writer.encode(value))
    assert (found["a"] == value["a"]).all()
    assert (found["b"] == value["b"]).all()
    assert found["text"] == value["text"]


def test_a_reader_on_the_same_host_looks_into_the_slot_itself(hosts, here):
    writer, reader = here.task(0), here.task(1)
    with counted_answers() as sent:
        array, _ = reader.decode(writer.encode((picture(), {})))
        assert (array == picture()).all()
    assert (sent, hosts.asked) == ([], [])


def test_the_bytes_travel_once_for_each_host(here, there, third):
    writer, readers = here.task(0), [there.task(1), there.task(2), third.task(3)]
    descriptor = writer.encode((picture(), {}))
    with counted_answers() as sent:
        for reader in readers:
            reader.far.begin([descriptor])
        arrays = [reader.decode(descriptor)[0] for reader in readers]
    assert all((array == picture()).all() for array in arrays)
    assert sent == [(descriptor[2][0], picture().nbytes, "")] * 2  # not the room that the slot has besides


def test_each_life_of_a_slot_is_fetched(here, there):
    writer, reader = here.task(0), there.task(1)
    for value in range(4):
        descriptor = writer.encode((picture(value), {}))
        assert editions_of(descriptor)[0][1] == value + 1
        array, _ = reader.decode(descriptor)
        assert (array == picture(value)).all()
        del array
        assert list(reader.views.released) == [descriptor[2][0]]
        reader.views.released.clear()
        writer.writer.loans.recycle(descriptor[2][0])
    assert writer.pool.created == 1
    assert len(HostSlots(there.places).of_owner(0, 0)) == 1


def test_leases_are_fetched_before_they_are_needed(here, there):
    writer, reader = here.task(0), there.task(1)
    descriptors = [writer.encode((picture(value), {})) for value in range(3)]
    with counted_answers() as sent:
        reader.far.begin(descriptors)
        end = time.monotonic() + 10
        while any(reader.far.slots.edition(d[2][0]) != 1 for d in descriptors):
            assert time.monotonic() < end
            time.sleep(0.01)
        for value, descriptor in enumerate(descriptors):
            assert (reader.decode(descriptor)[0] == picture(value)).all()
        assert len(sent) == 3


def test_a_task_holds_more_leases_while_it_has_to_wait(here, there, monkeypatch):
    monkeypatch.setattr(far_slots, "_OFTEN", 2)
    writer, reader, neighbour = here.task(0), there.task(1), here.task(2)
    descriptors = [writer.encode((picture(value), {})) for value in range(4)]
    neighbour.far.begin(descriptors)
    neighbour.decode(descriptors[0])
    assert (neighbour.far.leases_ahead, reader.far.leases_ahead) == (0, 0)
    reader.far.begin(descriptors[:1])
    assert reader.far.leases_ahead == 1
    reader.decode(descriptors[1])  # which nobody has asked for before
    assert reader.far.leases_ahead == 2
    reader.decode(descriptors[1])
    reader.decode(descriptors[1])
    assert reader.far.leases_ahead == 1


def test_a_result_that_is_an_input_is_fetched_from_its_owner(hosts, here, there, third):
    writer, middle, reader = here.task(0), there.task(1), third.task(2)
    first = writer.encode((picture(7), {}))
    array, _ = middle.decode(first)
    second = middle.encode((array, {"seen": True}))
    assert editions_of(second) == editions_of(first)
    found, metadata = reader.decode(second)
    assert (found == picture(7)).all()
    assert metadata == {"seen": True}
    assert hosts.asked == [(0, 0), (0, 0)]


def test_a_result_made_in_a_slot_arrives(here, there):
    writer, reader = here.task(0), there.task(1)
    array = writer.writer.loans.empty(SHAPE, np.dtype("u1"))
    array[:] = picture(9)
    assert (reader.decode(writer.encode((array, {})))[0] == picture(9)).all()
    assert writer.writer.copies == 0


@pytest.mark.parametrize("count", [1, 3])
def test_replicas_do_not_pile_up(here, there, count):
    writer, reader = here.task(0), there.task(1)
    for size in range(20_000, 20_000 + count * 40_000, 40_000):
        descriptor = writer.encode((np.full(size, 5, "u1"), {}))
        array, _ = reader.decode(descriptor)
        assert array.size == size
        del array
        writer.writer.loans.recycle(descriptor[2][0])
    assert len(HostSlots(here.places).of_owner(0, 0)) == 1
    assert len(HostSlots(there.places).of_owner(0, 0)) == 1


def test_who_was_given_up_and_still_asks_is_told_no(here, there):
    writer, reader = here.task(0), there.task(1)
    descriptor = writer.encode((np.zeros(30_000, "u1"), {}))
    writer.writer.loans.recycle(descriptor[2][0])
    writer.encode((np.zeros(90_000, "u1"), {}))  # the slot is retired, and another made
    with pytest.raises(PayloadLostError, match="does not have it any more"):
        reader.decode(descriptor)


def test_a_view_of_a_slot_that_was_retired_does_not_kill(here, there):
    writer, other = here.task(0), here.task(1)
    descriptor = writer.encode((np.ones(30_000, "u1"), {}))
    array, _ = other.decode(descriptor)  # of a task that the ledger gave up, and that does not know yet
    writer.writer.loans.recycle(descriptor[2][0])
    writer.encode((np.zeros(90_000, "u1"), {}))
    assert set(np.unique(array)) <= {0, 1}


def test_a_host_that_is_gone_is_a_payload_lost(hosts, here, there):
    writer, reader = here.task(0), there.task(1)
    descriptor = writer.encode((picture(), {}))
    hosts.where[0, 0] = None
    with pytest.raises(PayloadLostError, match="its host is gone") as caught:
        reader.decode(descriptor)
    assert caught.value.slots == slots_of(descriptor)


def test_a_worker_that_starts_again_is_waited_for(here, there):
    writer, reader = here.task(0), there.task(1)
    descriptor = writer.encode((picture(4), {}))
    here.stop()
    again = threading.Timer(0.3, here.start)
    again.start()
    assert (reader.decode(descriptor)[0] == picture(4)).all()
    again.join()


def test_a_connection_that_ends_is_made_again(here, there):
    writer, reader = here.task(0), there.task(1)
    one, other = (writer.encode((picture(value), {})) for value in range(2))
    assert (reader.decode(one)[0] == picture(0)).all()
    here.stop()
    here.start()
    assert (reader.decode(other)[0] == picture(1)).all()


def test_a_host_that_does_not_answer_is_given_up(here, there, monkeypatch):
    monkeypatch.setattr(fetcher, "PATIENCE_S", 0.2)
    writer, reader = here.task(0), there.task(1)
    descriptor = writer.encode((picture(), {}))
    here.stop()
    with pytest.raises(PayloadLostError, match=f"host {here.tag} does not answer"):
        reader.decode(descriptor)


def test_the_end_of_the_run_is_noticed_while_waiting(hosts, here, there, monkeypatch):
    def look():
        raise PayloadLostError("the run has ended")

    writer, reader = here.task(0), there.task(1)
    descriptor = writer.encode((picture(), {}))
    here.stop()
    reader.far.look = look
    begin = time.monotonic()
    with pytest.raises(PayloadLostError, match="the run has ended"):
        reader.decode(descriptor)
    assert time.monotonic() - begin < fetcher.PATIENCE_S / 2


def test_a_reader_takes_over_from_one_that_fails(hosts, here, there):
    told = asyncio.Event()

    async def nowhere(task: int, incarnation: int) -> None:
        await told.wait()

    writer, reader = here.task(0), there.task(1)
    descriptor = writer.encode((picture(2), {}))
    failing = there.far(where=nowhere)
    failing.begin([descriptor])  # has the lock, and is told that it is gone
    reader.far.begin([descriptor])
    time.sleep(0.1)
    assert there.places.slots_in(there.places.memory) == [descriptor[2][0]]
    hosts.loop.call(told.set)
    assert (reader.decode(descriptor)[0] == picture(2)).all()


def test_through_the_scheduler_where_no_worker_is_reached(hosts, here, there, third, caplog):
    writer = here.task(0)

    async def unreachable(task: int, incarnation: int) -> dict:
        return {"host": here.tag, "workers": ["tcp://127.0.0.1:1"]}

    with hosts.scheduler() as address:
        caller = Side(there, 1, there.far(relay=address, where=unreachable))
        for value in range(3):
            assert (caller.decode(writer.encode((picture(value), {})))[0] == picture(value)).all()
    assert len([r for r in caplog.records if "goes through the scheduler" in r.message]) == 1


def test_a_run_that_is_not_there_is_not_served(hosts, here, there, monkeypatch):
    monkeypatch.setattr(fetcher, "PATIENCE_S", 0.1)
    writer, reader = here.task(0), there.task(1)
    descriptor = writer.encode((picture(), {}))
    reader.far._lines._run_id = "../../etc"
    with pytest.raises(PayloadLostError, match="does not answer"):
        reader.decode(descriptor)


def test_a_run_on_one_host_knows_no_editions(here, tmp_path):
    places = RunPlaces(tmp_path, tmp_path)
    pool = SlotPool(0, places)
    (slot,) = slots_of(plain := PayloadWriter(pool, SlotViews(places), "lz4").encode((picture(), {})))
    assert len(plain) == 5
    owned = pool.used(slot)
    assert owned is not None
    assert places.slot_file(tmp_path, slot).stat().st_size == owned.capacity  # without a trailer
    descriptor = here.task(0).encode((picture(), {}))
    with pytest.raises(DescriptorError, match="several hosts only"):
        decode(descriptor, SlotViews(here.places))


def test_a_full_disk_on_the_receiving_host(here, there, monkeypatch):
    monkeypatch.setattr(host_slots, "_allocated", lambda path, size: False)
    writer, reader = here.task(0), there.task(1)
    descriptor = writer.encode((picture(), {}))
    with pytest.raises(StoreFullError, match="from another host"):
        reader.decode(descriptor)
    monkeypatch.undo()
    assert (reader.decode(descriptor)[0] == picture()).all()


def test_where_shared_memory_is_full_a_replica_is_on_disk(here, there, monkeypatch):
    allocated = host_slots._allocated
    monkeypatch.setattr(
        host_slots,
        "_allocated",
        lambda path, size: path.parent != there.places.memory and allocated(path, size),
    )
    writer, reader, sibling = here.task(0), there.task(1), there.task(2)
    descriptor = writer.encode((picture(5), {}))
    with counted_answers() as sent:
        for side in (reader, sibling):
            assert (side.decode(descriptor)[0] == picture(5)).all()
    assert len(sent) == 1
    slot = descriptor[2][0]
    assert there.places.slot_file(there.places.disk, slot).stat().st_size > picture().nbytes
    there.far().slots.drop(slot)
    assert not there.far().slots.has_file(slot)


def test_no_descriptor_is_left_of_a_reader(here, there):
    writer = here.task(0)

    def read() -> None:
        reader = there.task(1)
        reader.decode(writer.encode((picture(), {})))
        reader.far.close()

    read()
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        read()
    gc.collect()
    end_s = time.monotonic() + 10  # the other side closes its own a moment later
    while len(os.listdir("/proc/self/fd")) > before + 3 and time.monotonic() < end_s:
        time.sleep(0.05)
    assert len(os.listdir("/proc/self/fd")) <= before + 3  # the writer's slots


@pytest.mark.parametrize("how", ["tcp", "tls", "messages"])
def test_any_of_dasks_comms_will_do(loop, how, monkeypatch, tmp_path):
    security = own_security(tmp_path) if how == "tls" else None
    if how == "messages":  # as over UCX: there is no stream
        monkeypatch.setattr("daskflow.transport.far.line.TCP", int)
    hosts = Hosts(loop, "tcp" if security is None else "tls", security)
    try:
        writer, reader = hosts.all[0].task(0), hosts.all[1].task(1)
        descriptors = [writer.encode((picture(value), {"n": value})) for value in range(3)]
        reader.far.begin(descriptors)
        for value, descriptor in enumerate(descriptors):
            array, metadata = reader.decode(descriptor)
            assert (array == picture(value)).all()
            assert metadata == {"n": value}
    finally:
        hosts.close()


def test_a_shelf_compresses_nothing_that_nobody_asked_for(loop, here):
    writer = here.task(0, compression="lz4")
    descriptor = writer.encode((np.zeros(SHAPE, "u1"), {}))
    slot, edition = editions_of(descriptor)[0]
    answer, data = loop.run(Shelf(HostSlots(here.places), ()).find(slot, edition, []))
    assert (answer.form, answer.size_bytes, data.nbytes) == ("", picture().nbytes, picture().nbytes)

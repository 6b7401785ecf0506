"""Slots on other hosts: fetched from worker to worker, once for each host that reads them."""

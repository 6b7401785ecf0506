"""A flow on machines that are not here: the real ledger and plan in a simulated time, on simulated hosts."""

"""From a plan to processes: a Dask cluster, the ledger on its scheduler, the tasks on its workers."""

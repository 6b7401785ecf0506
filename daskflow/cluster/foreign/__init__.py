"""Runs on a Dask cluster that is there already: its scheduler holds the run, the caller only looks on."""

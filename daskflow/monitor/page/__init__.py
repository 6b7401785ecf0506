"""The page about running flows, as Bokeh documents; `daskflow.cluster.dashboard` puts it beside Dask's own pages."""

"""The page about running flows, as Bokeh documents that are served beside Dask's own pages."""

"""Running flows on a terminal: heads, tables and bars, fitted to its size."""

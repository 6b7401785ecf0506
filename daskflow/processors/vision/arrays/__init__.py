"""Picture operations written once for NumPy and CuPy: each takes the array library as its first argument."""

"""Measurements for those who develop daskflow; users have ``daskflow bench``."""

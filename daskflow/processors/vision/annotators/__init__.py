"""Drawings on frames, each an annotator of its own, and one that holds several."""

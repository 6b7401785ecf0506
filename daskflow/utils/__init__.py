"""Import paths of Videoflow programs; the code itself is elsewhere."""

"""Programs that measure daskflow itself."""

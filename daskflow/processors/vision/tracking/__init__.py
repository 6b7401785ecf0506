"""Who is who from frame to frame; needs the extra ``daskflow[tracking]``."""

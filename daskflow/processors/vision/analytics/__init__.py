"""What tracks amount to: counts at lines and in zones, heat, speed."""

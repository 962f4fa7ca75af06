"""Tags of recommendations."""

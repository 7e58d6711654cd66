"""Level stages: raw to raw, before a picture exists."""

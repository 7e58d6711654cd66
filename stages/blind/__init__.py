"""Networks that are given no map: frame in, frame and what was changed out."""

"""What the pages on learned correctors are made of."""

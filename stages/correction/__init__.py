"""Correctors: a value for every marked pixel, from good pixels only."""

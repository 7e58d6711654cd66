"""Learned detectors against the classical one, and what the same networks repair."""

"""Correctors that use neighbouring frames."""

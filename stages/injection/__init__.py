"""Injectors: put known damage into a frame."""

"""Demosaicing: raw to camera RGB."""

"""Colour: picture to picture."""

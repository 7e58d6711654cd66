"""Measurements and the pages made from them."""

"""Numba kernels that several stages share."""

"""Networks whose weights agree with the mosaic's symmetry: the ties, and layers that keep them."""

"""The inpainting transformer: patches of a mosaic predicted from the patches round them."""

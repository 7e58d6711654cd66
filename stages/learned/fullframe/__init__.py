"""Networks on whole mosaics: packed, encoded, in tiles of bounded size, and back to DN."""

"""The naive opponents: medians of whole planes and pictures."""

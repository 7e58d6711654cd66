"""Autoencoders of undamaged patches: what they cannot reconstruct is a defect."""

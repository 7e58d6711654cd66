"""A variational autoencoder of defect shapes, and superpositions of them through its latent space."""

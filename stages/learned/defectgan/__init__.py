"""The Defect GAN: a blind inpainter of defect clusters, its critic, data and four ways to learn."""

"""The Defect GAN's tables, measured again on other pictures and set beside the thesis's figures."""

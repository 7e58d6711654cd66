"""The cluster network: its windows, its training and its use; the stages beside this folder run it."""

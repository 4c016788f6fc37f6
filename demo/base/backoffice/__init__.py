"""The back office of the shop."""

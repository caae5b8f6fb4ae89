"""Engines: who makes an image of a recipe, and brings it to a registry."""

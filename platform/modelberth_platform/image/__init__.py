"""Builds one OCI image of a bundle, which answers on every target, and tries it out."""

from modelberth_platform.image.errors import ImageError
from modelberth_platform.image.recipe import PLATFORMS, Recipe, recipe_of

__all__ = ["PLATFORMS", "ImageError", "Recipe", "recipe_of"]

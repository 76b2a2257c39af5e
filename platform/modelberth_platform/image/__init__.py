"""One OCI image for a bundle, which answers on every target: what goes into it, how it is built and tried."""

from modelberth_platform.image.errors import ImageError
from modelberth_platform.image.recipe import PLATFORMS, Recipe, recipe_of

__all__ = ["PLATFORMS", "ImageError", "Recipe", "recipe_of"]

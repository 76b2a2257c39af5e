"""Model files without a service: `.onnx`, `.joblib`, `.pkl`, `.pt` become bundles that serve them."""

from modelberth_platform.modelfile.bento import bento_of, store_bento

__all__ = ["bento_of", "store_bento"]

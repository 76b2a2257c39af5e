"""Makes bundles of model files that have no service: `.onnx`, `.joblib`, `.pkl` and `.pt`."""

from modelberth_platform.modelfile.bento import bento_of, store_bento

__all__ = ["bento_of", "store_bento"]

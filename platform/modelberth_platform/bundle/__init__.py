"""Bundles: what a team ships, read from its files without importing anybody's code.

    reference ──resolve──▶ folder ──read──▶ facts (with the digest)

`resolve` is the way in; `facts` holds what comes out.
"""

from modelberth_platform.bundle.errors import BundleError
from modelberth_platform.bundle.facts import Api, BundleFacts, ModelFacts
from modelberth_platform.bundle.resolve import Bundle, resolve

__all__ = ["Api", "Bundle", "BundleError", "BundleFacts", "ModelFacts", "resolve"]

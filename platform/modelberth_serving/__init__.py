"""The serving runtime: answers for one bundle inside a container or under the local host.

It runs in the bundle's own environment and is added to it as one path, not installed, so it stands on
Python 3.9 and bentoml with what bentoml itself depends on; uvloop and httptools are used when they are there.
"""

"""The serving runtime: it answers for one bundle, inside a container or under the local host.

It runs in the bundle's own environment, to which it is added as one path, not installed. So it needs no more than
Python 3.9 and bentoml with what bentoml itself depends on; uvloop and httptools are used where they are installed.
"""

"""Targets: where an endpoint runs. Each is a folder with a record of all that may be asked of it, `target.py`."""

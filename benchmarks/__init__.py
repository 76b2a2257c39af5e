"""Measures serving and Pulumi commands against their peers, both sides in one run (`make bench`).

The same bundle, one worker each, on loopback, the load from `wrk`. Times vary from run to run by a quarter on a busy
machine; the ratios are what to read.
"""

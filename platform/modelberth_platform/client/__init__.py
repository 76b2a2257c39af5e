"""Clients of endpoints: what all have in common, and plain HTTP. A target whose calls differ adds its own."""

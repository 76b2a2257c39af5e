"""Where states of version 0.1.0 look for the local target, which is in `targets/local` now."""

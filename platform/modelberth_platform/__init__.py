"""What modelberth's components stand on: the spec, bundles, the local target, the command line."""

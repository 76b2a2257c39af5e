"""Resources of modelberth's own: what their providers stand on, and manners for the process that runs them."""

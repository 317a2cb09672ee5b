"""Forward-only revisions of the hub's base."""

"""One file a revision. A published one is never edited: the next one changes what it made."""

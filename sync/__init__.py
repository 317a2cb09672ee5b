"""The sync engine: what two ends of one protocol say to each other, and who wins. It knows no terminal."""

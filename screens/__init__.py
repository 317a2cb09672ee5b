"""What people and scripts see: the command line, the words, the wiring. Screens decide nothing."""

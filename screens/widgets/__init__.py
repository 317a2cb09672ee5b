"""What pages are built of: lists, fields and bars that paint in one frame and measure in cells."""

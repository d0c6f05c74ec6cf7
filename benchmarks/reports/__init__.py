"""Reports of any size, and the readers that are measured on them."""

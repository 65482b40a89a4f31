"""Case files: what people read in them."""

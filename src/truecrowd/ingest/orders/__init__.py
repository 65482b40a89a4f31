"""Order exports of shops, read by mapping files: data that say which column means what, never code."""

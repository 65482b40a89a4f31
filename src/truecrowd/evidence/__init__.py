"""Evidence: what is sealed stays as it was, or the change shows. Standard library and hashes; files are in `log`."""

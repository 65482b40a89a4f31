"""What people and programs meet: the command line, the report, the Python result."""

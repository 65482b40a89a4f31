"""`python -m truecrowd`."""

from truecrowd.surfaces.cli import main

if __name__ == "__main__":
    main()

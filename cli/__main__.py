"""`python -m cli` is `packtrace`."""

from cli import main

if __name__ == "__main__":
    main(prog_name="packtrace")

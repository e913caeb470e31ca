"""`python -m gradesync_tui` is `gradesync`."""

from gradesync_tui.cli import main

if __name__ == "__main__":
    main()

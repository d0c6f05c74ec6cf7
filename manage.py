#!/usr/bin/env python
"""The same program as the console script `orchestrate`."""

from orchestrate_site.cli import main

if __name__ == "__main__":
    main()

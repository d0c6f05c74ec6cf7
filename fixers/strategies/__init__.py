"""The fixers, one module each; found by entry points."""

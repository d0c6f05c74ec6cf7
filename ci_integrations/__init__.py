"""The domain: what a CI run is, where it comes from and what it said."""

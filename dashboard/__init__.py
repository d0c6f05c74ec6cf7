"""HTML only: no models, and no writes except by calling services."""

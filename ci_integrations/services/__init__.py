"""The only writers. Each module owns one arrow of the path of data."""

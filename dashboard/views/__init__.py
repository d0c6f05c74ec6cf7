"""One module per page; each reads through selectors and writes by calling services."""

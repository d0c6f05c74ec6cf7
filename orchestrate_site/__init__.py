"""The composition root: settings, URLs, the API object and the command line. Imported by nobody."""

"""CI servers and code hosts behind one interface. A provider is one folder and one entry point."""

"""What to do about a failure: diagnose, decide, retry, fix, verify, publish, report."""

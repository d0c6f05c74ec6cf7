"""What tools print, one declaration each.

Adding a tool is adding an entry to one of these modules; its example is its test.
"""

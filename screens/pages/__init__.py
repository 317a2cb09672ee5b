"""The pages of the counter. A page reads widgets into a value, calls the counter, shows what came back; it decides
nothing, and no page imports another: the app leads from one to the next.
"""

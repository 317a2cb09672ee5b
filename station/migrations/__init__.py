"""How the base's schema came to be, one revision after another. Forward only; run by `station/schema.py`."""

"""The station: one counter's replica, its journal and the rules of the law. It knows no network and no terminal."""

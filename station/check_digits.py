"""Check characters of the numbers that people copy by hand: each function takes the body, returns the last character.

A body must be made of the scheme's own characters: anything else raises ValueError, so callers check characters first.
"""

from __future__ import annotations

DIGITS = "0123456789"
ALPHANUMERIC = DIGITS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z: they look like digits
_MOD_11 = "0123456789X"
_USCC_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_INNER_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def mod_11_2(body: str) -> str:
    """The check character (0-9 or X) of a resident ID's 17 digits.

    Finds every wrong digit and every swap of two different digits. Source: GB 11643; ISO 7064 MOD 11-2.
    """
    total = 0
    for digit in body:
        total = (total + DIGITS.index(digit)) * 2 % 11
    return _MOD_11[(1 - total) % 11]


def mod_11_10(body: str) -> str:
    """The check digit of a case number. Finds every wrong digit and nearly every swap. Source: ISO 7064 MOD 11,10."""
    return _hybrid(body, DIGITS)


def mod_37_36(body: str) -> str:
    """The check character (0-9, A-Z) of an e-certificate's id without its root and dots. Source: ISO 7064 MOD 37,36."""
    return _hybrid(body, ALPHANUMERIC)


def uscc(body: str) -> str:
    """The check character of the 17 characters of a unified social credit code. Source: GB 32100-2015."""
    assert len(body) == len(_USCC_WEIGHTS)
    total = sum(USCC_ALPHABET.index(char) * weight for char, weight in zip(body, _USCC_WEIGHTS, strict=True))
    return USCC_ALPHABET[-total % 31]


def organisation(body: str) -> str:
    """The check character (0-9 or X) of the 8 characters of an organisation code. Source: GB 11714."""
    assert len(body) == len(_INNER_WEIGHTS)
    total = sum(ALPHANUMERIC.index(char) * weight for char, weight in zip(body, _INNER_WEIGHTS, strict=True))
    return _MOD_11[-total % 11]


def _hybrid(body: str, alphabet: str) -> str:
    """The hybrid systems of ISO 7064: modulus M + 1 and M, where M is the size of the alphabet."""
    size = len(alphabet)
    product = size
    for char in body:
        product = ((product + alphabet.index(char)) % size or size) * 2 % (size + 1)
    return alphabet[(1 - product) % size]

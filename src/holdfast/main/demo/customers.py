"""Fictional customers: nobody of these exists, and example.com delivers to nobody (RFC 2606)."""

from __future__ import annotations

import random
import unicodedata

from holdfast.capabilities.people.types import Contact

_NAMES = (
    "Noor Aziz",
    "Sofia Lindgren",
    "Hannah Weiss",
    "Dana Saleh",
    "Grace Okafor",
    "Elena Popova",
    "Mona Tahir",
    "Julia Sommer",
    "Amira Nasser",
    "Chloé Girard",
    "Priya Raman",
    "Lena Vogel",
    "Huda Mansour",
    "Olivia Brandt",
    "Yara Khoury",
    "Ines Duarte",
    "Farah Jamal",
    "Nora Jensen",
    "Celine Arnaud",
    "Maya Goldberg",
    "Salma Idris",
    "Zoe Marchand",
    "Rania Bakri",
    "Emma Novak",
    "Leila Rahimi",
    "Tessa de Vries",
    "Aisha Bello",
    "Marta Kowalska",
    "Dina Sabry",
    "Clara Hoffmann",
    "Lina Haddad",
    "Eva Laurent",
    "Marwan Saab",
    "Faisal Karim",
    "Jad Nassar",
    "Adam Reuter",
    "Yusuf Demir",
    "Karim Belkacem",
    "Sam Whitfield",
    "Nadim Aoun",
)


class Customers:
    """Deals out contacts, each with the same address and number whenever it comes up again."""

    def __init__(self, chance: random.Random, phone_format: str) -> None:
        self._chance = chance
        self._phone_format = phone_format

    def any_one(self) -> Contact:
        """Return somebody; regulars come up more often than others."""
        number = min(self._chance.randrange(len(_NAMES)), self._chance.randrange(len(_NAMES)))
        name = _NAMES[number]
        return Contact(name, f"{_ascii(name)}@example.com", self._phone_format.format(number + 10))


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return ".".join(plain.lower().split())

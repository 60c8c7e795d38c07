"""The figures of the Heating Grant Act of the example."""

from duly.law import UNKNOWN, euros, percent, rate, table

from .vocabulary import Fuel

BASE = table(
    "base",
    source="Heating Grant Act (example) § 2; order no. 4 of the example",
    entries={
        "2024-10-01": {Fuel.WOOD: euros(30), Fuel.GAS: euros(50), Fuel.DISTRICT: euros(40)},
        "2025-10-01": {Fuel.WOOD: euros(32), Fuel.GAS: euros("53.50"), Fuel.DISTRICT: euros(40)},
    },
    before=UNKNOWN,
)
FREE = rate("free", source="Heating Grant Act (example) § 3", entries={"": euros(1000)})
TAKEN = rate("taken", source="Heating Grant Act (example) § 3", entries={"": percent("10")})
EACH = rate("each", source="Heating Grant Act (example) § 3", entries={"": euros(200)})
LEAST = rate("least", source="Heating Grant Act (example) § 4", entries={"": euros(5)})

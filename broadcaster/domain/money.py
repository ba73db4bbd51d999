"""An amount of money, exact."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True, slots=True)
class Money:
    """So much of a currency, which is named by its three letters (ISO 4217)."""

    amount: Decimal
    currency: str

    def times(self, n: int) -> "Money":
        """So many times as much."""
        return Money(self.amount * n, self.currency)

    def __str__(self) -> str:
        """As one writes it in a plain text: 12.60 GBP."""
        return f"{self.amount.quantize(Decimal('0.01'), ROUND_HALF_UP):,f} {self.currency}"

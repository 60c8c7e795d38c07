"""Numbers that look right and belong to nobody: identity numbers and account numbers.

Norwegian synthetic identity numbers have 80 added to the month (as in the Tax Administration's test data,
Tenor), so that no check of a real number accepts them; their two check digits are right. Account numbers
begin with 0000, and end in a right check digit.
"""

from datetime import date

__all__ = ["account_number", "identity_number", "is_account_number", "is_identity_number", "person_number"]

SYNTHETIC_MONTH = 80
FIRST_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2)
SECOND_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
NO_BANK = "0000"
BARE_BIRTH_DATE = "00000"  # five zeros at the end say: a day of birth, and no number yet


def _check_digit(digits: str, weights: tuple[int, ...]) -> int:
    """The modulus 11 check digit; 10 means that these digits can have none."""
    return (11 - sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11) % 11


def identity_number(born: date, serial: int) -> str | None:
    """The synthetic number of birth day and three-digit serial, or `None` where no check digits exist."""
    first = f"{born.day:02}{born.month + SYNTHETIC_MONTH:02}{born.year % 100:02}{serial:03}"
    one = _check_digit(first, FIRST_WEIGHTS)
    if one == 10:
        return None
    two = _check_digit(f"{first}{one}", SECOND_WEIGHTS)
    number = f"{first}{one}{two}"
    return None if two == 10 or number.endswith(BARE_BIRTH_DATE) else number


def person_number(born: date, female: bool, taken: set[str]) -> str:
    """The next free synthetic number: even for women, odd for men; from 500 on for those born since 2000."""
    first = 500 if born.year >= 2000 else 0
    for serial in range(first + (0 if female else 1), first + 500, 2):
        number = identity_number(born, serial)
        if number is not None and number not in taken:
            taken.add(number)
            return number
    raise ValueError(f"more people born on {born} than the serials of a day can name")


def is_identity_number(number: str) -> bool:
    """Whether a number is synthetic and its check digits are right."""
    if len(number) != 11 or not number.isdigit() or not 81 <= int(number[2:4]) <= 92:
        return False
    return _check_digit(number[:9], FIRST_WEIGHTS) == int(number[9]) and _check_digit(
        number[:10], SECOND_WEIGHTS
    ) == int(number[10])


def account_number(serial: int) -> str:
    """The account number of a serial: 0000, six digits that step over those without a check digit."""
    digits = f"{NO_BANK}{serial % 1_000_000:06}"
    check = _check_digit(digits, SECOND_WEIGHTS)
    return account_number(serial + 500_000) if check == 10 else f"{digits}{check}"


def is_account_number(number: str) -> bool:
    """Whether a number is made up and its check digit is right."""
    return (
        len(number) == 11
        and number.isdigit()
        and number.startswith(NO_BANK)
        and _check_digit(number[:10], SECOND_WEIGHTS) == int(number[10])
    )

"""Where people of the demo live and what they are called. Data only.

Municipalities: Statistics Norway's codes of 2024 with inhabitants in thousands (population, 1 January 2024,
rounded). Finnmark, North Troms and Svalbard hold about 1.7 % of the country; here they weigh four times as
much, so that 2,000 people show their supplements. First names: those most in use by generation; surnames:
the most in use (Statistics Norway, names); a Sámi set for the north, a mixed one for people who moved here.
"""

__all__ = ["FAMILY_NAMES", "MUNICIPALITIES", "NORTH", "SVALBARD", "first_names"]

SVALBARD = "2100"

MUNICIPALITIES: dict[str, tuple[str, float]] = {
    "0301": ("Oslo", 717), "4601": ("Bergen", 292), "5001": ("Trondheim", 214), "1103": ("Stavanger", 149),
    "3201": ("Bærum", 130), "4204": ("Kristiansand", 116), "3301": ("Drammen", 104), "3203": ("Asker", 99),
    "3205": ("Lillestrøm", 93), "3107": ("Fredrikstad", 85), "1108": ("Sandnes", 83), "5501": ("Tromsø", 78),
    "3907": ("Sandefjord", 66), "3207": ("Nordre Follo", 64), "3105": ("Sarpsborg", 60),
    "1508": ("Ålesund", 58),
    "3905": ("Tønsberg", 58), "4003": ("Skien", 56), "1804": ("Bodø", 53), "3103": ("Moss", 52),
    "3909": ("Larvik", 49), "4203": ("Arendal", 46), "1149": ("Karmøy", 43), "1106": ("Haugesund", 38),
    "3411": ("Ringsaker", 35), "3403": ("Hamar", 33), "1506": ("Molde", 33), "3305": ("Ringerike", 32),
    "3407": ("Gjøvik", 31), "3405": ("Lillehammer", 29), "1833": ("Rana", 26), "5503": ("Harstad", 25),
    "5006": ("Steinkjer", 24), "5035": ("Stjørdal", 25),
    # Finnmark, North Troms, Svalbard: inhabitants times four
    "5601": ("Alta", 84), "5603": ("Hammerfest", 45), "5605": ("Sør-Varanger", 40), "5607": ("Vadsø", 23),
    "5610": ("Karasjok", 10), "5612": ("Kautokeino", 12), "5622": ("Porsanger", 16), "5628": ("Tana", 11),
    "5620": ("Nordkapp", 12), "5536": ("Lyngen", 11), "5544": ("Nordreisa", 19), "5542": ("Skjervøy", 11),
    SVALBARD: ("Svalbard", 10),
}  # fmt: skip

NORTH = frozenset(
    code for code in MUNICIPALITIES if code.startswith("56") or code in {"5536", "5544", "5542"}
)

FAMILY_NAMES: dict[str, tuple[str, ...]] = {
    "norwegian": (
        "Hansen", "Johansen", "Olsen", "Larsen", "Andersen", "Pedersen", "Nilsen", "Kristiansen", "Jensen",
        "Karlsen", "Johnsen", "Pettersen", "Eriksen", "Berg", "Haugen", "Hagen", "Johannessen", "Andreassen",
        "Jacobsen", "Dahl", "Halvorsen", "Jørgensen", "Henriksen", "Lund", "Sørensen", "Jakobsen", "Moen",
        "Gundersen", "Iversen", "Strand", "Solberg", "Martinsen", "Svendsen", "Eide", "Knutsen", "Bakken",
        "Lie", "Rasmussen", "Kristoffersen", "Lunde", "Nygård", "Myhre", "Aas", "Ødegård", "Vik", "Tangen",
    ),
    "sami": ("Sara", "Eira", "Utsi", "Gaup", "Hætta", "Bongo", "Somby", "Anti", "Guttorm", "Buljo", "Balto"),
    "arrived": (
        "Kowalska", "Nowak", "Petrauskas", "Ahmed", "Ali", "Khan", "Hussain", "Nguyen", "Tran", "Shevchenko",
        "Bondarenko", "Tesfaye", "Haile", "Al-Masri", "Haddad", "Reyes", "Santos", "Müller", "Svensson",
        "Nielsen", "Popescu", "Kaya", "Mohamud", "Abdi",
    ),
}  # fmt: skip

_FIRST: dict[tuple[str, bool, bool], tuple[str, ...]] = {
    ("norwegian", True, False): (
        "Anne", "Inger", "Kari", "Marit", "Ingrid", "Liv", "Eva", "Berit", "Astrid", "Bjørg", "Hilde", "Nina",
        "Marianne", "Elisabeth", "Kristin", "Bente", "Heidi", "Silje", "Camilla", "Ida", "Line", "Hege",
    ),
    ("norwegian", False, False): (
        "Jan", "Bjørn", "Per", "Ole", "Lars", "Kjell", "Thomas", "Svein", "Knut", "Arne", "Geir", "Morten",
        "Martin", "Tor", "Hans", "Andreas", "Erik", "Terje", "Anders", "Odd", "Rune", "Trond", "Marius",
    ),
    ("norwegian", True, True): (
        "Emma", "Nora", "Sofie", "Ella", "Olivia", "Ada", "Sofia", "Sara", "Maja", "Ingrid", "Emilie",
        "Astrid", "Selma", "Frida", "Tiril", "Alma", "Hedda", "Live",
    ),
    ("norwegian", False, True): (
        "Jakob", "Lucas", "Filip", "Oskar", "Oliver", "Emil", "Henrik", "William", "Noah", "Aksel", "Elias",
        "Isak", "Magnus", "Theodor", "Ludvig", "Johannes", "Odin", "Jonas",
    ),
    ("sami", True, False): ("Máret", "Inga", "Elle", "Risten", "Biret", "Sárá", "Áile"),
    ("sami", False, False): ("Nils", "Áslat", "Mikkel", "Ánte", "Per Ánte", "Isak", "Jovnna"),
    ("sami", True, True): ("Elle", "Máijá", "Sunná", "Láilá", "Inga"),
    ("sami", False, True): ("Áilu", "Mihkkal", "Niillas", "Ánte", "Issát"),
    ("arrived", True, False): (
        "Anna", "Agnieszka", "Fatima", "Amina", "Olena", "Iryna", "Selam", "Linh", "Maria", "Rasa", "Hodan",
    ),
    ("arrived", False, False): (
        "Piotr", "Marek", "Mohammed", "Ahmed", "Oleksandr", "Andriy", "Dawit", "Minh", "Jonas", "Yusuf",
    ),
    ("arrived", True, True): ("Zofia", "Maryam", "Sofiia", "Amira", "Mia", "Hanna", "Aisha", "Leila"),
    ("arrived", False, True): ("Jan", "Adam", "Yusuf", "Danylo", "Leo", "Ali", "Elias", "Ibrahim"),
}  # fmt: skip

YOUNG_SINCE = 2000


def first_names(origin: str, female: bool, year: int) -> tuple[str, ...]:
    """The names to draw from for somebody of that origin born in that year."""
    return _FIRST[origin, female, year >= YOUNG_SINCE]

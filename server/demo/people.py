"""The forty people of Halden Instruments and their teams."""

import random
from dataclasses import dataclass

GIVEN = [
    *("Astrid", "Bashir", "Camille", "Dmitri", "Elena", "Farid", "Greta", "Hugo", "Ines", "Jonas"),
    *("Keiko", "Lars", "Mira", "Nadia", "Oskar", "Paula", "Quentin", "Rosa", "Samir", "Tilda"),
    *("Ulrik", "Vera", "Wim", "Xenia", "Yusuf", "Zofia", "Anders", "Bianca", "Cedric", "Dalia"),
    *("Emil", "Fiona", "Gabriel", "Hanna", "Ilias", "Judith", "Kofi", "Linnea", "Marek", "Noor"),
]
FAMILY = [
    *(
        "Aalto",
        "Berger",
        "Castellan",
        "Dahl",
        "Eriksen",
        "Fontaine",
        "Grabowski",
        "Hartmann",
        "Ivers",
        "Jansson",
    ),
    *(
        "Kowalski",
        "Lindqvist",
        "Moreau",
        "Nystrom",
        "Okafor",
        "Petrov",
        "Quist",
        "Rossi",
        "Sandberg",
        "Tanaka",
    ),
    *("Ulvestad", "Vasquez", "Weiss", "Xanthos", "Yilmaz", "Zeman", "Abara", "Bondar", "Cormier", "Duarte"),
    *("Engel", "Farkas", "Gallo", "Holm", "Ishida", "Juhl", "Krall", "Lenz", "Maduro", "Novak"),
]
TEAMS = {  # team: (size with its lead, the lead's title, a member's title)
    "leadership": (2, "Managing director", "Chief of staff"),
    "support": (9, "Head of support", "Support specialist"),
    "sales": (7, "Head of sales", "Account manager"),
    "finance": (5, "Head of finance", "Accountant"),
    "people": (4, "Head of people", "People partner"),
    "engineering": (8, "Head of engineering", "Engineer"),
    "legal": (2, "General counsel", "Counsel"),
    "company": (3, "Facilities manager", "Facilities assistant"),
}
COUNTRIES = ["DE", "NL", "FR", "US", "CA", "SE"]


@dataclass(frozen=True, slots=True)
class Person:
    """One row of the personnel list; `id` ends the person's IRI."""

    id: str
    name: str
    email: str
    country: str
    team: str
    title: str
    reports_to: str
    salary: int


def people(chance: random.Random) -> list[Person]:
    """All forty: each reports to the lead of the team, each lead to the managing director."""
    made: list[Person] = []
    names = zip(GIVEN, FAMILY, strict=True)
    for team, (size, lead_title, title) in TEAMS.items():
        for number in range(size):
            given, family = next(names)
            lead = f"{team}-lead"
            made.append(
                Person(
                    id=lead if number == 0 else f"{team}-{number}",
                    name=f"{given} {family}",
                    email=f"{given}.{family}@halden.example".lower(),
                    country=chance.choice(COUNTRIES),
                    team=team,
                    title=lead_title if number == 0 else title,
                    reports_to=("" if team == "leadership" else "leadership-lead") if number == 0 else lead,
                    salary=chance.randrange(90, 160) * 1000
                    if number == 0
                    else chance.randrange(40, 90) * 1000,
                )
            )
    return made

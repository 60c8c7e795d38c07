"""Random families in the format of the case files, so that birthdays, ceilings and limits are met to the day.

A month of 2019 to 2022; children at every age that the law names, born about the turns of months; resources
about both ceilings and up to where a complement ends; earnings about the limit of the day.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from france_oracle import Family, birthday
from hypothesis import strategies as st

AGES = (0, 3, 11, 14, 16, 18, 20, 21)
TERRITORIES = (
    *("Metropole", "Metropole", "Guadeloupe", "Guyane", "Martinique", "LaReunion", "SaintBarthelemy"),
    *("SaintMartin", "Mayotte", "Mayotte", "SaintPierreEtMiquelon"),
)
CUSTODY = (
    *("EffectiveEtPermanente", "EffectiveEtPermanente", "GardeAlterneeAllocataireUnique"),
    *("GardeAlterneePartageAllocations", "ServicesSociauxAllocationVerseeALaFamille"),
    "ServicesSociauxAllocationVerseeAuxServicesSociaux",
)
FIRST_MONTHS = [f"{year}-{month:02d}-01" for year in range(2019, 2023) for month in range(1, 13)][4:]
TURNS = (-32, -31, -30, -1, 0, 1, 27, 28, 29, 30, 31)
"""Days from the first of the month to a birthday."""


@st.composite
def families(draw: st.DrawFn) -> dict[str, Any]:
    """The input of one case."""
    first = draw(st.sampled_from(FIRST_MONTHS))
    case: dict[str, Any] = {
        "iDateCouranteIn": first,
        "iEnfantsIn": [
            draw(children(first, at)) for at in range(draw(st.sampled_from((0, 1, 1, 2, 2, 3, 4, 6))))
        ],
        "iRessourcesMenageIn": 0,
        "iResidenceIn": {"kind": draw(st.sampled_from(TERRITORIES)), "payload": None},
        "iPersonneChargeEffectivePermanenteEstParentIn": True,
        "iPersonneChargeEffectivePermanenteRemplitTitreIIn": True,
        "iAvaitEnfantAChargeAvant1erJanvier2012In": draw(st.booleans()),
    }
    return {**case, "iRessourcesMenageIn": draw(resources(case))}


@st.composite
def children(draw: st.DrawFn, first: str, number: int) -> dict[str, Any]:
    """One child, often with a birthday that the law names about the month."""
    return {
        "dIdentifiant": number,
        "dRemunerationMensuelle": draw(
            st.sampled_from((0, 0, 0, 400, 943, 944, 950, 982, 1008, 1029, 1030, 1500))
        ),
        "dDateDeNaissance": draw(births(first)),
        "dPriseEnCharge": {"kind": draw(st.sampled_from(CUSTODY)), "payload": None},
        "dADejaOuvertDroitAuxAllocationsFamiliales": draw(st.sampled_from((True, True, False))),
        "dBeneficieTitrePersonnelAidePersonnelleLogement": draw(st.sampled_from((False, False, False, True))),
    }


@st.composite
def births(draw: st.DrawFn, first: str) -> str:
    day = date.fromisoformat(first)
    if draw(st.integers(0, 9)) == 0:
        return draw(st.sampled_from(("2000-02-29", "2004-02-29", "2008-02-29", "1997-04-30", "1997-05-01")))
    if draw(st.booleans()):
        return str(day - timedelta(days=draw(st.integers(0, 25 * 365))))
    age = draw(st.sampled_from(AGES[1:]))
    return str(birthday(day + timedelta(days=draw(st.sampled_from(TURNS))), -age))


@st.composite
def resources(draw: st.DrawFn, case: dict[str, Any]) -> int:
    """Anything, or about a ceiling of either reading, or about where a complement ends."""
    if draw(st.booleans()):
        return draw(st.integers(0, 150_000))
    family = Family(case, draw(st.sampled_from(("law", "published"))))
    ceiling = draw(st.sampled_from(family.ceilings)) // 100
    return max(0, ceiling + draw(st.sampled_from((-1, 0, 1, 2, 100, 400, 999, 1500, 3000, 6000))))

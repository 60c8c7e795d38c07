"""The words around sentences and values, in the languages that Duly itself speaks.

A pack's `sentences.<language>.toml` may say any of them otherwise, under the same name in [words]. In a
language that is not here they are English.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["OWN"]

ENGLISH: Final = {
    "nobody": "nobody",
    "somebody": "somebody",
    "somebody_more": "somebody else",
    "nobody_more": "nobody else",
    "any_other": "any other",
    "any_answer": "whatever the answer",
    "none": "none",
    "or": "or",
    "before": "{day} or before",
    "after": "{day} or later",
    "at_most": "{value} or less",
    "at_least": "{value} or more",
    "between": "{first} to {last}",
    "follows": "it follows from the answers",
    "due_follows": "due; how much follows from the answers",
    "settled": "It is known, and nothing has to be asked: {value}.",
    "agreed": "Nothing has to be asked: whatever is not known, the answer is: {value}.",
    "unsettled": "It is not known, and no fact would settle it.",
    "missing": "It is not known. {count} facts settle it; {least} to {most} of them have to be asked:",
    "missing_one": "It is not known. One fact settles it:",
    "not_fewest": "Fewer might be enough: this is not proved.",
    "go_to": "go on with {step}",
    "broken_off": "ask again then",
    "more_steps": "and {count} more steps (--json has all)",
    "plan": "What each answer leads to:",
    "days": "for {first} to {last}",
    "since": "since {day}",
    "recorded": "recorded {day}",
    "silent": "{register} has reported nothing else",
    "provisional": "provisional: no later figure is set yet",
    "same_for": "The same holds for: {who}.",
    "same_for_others": "The same holds for {count} others.",
    "more_rules": "(it rests on {count} more rules: --json)",
    "more": "and {count} more",
    "would_be": "{fact} would have to be {value}; then: {outcome}",
    "changes": "From {day}, as things stand: {value}.",
    "conflict": "The law contradicts itself: {one} ({one_law}) - {other} ({other_law}) "
    "Both apply, they differ, and neither goes before the other.",
}
NORWEGIAN: Final = {
    "nobody": "ingen",
    "somebody": "noen",
    "somebody_more": "noen andre",
    "nobody_more": "ingen andre",
    "any_other": "noe annet",
    "any_answer": "uansett svar",
    "none": "ingen",
    "or": "eller",
    "before": "{day} eller før",
    "after": "{day} eller senere",
    "at_most": "{value} eller mindre",
    "at_least": "{value} eller mer",
    "between": "{first} til {last}",
    "follows": "det følger av svarene",
    "due_follows": "rett til ytelsen; hvor mye følger av svarene",
    "settled": "Det er kjent, og ingenting må spørres om: {value}.",
    "agreed": "Ingenting må spørres om: uansett hva som ikke er kjent, er svaret: {value}.",
    "unsettled": "Det er ikke kjent, og ingen opplysning ville avgjøre det.",
    "missing": "Det er ikke kjent. {count} opplysninger avgjør det; {least} til {most} av dem må spørres om:",
    "missing_one": "Det er ikke kjent. Én opplysning avgjør det:",
    "not_fewest": "Færre er kanskje nok: det er ikke bevist.",
    "go_to": "fortsett med {step}",
    "broken_off": "spør på nytt da",
    "more_steps": "og {count} steg til (--json har alle)",
    "plan": "Hva hvert svar fører til:",
    "days": "for {first} til {last}",
    "since": "siden {day}",
    "recorded": "registrert {day}",
    "silent": "{register} har ikke meldt noe annet",
    "provisional": "foreløpig: ingen senere sats er fastsatt ennå",
    "same_for": "Det samme gjelder: {who}.",
    "same_for_others": "Det samme gjelder {count} andre.",
    "more_rules": "(det bygger på {count} regler til: --json)",
    "more": "og {count} til",
    "would_be": "{fact} måtte vært {value}; da: {outcome}",
    "changes": "Fra {day}, slik det nå ligger an: {value}.",
    "conflict": "Loven motsier seg selv: {one} ({one_law}) - {other} ({other_law}) "
    "Begge gjelder, de er ulike, og ingen av dem går foran den andre.",
}
OWN: Final[Mapping[str, Mapping[str, str]]] = {"en": ENGLISH, "nb": NORWEGIAN}

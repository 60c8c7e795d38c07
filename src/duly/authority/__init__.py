"""Who may act for whom: a right is computed at each request from facts and law; nobody stores one."""

from duly.authority.declared import AUTHORITY, KEPT, Authorities, Way, authorities, title_of
from duly.authority.equal import Standing, peers, standing_choice, watched
from duly.authority.given import Given, given_by, ways_to_give
from duly.authority.right import Authority, right_of
from duly.authority.rights import offers_to, right_by, rights_of

__all__ = [
    "AUTHORITY",
    "KEPT",
    "Authorities",
    "Authority",
    "Given",
    "Standing",
    "Way",
    "authorities",
    "given_by",
    "offers_to",
    "peers",
    "right_by",
    "right_of",
    "rights_of",
    "standing_choice",
    "title_of",
    "watched",
    "ways_to_give",
]

"""What is asked for, as data: frozen, complete, readable on disk, and refused with a sentence.

``MemberSpec`` describes a training, ``EnsembleSpec`` that of several members, ``Recipe`` a fusion, ``Walk`` a way
through latents.  All come from JSON,
the command line, a page or a URL, so they are checked by one model each; its complaints name the field,
the value and what is allowed.
"""

from ganlab.spec.asked import Asked, Rate, Seed
from ganlab.spec.ensemble import EnsembleSpec, read_asked
from ganlab.spec.member import MemberSpec
from ganlab.spec.recipe import NAME, Recipe, check_name
from ganlab.spec.walk import Blend, Corner, Walk

__all__ = [
    "NAME",
    "Asked",
    "Blend",
    "Corner",
    "EnsembleSpec",
    "MemberSpec",
    "Rate",
    "Recipe",
    "Seed",
    "Walk",
    "check_name",
    "read_asked",
]

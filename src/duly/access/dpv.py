"""The terms of the W3C Data Privacy Vocabulary that a public service may need, and no others.

From DPV 2.0: purposes of https://w3id.org/dpv#, legal bases of https://w3id.org/dpv/legal/eu/gdpr#. A term
that is missing here is added from there.
"""

from __future__ import annotations

from typing import Final

__all__ = ["LEGAL_BASES", "PURPOSES"]

PURPOSES: Final = frozenset(
    f"dpv:{term}"
    for term in (
        "AgeVerification",
        "CommunicationManagement",
        "DisputeManagement",
        "EnforceAccessControl",
        "EnforceSecurity",
        "FraudPreventionAndDetection",
        "FulfilmentOfObligation",
        "IdentityAuthentication",
        "IdentityVerification",
        "ImproveHealthcare",
        "ImprovePublicServices",
        "LegalCompliance",
        "MisusePreventionAndDetection",
        "OrganisationGovernance",
        "PaymentManagement",
        "ProtectionOfPublicSecurity",
        "ProvideOfficialStatistics",
        "PublicBenefit",
        "PublicPolicyMaking",
        "RecordManagement",
        "RequestedServiceProvision",
        "RightsFulfillment",
        "ScientificResearch",
        "ServiceProvision",
        "ServiceRegistration",
        "Verification",
    )
)
LEGAL_BASES: Final = frozenset(
    f"eu-gdpr:{term}"
    for term in (
        *(f"A6-1-{letter}" for letter in "abcdef"),
        "A6-1-a-explicit-consent",
        "A6-1-a-non-explicit-consent",
        "A6-1-b-contract-performance",
        "A6-1-b-enter-into-contract",
        "A6-1-d-data-subject",
        "A6-1-d-natural-person",
        "A6-1-e-official-authority",
        "A6-1-e-public-interest",
        "A6-1-f-controller",
        "A6-1-f-third-party",
        *(f"A9-2-{letter}" for letter in "abcdefghij"),
    )
)

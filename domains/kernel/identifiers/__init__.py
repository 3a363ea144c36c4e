"""Identifiers: the ids made here, and the numbers that others issue (PAN, Aadhaar, ISIN, mobile, …).

Each `parse_x(text)` returns the canonical form or raises an Invalid that does not repeat the input; each
`mask_x(value)` returns what may be shown to others and never the value itself. Owns no storage.
"""

from domains.kernel.identifiers.aadhaar import (
    mask_aadhaar,
    mask_aadhaar_reference,
    parse_aadhaar,
    parse_aadhaar_last_four,
    parse_aadhaar_reference,
)
from domains.kernel.identifiers.address import mask_address, parse_address
from domains.kernel.identifiers.bank_account import mask_bank_account, parse_bank_account
from domains.kernel.identifiers.boid import Depository, depository_of, mask_boid, parse_boid
from domains.kernel.identifiers.date_of_birth import mask_date_of_birth, parse_date_of_birth
from domains.kernel.identifiers.email import mask_email, parse_email
from domains.kernel.identifiers.ifsc import parse_ifsc
from domains.kernel.identifiers.isin import parse_isin
from domains.kernel.identifiers.mobile import mask_mobile, parse_mobile
from domains.kernel.identifiers.pan import mask_pan, parse_pan
from domains.kernel.identifiers.record_id import new_id
from domains.kernel.identifiers.vpa import mask_vpa, parse_vpa

__all__ = [
    "Depository",
    "depository_of",
    "mask_aadhaar",
    "mask_aadhaar_reference",
    "mask_address",
    "mask_bank_account",
    "mask_boid",
    "mask_date_of_birth",
    "mask_email",
    "mask_mobile",
    "mask_pan",
    "mask_vpa",
    "new_id",
    "parse_aadhaar",
    "parse_aadhaar_last_four",
    "parse_aadhaar_reference",
    "parse_address",
    "parse_bank_account",
    "parse_boid",
    "parse_date_of_birth",
    "parse_email",
    "parse_ifsc",
    "parse_isin",
    "parse_mobile",
    "parse_pan",
    "parse_vpa",
]

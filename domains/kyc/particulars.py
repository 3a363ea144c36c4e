"""What a customer tells about themselves: parsed all at once, sealed into the profile, read back from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from domains.kernel.days import today
from domains.kernel.failures import Failure, Invalid, raise_all
from domains.kernel.identifiers import (
    mask_aadhaar_reference,
    mask_address,
    mask_bank_account,
    mask_date_of_birth,
    mask_pan,
    parse_aadhaar_last_four,
    parse_aadhaar_reference,
    parse_address,
    parse_bank_account,
    parse_date_of_birth,
    parse_ifsc,
    parse_pan,
)
from domains.kyc.models import KYCProfile
from domains.vault.sealing import digests, open_sealed, sealed_columns

TABLE = "kyc_kycprofile"
Particulars = Mapping[str, str | None]


class AadhaarDiffers(Invalid):
    """The reference is of another Aadhaar number: its first four digits are the number's last four."""

    code = "AADHAAR_DIFFERS"

    def __init__(self) -> None:
        super().__init__("The reference is of another Aadhaar number.", path=("aadhaarReference",))


@dataclass(frozen=True, slots=True)
class Particular:
    """One thing that is told: its place in an input, its parser, and its mask if it is sealed."""

    place: str
    parse: Callable[..., str]
    mask: Callable[[str], str] | None = None
    digested: bool = False


PARTICULARS: Mapping[str, Particular] = {
    "pan": Particular("pan", parse_pan, mask_pan, digested=True),
    "aadhaar_last_four": Particular("aadhaarLastFour", parse_aadhaar_last_four),
    "aadhaar_reference": Particular("aadhaarReference", parse_aadhaar_reference, mask_aadhaar_reference),
    "date_of_birth": Particular(
        "dateOfBirth",
        lambda text, *, path: parse_date_of_birth(text, today=today(), path=path),
        mask_date_of_birth,
    ),
    "address": Particular("address", parse_address, mask_address),
    "bank_account": Particular("bankAccount", parse_bank_account, mask_bank_account),
    "bank_ifsc": Particular("bankIfsc", parse_ifsc),
}
IDENTIFYING = frozenset({"pan", "aadhaar_last_four", "aadhaar_reference", "date_of_birth"})  # who somebody is
NEEDED = ("pan", "aadhaar_last_four", "aadhaar_reference", "date_of_birth", "address")


def parse_particulars(given: Particulars) -> dict[str, str | None]:
    """Return the canonical values of what is given; an empty text and None remove.

    Raises the Invalid of the first value that is not what it should be, which carries those of the others.
    """
    parsed: dict[str, str | None] = {}
    faults: list[Failure] = []
    for name, text in given.items():
        particular = PARTICULARS[name]
        try:
            parsed[name] = particular.parse(text, path=(particular.place,)) if text else None
        except Invalid as fault:
            faults.append(fault)
    raise_all(faults)
    return parsed


def read_particulars(profile: KYCProfile) -> dict[str, str | None]:
    """Return the values of a profile in clear: for checks and comparisons inside this domain only."""
    return {name: _value(profile, name) for name in PARTICULARS}


def set_particular(profile: KYCProfile, name: str, value: str | None) -> None:
    """Set one canonical value, sealed if it is one that is."""
    particular = PARTICULARS[name]
    columns: dict[str, Any] = {name: value}
    if particular.mask is not None:
        columns = sealed_columns(
            table=TABLE,
            column=name,
            pk=profile.id,
            value=value,
            mask=particular.mask,
            digested=particular.digested,
        )
    for column, content in columns.items():
        setattr(profile, column, content)


def marks_of(profile: KYCProfile, name: str) -> list[bytes]:
    """Return the digests by which a digested value of a profile is found in others; [] if it has none."""
    value = _value(profile, name)
    return [] if value is None else digests(purpose=f"{TABLE}.{name}", value=value)


def require_consistent(values: Particulars) -> None:
    """Raise AadhaarDiffers when the Aadhaar number's last digits are not those of its reference."""
    last_four, reference = values.get("aadhaar_last_four"), values.get("aadhaar_reference")
    if last_four and reference and not reference.startswith(last_four):
        raise AadhaarDiffers


def _value(profile: KYCProfile, name: str) -> str | None:
    if PARTICULARS[name].mask is None:
        plain: str | None = getattr(profile, name)
        return plain
    sealed = getattr(profile, f"{name}_sealed")
    if sealed is None:
        return None
    return open_sealed(table_column=f"{TABLE}.{name}", pk=profile.id, sealed=sealed)

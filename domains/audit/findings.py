"""What a verification finds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was sealed: where, what kind, and a sentence."""

    kind: str  # altered, missing, inserted, reordered, head
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.place}: {self.message}"

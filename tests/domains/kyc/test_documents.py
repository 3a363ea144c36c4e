"""Documents: looked into, encrypted, bound to their row, given out for a while."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from PIL import Image
from pypdf import PdfWriter

from domains.audit.queries import entries_about
from domains.kernel.actor import Actor, ActorKind
from domains.kernel.clock import now
from domains.kernel.failures import Failure
from domains.kernel.identifiers import new_id
from domains.kyc.documents import Link, attach_document, make_link, open_document, read_link
from domains.kyc.inspection import BYTES_MAX, InvalidDocument, type_of
from domains.kyc.models import KYCDocument
from domains.kyc.operations import submit_profile
from domains.kyc.storage import DocumentLost
from domains.vault.sealing import BrokenSeal
from tests.domains.kyc.conftest import version_of
from tests.domains.refusal import refuses


def image(kind: str = "PNG", size: tuple[int, int] = (20, 20)) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, "white").save(target, kind)
    return target.getvalue()


def progressive(size: tuple[int, int], scans_more: int = 0) -> bytes:
    """Return a progressive JPEG whose last scan stands there again and again: 83 bytes, and all pixels anew."""
    target = io.BytesIO()
    Image.new("L", size, 128).save(target, "JPEG", progressive=True)
    whole = target.getvalue()
    last = whole[whole.rindex(b"\xff\xda") : -2]
    return whole[:-2] + last * scans_more + whole[-2:]


def several_pictures() -> bytes:
    """Return what cameras write: a JPEG, and other pictures of the same moment behind it."""
    target, picture = io.BytesIO(), Image.new("RGB", (20, 20), "white")
    picture.save(target, "MPO", save_all=True, append_images=[picture])
    return target.getvalue()


def pdf(pages: int = 1, password: str = "") -> bytes:
    target, writer = io.BytesIO(), PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(100, 100)
    if password:
        writer.encrypt(password, algorithm="RC4-40")
    writer.write(target)
    return target.getvalue()


def attach(actor: Actor, profile_id: UUID, content: bytes, kind: str = "PASSPORT", **more: Any) -> UUID:
    version = more.get("version", version_of(profile_id))
    return attach_document(actor=actor, profile_id=profile_id, version=version, kind=kind, content=content)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (image("PNG"), "PNG"),
        (image("JPEG"), "JPEG"),
        (progressive((20, 20)), "JPEG"),
        (several_pictures(), "JPEG"),
        (pdf(3), "PDF"),
    ],
    ids=("PNG", "JPEG", "progressive", "several pictures", "PDF"),
)
def test_a_content_is_what_it_is(content: bytes, kind: str) -> None:
    assert type_of(content) == kind


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a" + bytes(100),
        b"<html><script>alert(1)</script></html>",
        b"%PDF-1.7\nnothing",
        image("PNG")[:40],
        image("JPEG")[:200],
        pdf()[:60],
        pdf(51),
        pdf(password="secret"),
        bytes(BYTES_MAX + 1),
        image("GIF"),
        image("BMP"),
    ],
    ids=lambda content: f"{content[:8]!r} {len(content)}",
)
def test_what_can_not_be_read_or_is_nothing_that_is_taken_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidDocument) as refused:
        type_of(content)
    assert refused.value.path == ("file",)


def test_a_small_file_of_many_pixels_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(InvalidDocument, match="pixels"):
        type_of(image("PNG", (10_000, 5_000)))


def test_a_small_file_that_is_decoded_many_times_over_is_refused_before_it_is_decoded() -> None:
    """Five megabytes of such scans would keep a thread busy for an hour."""
    with pytest.raises(InvalidDocument, match="scans"):
        type_of(progressive((2_000, 2_000), scans_more=200))
    assert type_of(progressive((200, 200), scans_more=200)) == "JPEG"


def test_the_largest_progressive_image_is_taken() -> None:
    assert type_of(progressive((6_300, 6_300))) == "JPEG"


def test_a_document_is_kept_encrypted_under_its_own_key_and_given_out_in_clear(
    owner: Actor, owner_id: UUID, draft_id: UUID
) -> None:
    content = image()
    document_id = attach(owner, draft_id, content)
    document = KYCDocument.objects.get()
    assert (document.content_type, document.size_bytes) == ("PNG", len(content))
    assert document.content is not None
    assert content[:20] not in bytes(document.content)
    opened = open_document(actor=owner, document_id=document_id)
    assert (opened.content, opened.media_type) == (content, "image/png")
    assert opened.file_name == f"passport-{document_id}.png"
    told = [(entry.event, entry.operation_name) for entry in entries_about(owner_id)[:2]]
    assert told == [("EXPORT", "open_document"), ("CHANGE", "attach_document")]


def test_a_ciphertext_or_a_key_in_another_row_does_not_open(owner: Actor, draft_id: UUID) -> None:
    first, second = attach(owner, draft_id, image()), attach(owner, draft_id, pdf())
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE kyc_kycdocument SET key_sealed = (SELECT key_sealed FROM kyc_kycdocument WHERE id = %s) "
            "WHERE id = %s", [first, second],
        )  # fmt: skip
    with pytest.raises(BrokenSeal):
        open_document(actor=owner, document_id=second)


def test_nothing_of_a_document_changes_but_the_seal_of_its_key(owner: Actor, draft_id: UUID) -> None:
    attach(owner, draft_id, image())
    refuses("default", "UPDATE kyc_kycdocument SET content = %s", b"other", because="permission denied")


def test_the_same_document_again_changes_nothing(owner: Actor, draft_id: UUID) -> None:
    assert attach(owner, draft_id, image()) == attach(owner, draft_id, image())
    assert attach(owner, draft_id, image(), kind="OTHER") != attach(owner, draft_id, image())
    assert version_of(draft_id) == 3


def test_customers_send_documents_with_a_draft_and_officers_later(
    owner: Actor, maker: Actor, draft_id: UUID
) -> None:
    submit_profile(actor=owner, profile_id=draft_id, version=1)
    with pytest.raises(Failure) as refused:
        attach(owner, draft_id, image())
    assert refused.value.code == "KYC_WRONG_STATE"
    attach(maker, draft_id, image())


def test_nothing_is_looked_into_for_who_may_not_send_it(
    owner: Actor, draft_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_into: list[bytes] = []
    monkeypatch.setattr("domains.kyc.documents.type_of", looked_into.append)
    submit_profile(actor=owner, profile_id=draft_id, version=1)
    for actor in (owner, Actor(kind=ActorKind.USER, id=new_id(), customer_id=new_id())):
        with pytest.raises(Failure) as refused:
            attach(actor, draft_id, image(size=(6_000, 6_000)))
        assert refused.value.code in ("KYC_WRONG_STATE", "KYC_PROFILE_NOT_FOUND")
    assert looked_into == []


def test_a_profile_holds_so_many_and_no_more(
    owner: Actor, draft_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domains.kyc.documents.DOCUMENTS_MAX", 1)
    attach(owner, draft_id, image())
    with pytest.raises(Failure) as refused:
        attach(owner, draft_id, pdf())
    assert refused.value.code == "KYC_TOO_MANY_DOCUMENTS"


def test_in_a_folder_lie_ciphertexts_that_only_their_rows_open(
    owner: Actor, draft_id: UUID, settings: Any, tmp_path: Path
) -> None:
    settings.DOCUMENTS_DIR = tmp_path
    document_id, content = attach(owner, draft_id, pdf()), pdf()
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert file.name == document_id.hex
    assert file.stat().st_mode & 0o077 == 0
    assert b"PDF" not in file.read_bytes()
    assert KYCDocument.objects.get().content is None
    assert len(open_document(actor=owner, document_id=document_id).content) == len(content)
    file.unlink()
    with pytest.raises(DocumentLost):
        open_document(actor=owner, document_id=document_id)


def test_a_link_ends_and_can_not_be_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    link = Link(new_id(), new_id(), new_id())
    token = make_link(link)
    assert read_link(token) == link
    for wrong in ("", token[:-2], token[::-1]):
        with pytest.raises(Failure):
            read_link(wrong)
    monkeypatch.setattr("domains.kyc.documents.now", lambda: now() + timedelta(minutes=6))
    with pytest.raises(Failure) as refused:
        read_link(token)
    assert refused.value.code == "LINK_ENDED"

"""Notes and checkpoints: what is written is what the standards write, and nothing else is accepted."""

from base64 import b64decode, b64encode

import pytest

from duly.errors import BadInput, OurFault
from duly.ledger import Signer, checkpoint
from duly.ledger.verify import ProofError, PublicKey, open_checkpoint, open_note

# The known answer of golang.org/x/mod/sumdb/note (BSD-3-Clause), which C2SP signed-note grew out of.
SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
NOTE = (
    f"{TEXT}\n\N{EM DASH} PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
KEY = PublicKey.parse(PUBLIC)
SIGNER = Signer.from_seed("duly.example/log", bytes(range(32)))
KEYS = [PublicKey.parse(key) for key in SIGNER.public_keys()]


def signed(text: str, *signers: Signer) -> bytes:
    return (text + "\n" + "".join(signer.sign(text) for signer in signers)).encode()


def test_the_known_key_signs_the_known_note() -> None:
    signer = Signer.parse(SECRET)
    assert signed(TEXT, signer).decode() == NOTE
    assert signer.public_keys()[0] == PUBLIC
    assert signer.encoded() == SECRET


def test_the_known_note_opens_with_the_known_key() -> None:
    assert open_note(NOTE.encode(), [KEY]) == (TEXT, None)


def test_an_empty_line_in_the_text_is_text() -> None:
    text = "first\n\nsecond\n"
    assert open_note(signed(text, SIGNER), KEYS[:1]) == (text, None)


def test_lines_of_other_keys_are_passed_over_but_none_may_be_missing() -> None:
    other = Signer.generate("witness.example")
    note = signed(TEXT, other, SIGNER)
    assert open_note(note, KEYS[:1])[0] == TEXT
    with pytest.raises(ProofError, match=r"witness\.example .* has not signed it"):
        open_note(signed(TEXT, SIGNER), [KEYS[0], PublicKey.parse(other.public_keys()[0])])
    with pytest.raises(ProofError, match="no key was given"):
        open_note(note, [])


def test_another_key_of_the_same_name_is_another_key() -> None:
    with pytest.raises(ProofError, match="has not signed it"):
        open_note(signed(TEXT, Signer.generate(SIGNER.name)), KEYS[:1])


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (NOTE.replace("problem,", "problem!"), "is wrong"),
        (NOTE.replace("nAM=", "nAN="), "not canonical"),
        (NOTE.replace("nAM=", "nAM"), "not base64"),
        (NOTE.replace("\N{EM DASH}", "-"), "not a signature line"),
        (NOTE.replace("\n\n", "\n"), "not a text, an empty line"),
        (NOTE[:-1], "not a text, an empty line"),
        (NOTE + "\n", "not a text, an empty line"),
        (NOTE.replace(" is", "\tis"), "control character"),
        (NOTE.replace("PeterNeumann x08go/", "PeterNeumann  x08go/"), "not a signature line"),
        (TEXT + "\n\N{EM DASH} PeterNeumann x08gow==\n", "too short"),
        (NOTE + "\N{EM DASH} a AAAAAAA=\n" * 100, "signature lines"),
        ("x" * 1_000_001, "more than 1000000 bytes"),
        ("", "not a text, an empty line"),
    ],
)
def test_a_note_that_is_not_exactly_right_is_refused(broken: str, said: str) -> None:
    with pytest.raises(ProofError, match=said):
        open_note(broken.encode(), [KEY])


def test_a_note_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(ProofError, match="not UTF-8"):
        open_note(NOTE.encode().replace(b"is", b"\xff\xfe", 1), [KEY])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("PeterNeumann", "not a verifier key"),
        (PUBLIC.replace("c74f20a3", "c74f20a4"), "has the number"),
        (PUBLIC.replace("PeterNeumann", "PeterNewmann"), "has the number"),
        ("x+00000000+AQ==", "not an Ed25519 key"),
        (PUBLIC[:-1], "not base64"),
    ],
)
def test_a_key_that_is_none_is_refused(text: str, said: str) -> None:
    with pytest.raises(ProofError, match=said):
        PublicKey.parse(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("secret", "does not begin"),
        (SECRET.replace("PeterNeumann", "PeterNewmann"), "do not belong"),
        (SECRET[:-2], "not base64|32"),
        (SECRET.replace("+AY", "+BY"), "algorithm"),
    ],
)
def test_a_signing_key_that_is_none_is_refused_and_not_told(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as caught:
        Signer.parse(text)
    assert SECRET[-20:-4] not in str(caught.value)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u00a0b"])
def test_a_key_has_a_name_that_fits_into_a_line(name: str) -> None:
    with pytest.raises(BadInput, match="no name for a key"):
        Signer.generate(name)


def test_a_checkpoint_says_size_root_and_time() -> None:
    written = checkpoint.sign(SIGNER, origin="duly.example/log", size=7, root=bytes(32), time=1_700_000_000)
    head = open_checkpoint(written.note.encode(), KEYS)
    assert (head.origin, head.size, head.root, head.time) == ("duly.example/log", 7, bytes(32), 1_700_000_000)
    assert open_checkpoint(written.note.encode(), KEYS[:1]).time is None


def test_the_time_cannot_be_changed() -> None:
    written = checkpoint.sign(SIGNER, origin="duly.example/log", size=7, root=bytes(32), time=1_700_000_000)
    *before, line, _ = written.note.split("\n")
    raw = bytearray(b64decode(line.split(" ")[2]))
    raw[11] ^= 1
    later = "\n".join([*before, f"\N{EM DASH} {SIGNER.name} {b64encode(raw).decode()}", ""])
    with pytest.raises(ProofError, match="is wrong"):
        open_checkpoint(later.encode(), KEYS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("log\n07\n{root}\n", "leading zeros"),
        ("log\n-7\n{root}\n", "leading zeros"),
        ("log\n\N{ARABIC-INDIC DIGIT SEVEN}\n{root}\n", "leading zeros"),
        ("log\n9223372036854775808\n{root}\n", "leading zeros"),
        ("log\n7\nAAAA\n", "3 bytes instead of 32"),
        ("log\n7\nroot\u00e9\n", "not base64"),
        ("log\n7\n", "three lines"),
        ("log\n7\n{root}\n\nmore\n", "three lines"),
        ("\n7\n{root}\n", "three lines"),
        ("log\n0\n{root}\n", "empty tree"),
    ],
)
def test_a_signed_text_that_is_no_checkpoint_is_refused(text: str, said: str) -> None:
    note = signed(text.format(root=b64encode(bytes(32)).decode()), SIGNER)
    with pytest.raises(ProofError, match=said):
        open_checkpoint(note, KEYS[:1])


def test_extension_lines_are_allowed() -> None:
    text = f"log\n7\n{b64encode(bytes(32)).decode()}\nmore\n"
    assert open_checkpoint(signed(text, SIGNER), KEYS[:1]).size == 7


@pytest.mark.parametrize(
    "change", [(b"\n7\n", b"\n8\n"), (b"log\n", b"lag\n"), (b"\n\n", b"\nx\n\n"), (b"7", b"\xff")]
)
def test_the_log_knows_its_own_checkpoint_and_no_other(change: tuple[bytes, bytes]) -> None:
    written = checkpoint.sign(SIGNER, origin="duly.example/log", size=7, root=bytes(32), time=5)
    note = written.note.encode()
    assert checkpoint.read(SIGNER, "duly.example/log", note) == written
    with pytest.raises(OurFault):
        checkpoint.read(SIGNER, "duly.example/log", note.replace(*change))
    with pytest.raises(OurFault):
        checkpoint.read(Signer.generate(SIGNER.name), "duly.example/log", note)
    with pytest.raises(OurFault):
        checkpoint.read(SIGNER, "another.example/log", note)

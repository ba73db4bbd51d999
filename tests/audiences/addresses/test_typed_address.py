import pytest

from broadcaster.audiences.addresses.typed_address import TypedAddressError, read_address
from broadcaster.audiences.storage.age_identity import make_identity
from broadcaster.audiences.storage.encrypted_file import IdentityError
from broadcaster.domain.contact.channels import Channel
from tests.audiences.conftest import Folder


@pytest.mark.parametrize(
    ("typed", "channel", "address"),
    [
        (" a.b@EXAMPLE.org ", Channel.EMAIL, "a.b@example.org"),
        ("A.b@bücher.example", Channel.EMAIL, "A.b@xn--bcher-kva.example"),
        ("07700 900123", Channel.SMS, "+447700900123"),
        ("'+44 7700 900123", Channel.SMS, "+447700900123"),
    ],
)
def test_one_address_is_read_as_a_rosters_are(folder: Folder, typed: str, channel: Channel, address: str) -> None:
    assert read_address(typed, "GB") == (channel, address)
    column = "email" if channel is Channel.EMAIL else "phone"
    (recipient,) = folder.read(f'name,{column}\nKit,"{typed}"\n').recipients
    assert getattr(recipient, column) == address


@pytest.mark.parametrize("typed", ["", "kit", "kit@", "@example.org", "1234", "a@example.org;b@example.org"])
def test_what_is_none_is_not_repeated(typed: str) -> None:
    with pytest.raises(TypedAddressError) as raised:
        read_address(typed, "GB")
    assert raised.value.remedy
    assert not typed or typed not in raised.value.message


def test_an_identity_is_made_once_and_opens_what_was_written_for_it(folder: Folder) -> None:
    identity = folder.path.parent / "var" / "identity.txt"
    assert make_identity(identity)
    kept = identity.read_bytes()
    assert not make_identity(identity)
    assert identity.read_bytes() == kept
    assert identity.stat().st_mode & 0o777 == 0o600
    for place in (identity / "identity.txt", identity / "below" / "identity.txt"):
        with pytest.raises(IdentityError):
            make_identity(place)


def test_a_number_for_texts_must_be_one_that_takes_them() -> None:
    assert read_address("020 7946 0018", "GB") == (Channel.SMS, "+442079460018")
    with pytest.raises(TypedAddressError) as raised:
        read_address("020 7946 0018", "GB", for_texts=True)
    assert raised.value.remedy.startswith("This is a landline")
    assert read_address("07700 900123", "GB", for_texts=True) == (Channel.SMS, "+447700900123")
    assert read_address("a@example.org", "GB", for_texts=True)[0] is Channel.EMAIL

"""Passwords are kept so that they cannot be read back, and nobody without one gets in."""

from broadcaster.keys.passwords import hash_password, verify_password


def test_only_the_password_itself_is_one() -> None:
    kept = hash_password("marmalade tugboat")
    assert verify_password("marmalade tugboat", kept)
    assert not verify_password("marmalade tugboat ", kept)
    assert not verify_password("", kept)


def test_it_is_argon2id_of_the_recommended_strength_with_its_own_salt() -> None:
    one, other = hash_password("the same"), hash_password("the same")
    assert one.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert one != other


def test_without_a_password_nothing_is_right() -> None:
    assert not verify_password("nobody has this password, and nobody gets in with it", None)
    assert not verify_password("x", "not a hash at all")

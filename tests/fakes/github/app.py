"""An App for the fake, with a key of its own."""

from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from ci_integrations.providers.github.permissions import EVENTS, PERMISSIONS
from tests.fakes.github.server import FakeApp


@cache
def key_pair() -> tuple[str, str]:
    """A private and a public key in PEM, the same ones for all tests of a process: making them takes a while."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def make_app() -> FakeApp:
    """An App that is allowed all it needs."""
    private, public = key_pair()
    return FakeApp(
        id=4711,
        slug="orchestrate-test",
        private_key=private,
        public_key=public,
        webhook_secret="hook-secret-of-tests",
        permissions={name: level for name, (level, _) in PERMISSIONS.items()},
        events=sorted(EVENTS),
    )

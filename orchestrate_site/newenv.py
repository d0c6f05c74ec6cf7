"""Print a `.env` with new secrets for one's own machine: `python -m orchestrate_site.newenv > .env`."""

import secrets
import sys

from cryptography.fernet import Fernet


def main() -> None:
    """Write the variables that have no default."""
    sys.stdout.write(f"SECRET_KEY={secrets.token_urlsafe(50)}\n")
    sys.stdout.write(f"ORCHESTRATE_FIELD_KEYS={Fernet.generate_key().decode()}\n")


if __name__ == "__main__":
    main()

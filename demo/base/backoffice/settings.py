"""Settings, from the environment."""

import os

DATABASE = os.environ.get("BACKOFFICE_DB", "backoffice.db")
FILES = os.environ.get("BACKOFFICE_FILES", "/srv/bramble/files")

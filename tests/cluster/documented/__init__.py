"""How pages of the docs are read, and what each takes as given."""

import pytest

pytest.register_assert_rewrite(*(f"{__name__}.{name}" for name in ("pasting", "of_nodes", "of_runs")))

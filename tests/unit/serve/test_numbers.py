"""Numbers that no service could obey are refused before it begins."""

from math import inf, nan

import pytest

from luodi.errors import RecipeError
from luodi.serve import Limits, Plan
from luodi.serve.listen import Listen
from luodi.store import Retention


@pytest.mark.parametrize(
    ("made", "field", "value"),
    [
        *((Plan, "workers", value) for value in (0, -1, 100_000)),
        *((Plan, "queue_s", value) for value in (-1.0, nan, inf)),
        (Plan, "max_tokens", 0),
        (Plan, "queue_tokens", nan),
        *((Limits, "request_s", value) for value in (0, -1, nan, inf)),
        *((Listen, "grace_s", value) for value in (-1, nan, inf)),
        *((Retention, name, value) for name in ("days", "bytes", "corrected_days") for value in (-1, nan, inf)),
    ],
)
def test_what_cannot_be_obeyed_is_refused(made, field, value):
    with pytest.raises(RecipeError):
        made(**{field: value})

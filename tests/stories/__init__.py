import pytest

pytest.register_assert_rewrite("tests.stories.clusters", "tests.stories.stage")

"""The REST routes of the fake GitLab: https://docs.gitlab.com/api/api_resources/"""

from tests.fakes.gitlab.routes import commits, comparing, hooks, jobs, people, pipelines, projects, requests
from tests.fakes.gitlab.routing import dispatch

__all__ = ["commits", "comparing", "dispatch", "hooks", "jobs", "people", "pipelines", "projects", "requests"]

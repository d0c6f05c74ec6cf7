"""Forms: what a person may ask for, checked."""

import re
import uuid
from typing import TYPE_CHECKING, Any, Final

from django import forms

from ci_integrations import selectors
from ci_integrations.domain import State
from ci_integrations.models import Repository
from dashboard.states import GROUPS, LOOKS, states_of

if TYPE_CHECKING:
    ModelChoiceField = forms.ModelChoiceField[Repository]
else:
    ModelChoiceField = forms.ModelChoiceField

MAX_INPUTS: Final = 100
# In days: so far back tests are looked at.
WINDOWS: Final = (7, 30, 90, 365)
# https://git-scm.com/docs/git-check-ref-format
_NOT_IN_BRANCH: Final = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^[-/]|/$|\.lock$|\.$")
_COMMIT: Final = re.compile(r"[0-9a-f]{7,64}", re.IGNORECASE)
_TOKEN: Final = re.compile(r"[0-9a-f]{32}")


def _state_choices() -> list[tuple[str, Any]]:
    groups = [(key, words) for key, (words, _) in GROUPS.items()]
    return [("", "Any state"), ("Groups", groups), ("States", [(state.value, LOOKS[state].word) for state in State])]


class RunFilterForm(forms.Form):
    """What the list of runs is narrowed to, from the query string. A wrong value narrows nothing and says so."""

    state = forms.ChoiceField(required=False, choices=_state_choices)
    repository = forms.CharField(required=False, max_length=200)
    branch = forms.CharField(required=False, max_length=300)
    workflow = forms.CharField(required=False, max_length=200)

    def narrow(self) -> selectors.RunFilter:
        """The filter; fields that did not pass their check are left out."""
        self.is_valid()
        values = self.cleaned_data
        return selectors.RunFilter(
            states=[state.value for state in states_of(values.get("state", ""))],
            repository=values.get("repository", ""),
            branch=values.get("branch", ""),
            workflow=values.get("workflow", ""),
        )


class WindowForm(forms.Form):
    """Which tests are looked at: of which repository, over how many days. A wrong value narrows nothing."""

    repository = forms.CharField(required=False, max_length=200)
    days = forms.TypedChoiceField(required=False, coerce=int, choices=[(days, days) for days in WINDOWS])

    def narrow(self, days: int) -> tuple[str, int]:
        """The name of the repository, "" for all, and the days, `days` where none are given."""
        self.is_valid()
        return self.cleaned_data.get("repository", ""), self.cleaned_data.get("days") or days


def new_token() -> str:
    """Names one wish: made when the form is shown, so that sending it twice is asking once."""
    return uuid.uuid4().hex


class RepositoryField(ModelChoiceField):
    """A choice among the repositories of all active connections."""

    def label_from_instance(self, obj: Repository) -> str:
        return f"{obj.name} ({obj.connection})"


class TriggerForm(forms.Form):
    """A wish for a run."""

    repository = RepositoryField(queryset=Repository.objects.none(), empty_label=None)
    workflow = forms.CharField(
        max_length=200, required=False, widget=forms.TextInput(attrs={"list": "workflows", "autocomplete": "off"})
    )
    branch = forms.CharField(max_length=300)
    commit_sha = forms.CharField(max_length=64, required=False, label="Commit")
    inputs = forms.CharField(max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 4}))
    variables = forms.CharField(max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    token = forms.CharField(widget=forms.HiddenInput, initial=new_token)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["repository"]
        if isinstance(field, RepositoryField):
            field.queryset = selectors.repositories()

    def clean_branch(self) -> str:
        branch: str = self.cleaned_data["branch"]
        if _NOT_IN_BRANCH.search(branch):
            raise forms.ValidationError("Not a branch name: no blanks, no ~ ^ : ? * [ \\, no leading - or /.")
        return branch

    def clean_commit_sha(self) -> str:
        commit: str = self.cleaned_data["commit_sha"]
        if commit and not _COMMIT.fullmatch(commit):
            raise forms.ValidationError("Not a commit: 7 to 64 hexadecimal digits, or nothing for the branch's head.")
        return commit.lower()

    def clean_inputs(self) -> dict[str, str]:
        return parse_inputs(self.cleaned_data["inputs"])

    def clean_variables(self) -> dict[str, str]:
        return parse_inputs(self.cleaned_data["variables"])

    def clean_token(self) -> str:
        token: str = self.cleaned_data["token"]
        if not _TOKEN.fullmatch(token):
            raise forms.ValidationError("This form is damaged: open it again.")
        return token


def parse_inputs(text: str) -> dict[str, str]:
    """`key=value` lines as a mapping; blank lines are skipped. Raises ValidationError, naming the line."""
    inputs: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        key, equals, value = line.partition("=")
        key = key.strip()
        if not equals or not key:
            raise forms.ValidationError(f"Line {number}: write key=value.")
        if key in inputs:
            raise forms.ValidationError(f"Line {number}: {key} is given twice.")
        inputs[key] = value.strip()
    if len(inputs) > MAX_INPUTS:
        raise forms.ValidationError(f"At most {MAX_INPUTS} inputs.")
    return inputs


class GitHubAppForm(forms.Form):
    """What a new GitHub App is called, and where."""

    name = forms.CharField(max_length=34, initial="Orchestrate CI")
    host = forms.CharField(max_length=200, initial="https://github.com")
    organization = forms.CharField(required=False, max_length=39)

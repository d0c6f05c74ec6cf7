"""All test frameworks whose console output is understood."""

from typing import Final

from ci_integrations.parsing.logs.tools.frameworks_beam import FRAMEWORKS_BEAM
from ci_integrations.parsing.logs.tools.frameworks_browser import FRAMEWORKS_BROWSER
from ci_integrations.parsing.logs.tools.frameworks_build import FRAMEWORKS_BUILD
from ci_integrations.parsing.logs.tools.frameworks_c import FRAMEWORKS_C
from ci_integrations.parsing.logs.tools.frameworks_catch import FRAMEWORKS_CATCH
from ci_integrations.parsing.logs.tools.frameworks_cpp import FRAMEWORKS_CPP
from ci_integrations.parsing.logs.tools.frameworks_cpp_units import FRAMEWORKS_CPP_UNITS
from ci_integrations.parsing.logs.tools.frameworks_cucumber import FRAMEWORKS_CUCUMBER
from ci_integrations.parsing.logs.tools.frameworks_data import FRAMEWORKS_DATA
from ci_integrations.parsing.logs.tools.frameworks_dotnet import FRAMEWORKS_DOTNET
from ci_integrations.parsing.logs.tools.frameworks_end_to_end import FRAMEWORKS_END_TO_END
from ci_integrations.parsing.logs.tools.frameworks_functional import FRAMEWORKS_FUNCTIONAL
from ci_integrations.parsing.logs.tools.frameworks_go import FRAMEWORKS_GO
from ci_integrations.parsing.logs.tools.frameworks_javascript import FRAMEWORKS_JAVASCRIPT
from ci_integrations.parsing.logs.tools.frameworks_junit import FRAMEWORKS_JUNIT
from ci_integrations.parsing.logs.tools.frameworks_jvm import FRAMEWORKS_JVM
from ci_integrations.parsing.logs.tools.frameworks_minitest import FRAMEWORKS_MINITEST
from ci_integrations.parsing.logs.tools.frameworks_ml import FRAMEWORKS_ML
from ci_integrations.parsing.logs.tools.frameworks_mobile import FRAMEWORKS_MOBILE
from ci_integrations.parsing.logs.tools.frameworks_native import FRAMEWORKS_NATIVE
from ci_integrations.parsing.logs.tools.frameworks_node import FRAMEWORKS_NODE
from ci_integrations.parsing.logs.tools.frameworks_nunit import FRAMEWORKS_NUNIT
from ci_integrations.parsing.logs.tools.frameworks_php import FRAMEWORKS_PHP
from ci_integrations.parsing.logs.tools.frameworks_python import FRAMEWORKS_PYTHON
from ci_integrations.parsing.logs.tools.frameworks_ruby import FRAMEWORKS_RUBY
from ci_integrations.parsing.logs.tools.frameworks_runtimes import FRAMEWORKS_RUNTIMES
from ci_integrations.parsing.logs.tools.frameworks_science import FRAMEWORKS_SCIENCE
from ci_integrations.parsing.logs.tools.frameworks_script import FRAMEWORKS_SCRIPT
from ci_integrations.parsing.logs.tools.frameworks_shell import FRAMEWORKS_SHELL
from ci_integrations.parsing.logs.tools.frameworks_suites import FRAMEWORKS_SUITES
from ci_integrations.parsing.logs.tools.frameworks_tap import FRAMEWORKS_TAP
from ci_integrations.parsing.logs.tools.frameworks_unittest import FRAMEWORKS_UNITTEST
from ci_integrations.parsing.logs.tools.frameworks_webdriver import FRAMEWORKS_WEBDRIVER

FRAMEWORKS: Final = (
    *FRAMEWORKS_PYTHON,
    *FRAMEWORKS_JAVASCRIPT,
    *FRAMEWORKS_BROWSER,
    *FRAMEWORKS_RUBY,
    *FRAMEWORKS_CUCUMBER,
    *FRAMEWORKS_MINITEST,
    *FRAMEWORKS_SCRIPT,
    *FRAMEWORKS_TAP,
    *FRAMEWORKS_JVM,
    *FRAMEWORKS_JUNIT,
    *FRAMEWORKS_DOTNET,
    *FRAMEWORKS_NUNIT,
    *FRAMEWORKS_NATIVE,
    *FRAMEWORKS_CPP,
    *FRAMEWORKS_CATCH,
    *FRAMEWORKS_MOBILE,
    *FRAMEWORKS_RUNTIMES,
    *FRAMEWORKS_FUNCTIONAL,
    *FRAMEWORKS_SUITES,
    *FRAMEWORKS_BUILD,
    *FRAMEWORKS_C,
    *FRAMEWORKS_CPP_UNITS,
    *FRAMEWORKS_GO,
    *FRAMEWORKS_NODE,
    *FRAMEWORKS_WEBDRIVER,
    *FRAMEWORKS_END_TO_END,
    *FRAMEWORKS_UNITTEST,
    *FRAMEWORKS_BEAM,
    *FRAMEWORKS_SCIENCE,
    *FRAMEWORKS_ML,
    *FRAMEWORKS_SHELL,
    *FRAMEWORKS_PHP,
    *FRAMEWORKS_DATA,
)

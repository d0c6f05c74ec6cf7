"""The pages."""

from django.urls import path

from dashboard.views import connect, coverage, fixes, flaky, log, run, runs, testcases, triggers

app_name = "dashboard"
urlpatterns = [
    path("", runs.run_list, name="runs"),
    path("runs/<int:run_id>/", run.run_detail, name="run"),
    path("runs/<int:run_id>/retry-failed", run.retry_failed, name="retry-failed"),
    path("runs/<int:run_id>/retry-all", run.retry_all, name="retry-all"),
    path("runs/<int:run_id>/cancel", run.cancel, name="cancel"),
    path("runs/<int:run_id>/fix", run.fix, name="fix"),
    path("runs/<int:run_id>/jobs/<int:job_id>/retry", run.retry_job, name="retry-job"),
    path("runs/<int:run_id>/jobs/<int:job_id>/approve", run.approve, name="approve-job"),
    path("runs/<int:run_id>/jobs/<int:job_id>/log/", log.job_log, name="log"),
    path("runs/<int:run_id>/jobs/<int:job_id>/log/raw", log.raw_log, name="log-raw"),
    path("runs/<int:run_id>/coverage/", coverage.coverage_page, name="coverage"),
    path("trigger/", triggers.trigger, name="trigger"),
    path("flaky/", flaky.flaky_list, name="flaky"),
    path("flaky/<int:case_id>/unmute", flaky.unmute, name="unmute"),
    path("tests/slow/", testcases.slow_tests, name="slow-tests"),
    path("tests/<int:case_id>/", testcases.test_detail, name="test"),
    path("connect/", connect.connect, name="connect"),
    path("connect/github/", connect.create_app, name="create-app"),
    path("connect/github/created", connect.created, name="github-created"),
    path("connect/github/installed", connect.installed, name="github-installed"),
    path("connect/<int:connection_id>/check", connect.check, name="check-connection"),
    path("connect/<int:connection_id>/webhooks", connect.install_webhooks, name="install-webhooks"),
    path("fixes/", fixes.fix_list, name="fixes"),
]

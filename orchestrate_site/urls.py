"""Where everything is reached."""

from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path

from ci_integrations import webhooks
from orchestrate_site.api import api

urlpatterns = [
    path("", include("dashboard.urls")),
    path("login/", auth.LoginView.as_view(template_name="dashboard/login.html"), name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("api/", api.urls),
    path("webhooks/<slug:provider>/<str:key>", webhooks.receive, name="webhook"),
    path("admin/", admin.site.urls),
]

"""The portal's URLs."""

from __future__ import annotations

from django.urls import path

from pactdesk.portal.views import (
    benefits,
    demo_mail,
    drafts,
    files,
    health,
    help,
    home,
    intake,
    ownership,
    preferences,
    profile,
    requests,
    tokens,
    verdicts,
    webhooks,
)

app_name = "portal"

urlpatterns = [
    path("", home.home, name="home"),
    path("help/", help.help_page, name="help"),
    path("help/articles/<int:number>/", help.article, name="article"),
    path("help/articles/<int:number>/verdict/", verdicts.verdict, name="article-verdict"),
    path("profile/", profile.profile, name="profile"),
    path("profile/programs/", tokens.overview, name="tokens"),
    path("profile/programs/tokens/new/", tokens.new_token, name="token-new"),
    path("profile/programs/tokens/<int:token_id>/revoke/", tokens.revoke_token, name="token-revoke"),
    path("profile/programs/clients/new/", tokens.new_client, name="client-new"),
    path("profile/programs/clients/<str:client_id>/revoke/", tokens.revoke_client, name="client-revoke"),
    path("profile/webhooks/", webhooks.endpoint_list, name="webhooks"),
    path("profile/webhooks/add/", webhooks.add, name="webhook-add"),
    path("profile/webhooks/<int:endpoint_id>/", webhooks.endpoint, name="webhook"),
    path("profile/webhooks/<int:endpoint_id>/edit/", webhooks.edit, name="webhook-edit"),
    path("profile/webhooks/<int:endpoint_id>/secret/", webhooks.secret, name="webhook-secret"),
    path("profile/webhooks/<int:endpoint_id>/remove/", webhooks.remove, name="webhook-remove"),
    path(
        "profile/webhooks/<int:endpoint_id>/deliveries/<int:delivery_id>/",
        webhooks.delivery,
        name="webhook-delivery",
    ),
    path("theme/", preferences.set_theme, name="set-theme"),
    path("health/", health.health, name="health"),
    path("demo/mail/", demo_mail.demo_mail, name="demo-mail"),
    path("benefits/", benefits.overview, name="benefits"),
    path("benefits/add/", benefits.add, name="benefit-add"),
    path("benefits/<int:agreement_id>/", benefits.agreement, name="benefit"),
    path("benefits/<int:agreement_id>/statement.csv", benefits.statement_csv, name="benefit-statement"),
    path("benefits/<int:agreement_id>/seats/<int:registration_id>/", ownership.seat, name="benefit-seat"),
    path("benefits/<int:agreement_id>/seats/limit/", ownership.seat_limit, name="benefit-seat-limit"),
    path("benefits/<int:agreement_id>/pair/", ownership.pair, name="benefit-pair"),
    path("requests/", requests.request_list, name="request-list"),
    path("requests/new/", intake.start, name="request-new"),
    path("requests/new/options/", intake.options, name="intake-options"),
    path("requests/drafts/", drafts.draft_list, name="draft-list"),
    path("requests/drafts/<uuid:draft_id>/discard/", drafts.discard, name="draft-discard"),
    path("requests/new/<uuid:draft_id>/", intake.resume, name="intake"),
    path("requests/new/<uuid:draft_id>/files/", intake.draft_files, name="draft-files"),
    path("requests/new/<uuid:draft_id>/files/<uuid:file_id>/", intake.draft_file, name="draft-file"),
    path("requests/new/<uuid:draft_id>/<slug:step>/", intake.step, name="intake-step"),
    path("requests/<str:number>/", requests.request_page, name="request"),
    path("requests/<str:number>/files/", files.request_files, name="request-files"),
    path("requests/<str:number>/files/<uuid:file_id>/", files.request_file, name="request-file"),
    path("requests/<str:number>/confirmation/", requests.confirmation, name="confirmation"),
]

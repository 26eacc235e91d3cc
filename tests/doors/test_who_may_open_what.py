"""One closed table: what every URL answers to everybody. A URL that is not in it fails the build."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from pactdesk.accounts.models import Competency, Enrolment, Location
from pactdesk.accounts.rules.tokens import SCOPES
from pactdesk.accounts.services.tokens import issue_client, issue_token
from pactdesk.agreements.models import Registration
from pactdesk.agreements.rules.corrections import Change
from pactdesk.agreements.rules.issuing import WantedAgreement
from pactdesk.agreements.services import corrections, issuing
from pactdesk.agreements.services.set_asides import set_aside
from pactdesk.cases.models import AdvisoryTime, Contact
from pactdesk.cases.queries.invitations import invitation_letter
from pactdesk.cases.rules.answers import Person
from pactdesk.cases.rules.files import Place
from pactdesk.cases.services.contacts import add_contact
from pactdesk.cases.services.saved_replies import keep_reply
from pactdesk.cases.services.submission import submit
from pactdesk.delegation.rules import Wish
from pactdesk.delegation.services.asking import ask
from pactdesk.delegation.services.groups import create_group
from pactdesk.imports.rules import Options
from pactdesk.imports.services.confirming import bring
from pactdesk.kernel.ids import new_key
from pactdesk.knowledge.services import load
from pactdesk.notifications.models import OutgoingMail
from pactdesk.notifications.services import endpoints
from tests import world
from tests.attachments import put
from tests.buying import SANDBOX, buy
from tests.doors.visitors import ANONYMOUS, VISITORS, account, visitor
from tests.drafts import ready
from tests.imported import table

# Carla owns the agreement and has shared it with Cem, has a webhook and a draft, and has sent a request of which Cem is
# an additional contact. Petra has no profile yet, Marta is an operator without any rights in the administration, and
# nothing here is Ines's or Olaf's business.
#
# "sign-in", "profile", "password", "home" and "desk" lead there; "elsewhere" is any other redirect. POST sends an empty
# form.
OPENED = """
                                          anonymous  petra      carla      cem        ines       marta      olaf
portal:home                               200        profile    200        200        200        200        200
portal:help                               200        200        200        200        200        200        200
portal:article                            200        200        200        200        200        200        200
portal:article-verdict                    sign-in    profile    405        405        405        405        405
portal:profile                            sign-in    200        200        200        200        200        200
portal:tokens                             sign-in    profile    200        200        200        200        200
portal:token-new                          sign-in    profile    password   password   password   password   password
portal:token-revoke                       sign-in    profile    200        404        404        404        404
portal:client-new                         sign-in    profile    password   password   password   password   password
portal:client-revoke                      sign-in    profile    200        404        404        404        404
portal:letters                            sign-in    profile    200        200        200        200        200
portal:letters-off                        sign-in    profile    200        200        200        200        200
portal:webhooks                           sign-in    profile    200        200        200        200        200
portal:webhook-add                        sign-in    profile    200        200        200        200        200
portal:webhook                            sign-in    profile    200        404        404        404        404
portal:webhook-edit                       sign-in    profile    200        404        404        404        404
portal:webhook-secret                     sign-in    profile    200        404        404        404        404
portal:webhook-remove                     sign-in    profile    200        404        404        404        404
portal:webhook-delivery                   sign-in    profile    200        404        404        404        404
portal:set-theme                          405        405        405        405        405        405        405
portal:health                             200        200        200        200        200        200        200
portal:payment-events                     405        405        405        405        405        405        405
portal:demo-mail                          404        404        404        404        404        404        404
portal:activity                           sign-in    profile    200        200        200        200        200
portal:activity-csv                       sign-in    profile    200        404        404        404        404
portal:activity-use                       sign-in    profile    200        404        404        404        404
portal:activity-use-csv                   sign-in    profile    200        404        404        404        404
portal:benefits                           sign-in    profile    200        200        200        200        200
portal:benefit-statements                 sign-in    profile    200        200        200        200        200
portal:benefit-add                        sign-in    profile    200        200        200        200        200
portal:benefit-order                      sign-in    profile    405        405        405        405        405
portal:benefit-activate                   sign-in    profile    200        200        200        200        200
portal:benefit-activate-one               sign-in    profile    200        404        404        404        404
portal:benefit-lost-ids                   sign-in    profile    200        200        200        200        200
portal:benefit                            sign-in    profile    200        200        404        404        404
portal:benefit-statement                  sign-in    profile    200        200        404        404        404
portal:benefit-seat                       sign-in    profile    200        404        404        404        404
portal:benefit-seat-limit                 sign-in    profile    200        404        404        404        404
portal:benefit-letters                    sign-in    profile    200        404        404        404        404
portal:benefit-pair                       sign-in    profile    200        404        404        404        404
portal:benefit-set-asides                 sign-in    profile    200        404        404        404        404
portal:benefit-set-aside                  sign-in    profile    200        404        404        404        404
portal:purchases                          sign-in    profile    200        200        200        200        200
portal:buy                                sign-in    profile    200        200        200        200        200
portal:buy-offer                          sign-in    profile    403        403        403        403        200
portal:cards                              sign-in    profile    200        200        200        200        200
portal:card-added                         sign-in    profile    elsewhere  elsewhere  elsewhere  elsewhere  elsewhere
portal:card-programs                      sign-in    profile    password   password   password   password   password
portal:card-remove                        sign-in    profile    404        404        404        404        200
portal:purchase                           sign-in    profile    404        404        404        404        200
portal:purchase-confirm                   sign-in    profile    404        404        404        404        200
portal:purchase-receipt                   sign-in    profile    404        404        404        404        404
portal:customers                          sign-in    profile    200        200        200        200        200
portal:customers-csv                      sign-in    profile    200        200        200        200        200
portal:customer-find                      sign-in    profile    200        200        200        200        200
portal:customer                           sign-in    profile    200        404        404        404        404
portal:customer-csv                       sign-in    profile    200        404        404        404        404
portal:customer-request-new               sign-in    profile    200        404        404        404        404
portal:opened-for-us                      sign-in    profile    200        200        200        200        200
portal:opened-for-us-csv                  sign-in    profile    200        200        200        200        200
portal:request-list                       sign-in    profile    200        200        200        200        200
portal:request-list-csv                   sign-in    profile    200        200        200        200        200
portal:request-new                        sign-in    profile    200        200        200        200        200
portal:intake-options                     sign-in    profile    200        200        200        200        200
portal:draft-list                         sign-in    profile    200        200        200        200        200
portal:draft-discard                      sign-in    profile    200        404        404        404        404
portal:draft-files                        sign-in    profile    405        405        405        405        405
portal:draft-file                         sign-in    profile    200        404        404        404        404
portal:intake                             sign-in    profile    elsewhere  404        404        404        404
portal:intake-step                        sign-in    profile    200        404        404        404        404
portal:request                            sign-in    profile    200        200        404        404        404
portal:request-seen                       sign-in    profile    405        405        405        405        405
portal:request-close                      sign-in    profile    200        200        404        404        404
portal:request-why                        sign-in    profile    200        200        404        404        404
portal:request-severity                   sign-in    profile    200        200        404        404        404
portal:request-restore                    sign-in    profile    200        200        404        404        404
portal:request-reopen                     sign-in    profile    elsewhere  elsewhere  404        404        404
portal:request-manager                    sign-in    profile    200        200        404        404        404
portal:request-sharing                    sign-in    profile    200        200        404        404        404
portal:request-contact                    sign-in    profile    200        200        404        404        404
portal:rights                              sign-in    profile    200        404        404        404        404
portal:rights-csv                          sign-in    profile    200        404        404        404        404
portal:rights-held                         sign-in    profile    404        404        404        404        404
portal:rights-held-csv                     sign-in    profile    404        404        404        404        404
portal:right                               sign-in    profile    200        404        404        404        404
portal:right-change                        sign-in    profile    200        404        404        404        404
portal:right-end                           sign-in    profile    200        404        404        404        404
portal:rights-asked                        sign-in    profile    404        404        404        404        404
portal:rights-ask                          sign-in    profile    404        404        404        404        404
portal:rights-ask-provider                 sign-in    profile    404        404        404        404        404
portal:rights-withdraw                     sign-in    profile    404        404        404        404        404
portal:rights-answer                       200        200        200        200        200        200        200
portal:colleagues                          sign-in    profile    200        404        404        404        404
portal:colleague                           sign-in    profile    200        404        404        404        404
portal:groups                              sign-in    profile    200        404        404        404        404
portal:group-new                           sign-in    profile    200        404        404        404        404
portal:group                               sign-in    profile    200        404        404        404        404
portal:group-rename                        sign-in    profile    200        404        404        404        404
portal:group-delete                        sign-in    profile    200        404        404        404        404
portal:subscriptions                       sign-in    profile    200        404        404        404        404
portal:subscription-new                    sign-in    profile    200        404        404        404        404
portal:subscription                        sign-in    profile    200        200        404        404        404
portal:subscription-end                    sign-in    profile    200        404        404        404        404
portal:subscription-role                   sign-in    profile    200        404        404        404        404
portal:customer-subscriptions              sign-in    profile    200        404        404        404        404
portal:customer-subscription-new           sign-in    profile    404        404        404        404        404
portal:invitation                         200        200        200        200        200        200        200
portal:request-files                      sign-in    profile    405        405        405        405        405
portal:request-file                       sign-in    profile    200        200        404        404        404
portal:confirmation                       sign-in    profile    200        404        404        404        404
api:reference                             200        200        200        200        200        200        200
api:reference-group                       200        200        200        200        200        200        200
api:oauth-token                           405        405        405        405        405        405        405
api:oauth-revoke                          405        405        405        405        405        405        405
api:document                              200        200        200        200        200        200        200
api:v1:products                           401        401        401        401        401        401        401
api:v1:product                            401        401        401        401        401        401        401
api:v1:programmes                         401        401        401        401        401        401        401
api:v1:severities                         401        401        401        401        401        401        401
api:v1:agreements                         401        401        401        401        401        401        401
api:v1:agreement-order                    405        405        405        405        405        405        405
api:v1:agreement                          401        401        401        401        401        401        401
api:v1:statement                          401        401        401        401        401        401        401
api:v1:eligibility                        401        401        401        401        401        401        401
api:v1:requests                           401        401        401        401        401        401        401
api:v1:request-preview                    405        405        405        405        405        405        405
api:v1:request                            401        401        401        401        401        401        401
api:v1:messages                           401        401        401        401        401        401        401
api:v1:contacts                           401        401        401        401        401        401        401
api:v1:contact                            405        405        405        405        405        405        405
api:v1:request-close                      405        405        405        405        405        405        405
api:v1:request-reopen                     405        405        405        405        405        405        405
api:v1:request-severity                   405        405        405        405        405        405        405
api:v1:request-severity-preview           405        405        405        405        405        405        405
api:v1:request-severity-restore           405        405        405        405        405        405        405
api:v1:escalations                        401        401        401        401        401        401        401
api:v1:files                              401        401        401        401        401        401        401
api:v1:file                               401        401        401        401        401        401        401
api:v1:file-content                       401        401        401        401        401        401        401
api:v1:set-asides                         401        401        401        401        401        401        401
api:v1:set-aside                          405        405        405        405        405        405        405
api:v1:set-aside-recall                   405        405        405        405        405        405        405
api:v1:customers                          401        401        401        401        401        401        401
api:v1:customer                           401        401        401        401        401        401        401
api:v1:delegations                        401        401        401        401        401        401        401
api:v1:delegation                         401        401        401        401        401        401        401
api:v1:delegation-requests                405        405        405        405        405        405        405
api:v1:delegation-request                 405        405        405        405        405        405        405
api:v1:offers                             401        401        401        401        401        401        401
api:v1:cards                              401        401        401        401        401        401        401
api:v1:purchases                          401        401        401        401        401        401        401
api:v1:purchase                           401        401        401        401        401        401        401
api:v1:purchase-preview                   405        405        405        405        405        405        405
api:v1:purchase-cancel                    405        405        405        405        405        405        405
api:v1:webhooks                           401        401        401        401        401        401        401
api:v1:webhook                            401        401        401        401        401        401        401
api:v1:deliveries                         401        401        401        401        401        401        401
api:v1:delivery                           401        401        401        401        401        401        401
api:v1:webhook-secret                     405        405        405        405        405        405        405
api:v1:webhook-test                       405        405        405        405        405        405        405
api:v1:delivery-replay                    405        405        405        405        405        405        405
api:v1:webhook-replay                     405        405        405        405        405        405        405
api:v1:api-root                           404        404        404        404        404        404        404
api:nothing                               404        404        404        404        404        404        404
desk:queue                                sign-in    404        404        404        200        200        404
desk:queue-news                           sign-in    404        404        404        204        204        404
desk:queue-export                         sign-in    404        404        404        200        200        404
desk:bulk                                 sign-in    404        404        404        405        405        404
desk:saved-replies                        sign-in    404        404        404        200        200        404
desk:saved-reply-new                      sign-in    404        404        404        200        200        404
desk:saved-reply                          sign-in    404        404        404        200        404        404
desk:saved-reply-delete                   sign-in    404        404        404        405        405        404
desk:saved-reply-restore                  sign-in    404        404        404        405        405        404
desk:filled-reply                         sign-in    404        404        404        200        404        404
desk:width                                sign-in    404        404        404        405        405        404
desk:handover                             sign-in    404        404        404        desk       desk       404
desk:palette                              sign-in    404        404        404        200        200        404
desk:agreements                           sign-in    404        404        404        404        200        404
desk:agreements-csv                       sign-in    404        404        404        404        200        404
desk:agreement                            sign-in    404        404        404        404        200        404
desk:agreement-correct                    sign-in    404        404        404        404        200        404
desk:agreement-suspension                 sign-in    404        404        404        404        200        404
desk:agreement-issue                      sign-in    404        404        404        404        200        404
desk:agreement-send                       sign-in    404        404        404        404        200        404
desk:agreement-pair                       sign-in    404        404        404        404        200        404
desk:agreement-seat-limit                 sign-in    404        404        404        404        200        404
desk:agreement-owner                      sign-in    404        404        404        404        200        404
desk:agreement-refund                     sign-in    404        404        404        404        404        404
desk:organization-issue                   sign-in    404        404        404        404        200        404
desk:issuance                             sign-in    404        404        404        404        200        404
desk:purchases                            sign-in    404        404        404        404        200        404
desk:approvals                            sign-in    404        404        404        404        200        404
desk:approval                             sign-in    404        404        404        404        200        404
desk:teams                                sign-in    404        404        404        200        200        404
desk:engineer                             sign-in    404        404        404        200        404        404
desk:agreement-seat                       sign-in    404        404        404        404        200        404
desk:organizations                        sign-in    404        404        404        404        200        404
desk:organizations-csv                    sign-in    404        404        404        404        200        404
desk:organization                         sign-in    404        404        404        404        200        404
desk:organization-contact                 sign-in    404        404        404        404        200        404
desk:enrolment-new                        sign-in    404        404        404        404        200        404
desk:enrolment                            sign-in    404        404        404        404        200        404
desk:competency-new                       sign-in    404        404        404        404        200        404
desk:competency                           sign-in    404        404        404        404        200        404
desk:kit                                  sign-in    404        404        404        404        200        404
desk:organization-activate                sign-in    404        404        404        404        200        404
desk:location-contact                     sign-in    404        404        404        404        200        404
desk:waiting-pairs                        sign-in    404        404        404        404        200        404
desk:waiting-pairs-csv                    sign-in    404        404        404        404        200        404
desk:waiting-pair-mail                    sign-in    404        404        404        404        405        404
desk:mail-log                             sign-in    404        404        404        404        200        404
desk:mail-again                           sign-in    404        404        404        404        405        404
desk:imports                              sign-in    404        404        404        404        200        404
desk:import                               sign-in    404        404        404        404        200        404
desk:import-again                         sign-in    404        404        404        404        405        404
desk:import-confirm                       sign-in    404        404        404        404        405        404
desk:import-discard                       sign-in    404        404        404        404        405        404
desk:import-mistakes-csv                  sign-in    404        404        404        404        200        404
desk:keys                                 sign-in    404        404        404        200        200        404
desk:reports                              sign-in    404        404        404        200        200        404
desk:report-csv                           sign-in    404        404        404        200        200        404
desk:undo                                 sign-in    404        404        404        405        405        404
desk:request                              sign-in    404        404        404        200        404        404
desk:request-files                        sign-in    404        404        404        405        405        404
desk:request-file                         sign-in    404        404        404        200        404        404
desk:file-removal                         sign-in    404        404        404        200        404        404
desk:note-files                           sign-in    404        404        404        405        405        404
desk:note-file                            sign-in    404        404        404        200        404        404
desk:preview                              sign-in    404        404        404        200        404        404
desk:owner                                sign-in    404        404        404        200        404        404
desk:next-engineer                        sign-in    404        404        404        200        404        404
desk:take-up                              sign-in    404        404        404        405        405        404
desk:manager                              sign-in    404        404        404        200        404        404
desk:status                               sign-in    404        404        404        200        404        404
desk:transfer                             sign-in    404        404        404        200        404        404
desk:why                                  sign-in    404        404        404        200        404        404
desk:severity                             sign-in    404        404        404        200        404        404
desk:times                                sign-in    404        404        404        200        404        404
desk:time                                 sign-in    404        404        404        200        404        404
desk:reaching                             sign-in    404        404        404        200        404        404
desk:lower                                sign-in    404        404        404        elsewhere  404        404
desk:start                                sign-in    404        404        404        200        404        404
desk:close                                sign-in    404        404        404        200        404        404
desk:reopen                               sign-in    404        404        404        elsewhere  404        404
desk:merge                                sign-in    404        404        404        200        404        404
desk:links                                sign-in    404        404        404        200        404        404
desk:contacts                             sign-in    404        404        404        200        404        404
desk:contact                              sign-in    404        404        404        200        404        404
account_login                             200        home       home       home       desk       desk       home
account_logout                            home       200        200        200        200        200        200
account_inactive                          200        200        200        200        200        200        200
account_signup                            200        home       home       home       desk       desk       home
account_reauthenticate                    sign-in    200        200        200        200        200        200
account_email                             sign-in    200        200        200        200        200        200
account_email_verification_sent           sign-in    elsewhere  elsewhere  elsewhere  elsewhere  elsewhere  elsewhere
account_change_password                   sign-in    200        200        200        200        200        200
account_set_password                      sign-in    elsewhere  elsewhere  elsewhere  elsewhere  elsewhere  elsewhere
account_reset_password                    200        200        200        200        200        200        200
account_reset_password_done               200        200        200        200        200        200        200
account_reset_password_from_key           200        200        200        200        200        200        200
account_reset_password_from_key_done      200        200        200        200        200        200        200
account_confirm_login_code                sign-in    home       home       home       desk       desk       home
mfa_index                                 sign-in    200        200        200        200        200        200
mfa_authenticate                          sign-in    home       home       home       desk       desk       home
mfa_reauthenticate                        sign-in    password   password   password   password   password   password
mfa_activate_totp                         sign-in    password   password   password   password   password   password
mfa_deactivate_totp                       sign-in    404        404        404        404        404        404
mfa_view_recovery_codes                   sign-in    404        404        404        404        404        404
mfa_generate_recovery_codes               sign-in    password   password   password   password   password   password
mfa_download_recovery_codes               sign-in    404        404        404        404        404        404
set_language                              home       home       home       home       home       home       home
admin/login/                              sign-in    403        403        403        403        elsewhere  403
admin/password_change/                    elsewhere  elsewhere  elsewhere  elsewhere  elsewhere  elsewhere  elsewhere
admin:index                               operators  operators  operators  operators  operators  200        operators
admin:search                              operators  operators  operators  operators  operators  200        operators
admin:logout                              elsewhere  elsewhere  elsewhere  elsewhere  elsewhere  405        elsewhere
admin:autocomplete                        operators  operators  operators  operators  operators  403        operators
admin:jsi18n                              operators  operators  operators  operators  operators  200        operators
admin:password_change_done                operators  operators  operators  operators  operators  200        operators
admin:view_on_site                        operators  operators  operators  operators  operators  404        operators
admin:app_list                            operators  operators  operators  operators  operators  404        operators
admin:                                    operators  operators  operators  operators  operators  404        operators
"""

SENT = """
                                          anonymous  petra      carla      cem        ines       marta      olaf
portal:home                               405        405        405        405        405        405        405
portal:help                               405        405        405        405        405        405        405
portal:article                            405        405        405        405        405        405        405
portal:article-verdict                    sign-in    profile    404        404        404        404        404
portal:profile                            sign-in    422        422        422        422        422        422
portal:tokens                             sign-in    profile    405        405        405        405        405
portal:token-new                          sign-in    profile    password   password   password   password   password
portal:token-revoke                       sign-in    profile    elsewhere  404        404        404        404
portal:client-new                         sign-in    profile    password   password   password   password   password
portal:client-revoke                      sign-in    profile    elsewhere  404        404        404        404
portal:letters                            sign-in    profile    elsewhere  elsewhere  elsewhere  elsewhere  elsewhere
portal:letters-off                        sign-in    profile    elsewhere  elsewhere  elsewhere  elsewhere  elsewhere
portal:webhooks                           sign-in    profile    405        405        405        405        405
portal:webhook-add                        sign-in    profile    422        422        422        422        422
portal:webhook                            sign-in    profile    400        404        404        404        404
portal:webhook-edit                       sign-in    profile    422        404        404        404        404
portal:webhook-secret                     sign-in    profile    400        404        404        404        404
portal:webhook-remove                     sign-in    profile    400        404        404        404        404
portal:webhook-delivery                   sign-in    profile    400        404        404        404        404
portal:set-theme                          home       home       home       home       home       home       home
portal:health                             405        405        405        405        405        405        405
portal:payment-events                     400        400        400        400        400        400        400
portal:demo-mail                          405        405        405        405        405        405        405
portal:activity                           sign-in    profile    405        405        405        405        405
portal:activity-csv                       sign-in    profile    405        405        405        405        405
portal:activity-use                       sign-in    profile    405        405        405        405        405
portal:activity-use-csv                   sign-in    profile    405        405        405        405        405
portal:benefits                           sign-in    profile    405        405        405        405        405
portal:benefit-statements                 sign-in    profile    405        405        405        405        405
portal:benefit-add                        sign-in    profile    422        422        422        422        422
portal:benefit-order                      sign-in    profile    400        400        400        400        400
portal:benefit-activate                   sign-in    profile    422        422        422        422        422
portal:benefit-activate-one               sign-in    profile    elsewhere  404        404        404        404
portal:benefit-lost-ids                   sign-in    profile    400        400        400        400        400
portal:benefit                            sign-in    profile    405        405        405        405        405
portal:benefit-statement                  sign-in    profile    405        405        405        405        405
portal:benefit-seat                       sign-in    profile    400        404        404        404        404
portal:benefit-seat-limit                 sign-in    profile    422        404        404        404        404
portal:benefit-set-asides                 sign-in    profile    422        404        404        404        404
portal:benefit-set-aside                  sign-in    profile    422        404        404        404        404
portal:benefit-letters                    sign-in    profile    422        404        404        404        404
portal:benefit-pair                       sign-in    profile    400        404        404        404        404
portal:purchases                          sign-in    profile    405        405        405        405        405
portal:buy                                sign-in    profile    405        405        405        405        405
portal:buy-offer                          sign-in    profile    403        403        403        403        422
portal:cards                              sign-in    profile    403        403        403        403        422
portal:card-added                         sign-in    profile    elsewhere  elsewhere  elsewhere  elsewhere  elsewhere
portal:card-programs                      sign-in    profile    password   password   password   password   password
portal:card-remove                        sign-in    profile    404        404        404        404        422
portal:purchase                           sign-in    profile    404        404        404        404        elsewhere
portal:purchase-confirm                   sign-in    profile    404        404        404        404        elsewhere
portal:purchase-receipt                   sign-in    profile    405        405        405        405        405
portal:customers                          sign-in    profile    405        405        405        405        405
portal:customers-csv                      sign-in    profile    405        405        405        405        405
portal:customer-find                      sign-in    profile    422        422        422        422        422
portal:customer                           sign-in    profile    405        405        405        405        405
portal:customer-csv                       sign-in    profile    405        405        405        405        405
portal:customer-request-new               sign-in    profile    422        404        404        404        404
portal:opened-for-us                      sign-in    profile    405        405        405        405        405
portal:opened-for-us-csv                  sign-in    profile    405        405        405        405        405
portal:request-list                       sign-in    profile    405        405        405        405        405
portal:request-list-csv                   sign-in    profile    405        405        405        405        405
portal:request-new                        sign-in    profile    422        422        422        422        422
portal:intake-options                     sign-in    profile    405        405        405        405        405
portal:draft-list                         sign-in    profile    405        405        405        405        405
portal:draft-discard                      sign-in    profile    elsewhere  404        404        404        404
portal:draft-files                        sign-in    profile    422        404        404        404        404
portal:draft-file                         sign-in    profile    405        405        405        405        405
portal:intake                             sign-in    profile    405        405        405        405        405
portal:intake-step                        sign-in    profile    422        404        404        404        404
portal:request                            sign-in    profile    422        422        404        404        404
portal:request-seen                       sign-in    profile    204        204        404        404        404
portal:request-close                      sign-in    profile    422        422        404        404        404
portal:request-why                        sign-in    profile    405        405        405        405        405
portal:request-severity                   sign-in    profile    422        422        404        404        404
portal:request-restore                    sign-in    profile    422        422        404        404        404
portal:request-reopen                     sign-in    profile    elsewhere  elsewhere  404        404        404
portal:request-manager                    sign-in    profile    422        422        404        404        404
portal:request-sharing                    sign-in    profile    422        422        404        404        404
portal:request-contact                    sign-in    profile    400        400        404        404        404
portal:rights                              sign-in    profile    405        405        405        405        405
portal:rights-csv                          sign-in    profile    405        405        405        405        405
portal:rights-held                         sign-in    profile    405        405        405        405        405
portal:rights-held-csv                     sign-in    profile    405        405        405        405        405
portal:right                               sign-in    profile    405        405        405        405        405
portal:right-change                        sign-in    profile    422        404        404        404        404
portal:right-end                           sign-in    profile    elsewhere  404        404        404        404
portal:rights-asked                        sign-in    profile    405        405        405        405        405
portal:rights-ask                          sign-in    profile    404        404        404        404        404
portal:rights-ask-provider                 sign-in    profile    405        405        405        405        405
portal:rights-withdraw                     sign-in    profile    404        404        404        404        404
portal:rights-answer                       404        404        400        404        404        404        404
portal:colleagues                          sign-in    profile    405        405        405        405        405
portal:colleague                           sign-in    profile    400        404        404        404        404
portal:groups                              sign-in    profile    405        405        405        405        405
portal:group-new                           sign-in    profile    422        404        404        404        404
portal:group                               sign-in    profile    400        404        404        404        404
portal:group-rename                        sign-in    profile    422        404        404        404        404
portal:group-delete                        sign-in    profile    elsewhere  404        404        404        404
portal:subscriptions                       sign-in    profile    405        405        405        405        405
portal:subscription-new                    sign-in    profile    422        404        404        404        404
portal:subscription                        sign-in    profile    422        422        404        404        404
portal:subscription-end                    sign-in    profile    elsewhere  404        404        404        404
portal:subscription-role                   sign-in    profile    400        404        404        404        404
portal:customer-subscriptions              sign-in    profile    405        405        405        405        405
portal:customer-subscription-new           sign-in    profile    404        404        404        404        404
portal:invitation                         400        400        400        400        400        400        400
portal:request-files                      sign-in    profile    elsewhere  elsewhere  404        404        404
portal:request-file                       sign-in    profile    405        405        405        405        405
portal:confirmation                       sign-in    profile    405        405        405        405        405
api:reference                             405        405        405        405        405        405        405
api:reference-group                       405        405        405        405        405        405        405
api:oauth-token                           400        400        400        400        400        400        400
api:oauth-revoke                          400        400        400        400        400        400        400
api:document                              405        405        405        405        405        405        405
api:v1:products                           405        405        405        405        405        405        405
api:v1:product                            405        405        405        405        405        405        405
api:v1:programmes                         405        405        405        405        405        405        405
api:v1:severities                         405        405        405        405        405        405        405
api:v1:agreements                         401        401        401        401        401        401        401
api:v1:agreement-order                    405        405        405        405        405        405        405
api:v1:agreement                          405        405        405        405        405        405        405
api:v1:statement                          405        405        405        405        405        405        405
api:v1:eligibility                        405        405        405        405        405        405        405
api:v1:requests                           401        401        401        401        401        401        401
api:v1:request-preview                    401        401        401        401        401        401        401
api:v1:request                            405        405        405        405        405        405        405
api:v1:messages                           401        401        401        401        401        401        401
api:v1:contacts                           401        401        401        401        401        401        401
api:v1:contact                            405        405        405        405        405        405        405
api:v1:request-close                      401        401        401        401        401        401        401
api:v1:request-reopen                     401        401        401        401        401        401        401
api:v1:request-severity                   401        401        401        401        401        401        401
api:v1:request-severity-preview           401        401        401        401        401        401        401
api:v1:request-severity-restore           401        401        401        401        401        401        401
api:v1:escalations                        401        401        401        401        401        401        401
api:v1:files                              401        401        401        401        401        401        401
api:v1:file                               405        405        405        405        405        405        405
api:v1:file-content                       405        405        405        405        405        405        405
api:v1:set-asides                         401        401        401        401        401        401        401
api:v1:set-aside                          405        405        405        405        405        405        405
api:v1:set-aside-recall                   401        401        401        401        401        401        401
api:v1:customers                          405        405        405        405        405        405        405
api:v1:customer                           405        405        405        405        405        405        405
api:v1:delegations                        405        405        405        405        405        405        405
api:v1:delegation                         405        405        405        405        405        405        405
api:v1:delegation-requests                401        401        401        401        401        401        401
api:v1:delegation-request                 405        405        405        405        405        405        405
api:v1:offers                             405        405        405        405        405        405        405
api:v1:cards                              405        405        405        405        405        405        405
api:v1:purchases                          401        401        401        401        401        401        401
api:v1:purchase                           405        405        405        405        405        405        405
api:v1:purchase-preview                   401        401        401        401        401        401        401
api:v1:purchase-cancel                    401        401        401        401        401        401        401
api:v1:webhooks                           401        401        401        401        401        401        401
api:v1:webhook                            405        405        405        405        405        405        405
api:v1:deliveries                         405        405        405        405        405        405        405
api:v1:delivery                           405        405        405        405        405        405        405
api:v1:webhook-secret                     401        401        401        401        401        401        401
api:v1:webhook-test                       401        401        401        401        401        401        401
api:v1:delivery-replay                    401        401        401        401        401        401        401
api:v1:webhook-replay                     401        401        401        401        401        401        401
api:v1:api-root                           404        404        404        404        404        404        404
api:nothing                               404        404        404        404        404        404        404
desk:queue                                sign-in    404        404        404        405        405        404
desk:queue-news                           sign-in    404        404        404        405        405        404
desk:queue-export                         sign-in    404        404        404        405        405        404
desk:bulk                                 sign-in    404        404        404        desk       desk       404
desk:saved-replies                        sign-in    404        404        404        405        405        404
desk:saved-reply-new                      sign-in    404        404        404        422        422        404
desk:saved-reply                          sign-in    404        404        404        422        404        404
desk:saved-reply-delete                   sign-in    404        404        404        elsewhere  404        404
desk:saved-reply-restore                  sign-in    404        404        404        elsewhere  404        404
desk:filled-reply                         sign-in    404        404        404        405        405        404
desk:width                                sign-in    404        404        404        desk       desk       404
desk:handover                             sign-in    404        404        404        desk       desk       404
desk:palette                              sign-in    404        404        404        405        405        404
desk:agreements                           sign-in    404        404        404        404        405        404
desk:agreements-csv                       sign-in    404        404        404        404        405        404
desk:agreement                            sign-in    404        404        404        404        405        404
desk:agreement-correct                    sign-in    404        404        404        404        422        404
desk:agreement-suspension                 sign-in    404        404        404        404        422        404
desk:agreement-issue                      sign-in    404        404        404        404        422        404
desk:agreement-send                       sign-in    404        404        404        404        422        404
desk:agreement-pair                       sign-in    404        404        404        404        422        404
desk:agreement-seat-limit                 sign-in    404        404        404        404        422        404
desk:agreement-owner                      sign-in    404        404        404        404        422        404
desk:agreement-refund                     sign-in    404        404        404        404        404        404
desk:organization-issue                   sign-in    404        404        404        404        422        404
desk:issuance                             sign-in    404        404        404        404        elsewhere  404
desk:purchases                            sign-in    404        404        404        404        405        404
desk:approvals                            sign-in    404        404        404        404        405        404
desk:approval                             sign-in    404        404        404        404        elsewhere  404
desk:teams                                sign-in    404        404        404        405        405        404
desk:engineer                             sign-in    404        404        404        200        404        404
desk:agreement-seat                       sign-in    404        404        404        404        422        404
desk:organizations                        sign-in    404        404        404        404        405        404
desk:organizations-csv                    sign-in    404        404        404        404        405        404
desk:organization                         sign-in    404        404        404        404        405        404
desk:organization-contact                 sign-in    404        404        404        404        elsewhere  404
desk:enrolment-new                        sign-in    404        404        404        404        422        404
desk:enrolment                            sign-in    404        404        404        404        422        404
desk:competency-new                       sign-in    404        404        404        404        422        404
desk:competency                           sign-in    404        404        404        404        422        404
desk:kit                                  sign-in    404        404        404        404        422        404
desk:organization-activate                sign-in    404        404        404        404        422        404
desk:location-contact                     sign-in    404        404        404        404        elsewhere  404
desk:waiting-pairs                        sign-in    404        404        404        404        405        404
desk:waiting-pairs-csv                    sign-in    404        404        404        404        405        404
desk:waiting-pair-mail                    sign-in    404        404        404        404        404        404
desk:mail-log                             sign-in    404        404        404        404        405        404
desk:mail-again                           sign-in    404        404        404        404        elsewhere  404
desk:imports                              sign-in    404        404        404        404        422        404
desk:import                               sign-in    404        404        404        404        405        404
desk:import-again                         sign-in    404        404        404        404        422        404
desk:import-confirm                       sign-in    404        404        404        404        422        404
desk:import-discard                       sign-in    404        404        404        404        elsewhere  404
desk:import-mistakes-csv                  sign-in    404        404        404        404        405        404
desk:keys                                 sign-in    404        404        404        405        405        404
desk:reports                              sign-in    404        404        404        405        405        404
desk:report-csv                           sign-in    404        404        404        405        405        404
desk:undo                                 sign-in    404        404        404        desk       desk       404
desk:request                              sign-in    404        404        404        422        404        404
desk:request-files                        sign-in    404        404        404        422        404        404
desk:request-file                         sign-in    404        404        404        405        405        404
desk:file-removal                         sign-in    404        404        404        elsewhere  404        404
desk:note-files                           sign-in    404        404        404        422        404        404
desk:note-file                            sign-in    404        404        404        405        405        404
desk:preview                              sign-in    404        404        404        405        405        404
desk:owner                                sign-in    404        404        404        422        404        404
desk:next-engineer                        sign-in    404        404        404        422        404        404
desk:take-up                              sign-in    404        404        404        elsewhere  404        404
desk:manager                              sign-in    404        404        404        422        404        404
desk:status                               sign-in    404        404        404        422        404        404
desk:transfer                             sign-in    404        404        404        422        404        404
desk:why                                  sign-in    404        404        404        405        405        404
desk:severity                             sign-in    404        404        404        422        404        404
desk:times                                sign-in    404        404        404        422        404        404
desk:time                                 sign-in    404        404        404        422        404        404
desk:reaching                             sign-in    404        404        404        422        404        404
desk:lower                                sign-in    404        404        404        422        404        404
desk:start                                sign-in    404        404        404        422        404        404
desk:close                                sign-in    404        404        404        422        404        404
desk:reopen                               sign-in    404        404        404        422        404        404
desk:merge                                sign-in    404        404        404        422        404        404
desk:links                                sign-in    404        404        404        422        404        404
desk:contacts                             sign-in    404        404        404        422        404        404
desk:contact                              sign-in    404        404        404        elsewhere  404        404
account_login                             200        home       home       home       desk       desk       home
account_logout                            home       home       home       home       home       home       home
account_inactive                          405        405        405        405        405        405        405
account_signup                            200        home       home       home       desk       desk       home
account_reauthenticate                    sign-in    200        200        200        200        200        200
account_email                             sign-in    elsewhere  elsewhere  elsewhere  elsewhere  elsewhere  elsewhere
account_email_verification_sent           sign-in    elsewhere  elsewhere  elsewhere  elsewhere  elsewhere  elsewhere
account_change_password                   sign-in    200        200        200        200        200        200
account_set_password                      sign-in    elsewhere  elsewhere  elsewhere  elsewhere  elsewhere  elsewhere
account_reset_password                    200        200        200        200        200        200        200
account_reset_password_done               405        405        405        405        405        405        405
account_reset_password_from_key           200        200        200        200        200        200        200
account_reset_password_from_key_done      405        405        405        405        405        405        405
account_confirm_login_code                sign-in    home       home       home       desk       desk       home
mfa_index                                 sign-in    405        405        405        405        405        405
mfa_authenticate                          sign-in    home       home       home       desk       desk       home
mfa_reauthenticate                        sign-in    password   password   password   password   password   password
mfa_activate_totp                         sign-in    password   password   password   password   password   password
mfa_deactivate_totp                       sign-in    404        404        404        404        404        404
mfa_view_recovery_codes                   sign-in    405        405        405        405        405        405
mfa_generate_recovery_codes               sign-in    password   password   password   password   password   password
mfa_download_recovery_codes               sign-in    404        404        404        404        404        404
set_language                              home       home       home       home       home       home       home
admin/login/                              405        405        405        405        405        405        405
admin/password_change/                    elsewhere  elsewhere  elsewhere  elsewhere  elsewhere  elsewhere  elsewhere
admin:index                               operators  operators  operators  operators  operators  200        operators
admin:search                              operators  operators  operators  operators  operators  200        operators
admin:logout                              elsewhere  elsewhere  elsewhere  elsewhere  elsewhere  home       elsewhere
admin:autocomplete                        operators  operators  operators  operators  operators  405        operators
admin:jsi18n                              operators  operators  operators  operators  operators  405        operators
admin:password_change_done                operators  operators  operators  operators  operators  405        operators
admin:view_on_site                        operators  operators  operators  operators  operators  404        operators
admin:app_list                            operators  operators  operators  operators  operators  404        operators
admin:                                    operators  operators  operators  operators  operators  404        operators
"""

# Never reached: the addresses before them answer in their place.
_HIDDEN = {"admin:login", "admin:password_change"}
_PLACES = {
    "/": "home",
    "/desk/": "desk",
    "/profile/": "profile",
    "/accounts/login/": "sign-in",
    "/accounts/reauthenticate/": "password",
    "/admin/login/": "operators",
}
_PARAMETER = re.compile(r"[(]?[?]?P?<(?:\w+:)?(\w+)>")

pytestmark = pytest.mark.django_db


def patterns() -> Iterator[tuple[str, str, list[str]]]:
    """Every pattern of the project: its name (the address where it has none), address, and the parameters in it."""

    def below(resolver: URLResolver, address: str, space: str) -> Iterator[tuple[str, str, list[str]]]:
        for each in resolver.url_patterns:
            here = address + str(each.pattern)
            if isinstance(each, URLPattern):
                name = f"{space}{each.name or ''}"
                yield name or here, here, _PARAMETER.findall(here)
            else:
                yield from below(each, here, f"{space}{each.namespace}:" if each.namespace else space)

    return below(get_resolver(), "", "")


def is_table_of_the_administration(address: str) -> bool:
    """Whether the address belongs to one table of the administration, such as admin/catalog/product/add/."""
    return bool(re.match(r"admin/(?!password_change)\w+/\w+/", address))


def rows(table: str) -> dict[str, list[str]]:
    head, *lines = (line.split() for line in table.strip().splitlines())
    assert tuple(head) == VISITORS
    return {name: cells for name, *cells in lines}


@pytest.fixture
def addresses(tmp_path: Path, settings: LazySettings) -> dict[str, str]:
    """The address of every row in a house where something has happened."""
    world.catalogue()
    for name in VISITORS:
        if name != ANONYMOUS:
            account(name)
    world.team("support", "ines")
    world.team("billing", "marta")
    world.team("service-centre", "marta")
    at = timezone.now()
    carla, cem = world.viewer("carla"), world.viewer("cem")
    agreement = world.agreement(owner="carla", registered=["carla", "cem"])
    draft_id = ready(carla, agreement.id, at=at)
    sent = ready(carla, agreement.id, at=at, share=(Person("Cem Kowalski", cem.email),))
    file_of_draft = put(Place(draft_id=draft_id), carla, at=at)
    file_of_request = put(Place(draft_id=sent), carla, at=at)
    number = submit(sent, terms_accepted=True, actor=carla, at=at).number
    (tmp_path / "100.md").write_text(
        "---\nnumber: 100\nrevision: 1\nlast_reviewed_on: 2026-10-01\ntitle: One\nsummary: Two\n---\nThree\n"
    )
    load(tmp_path, at=at)
    endpoint = endpoints.add_endpoint(
        "https://hooks.example.com/", description="", events=["request.opened"], actor=carla, at=at
    )
    invited = add_contact(number, Person("Eleni", "eleni@mail.example"), actor=carla, at=at).contact_id
    letter = invitation_letter(invited)
    assert letter is not None
    world.administrator("carla")
    delegation_id = world.delegation("rafael", "carla", "submit", "read", at=at)
    link = ask(Wish(frozenset({"read"}), 0, 30, "direct"), actor=world.administrator("rafael"), at=at)
    subscription = world.subscription("carla")
    group_id = create_group("Desk", actor=world.viewer("carla"), at=at)
    of_rights: dict[str, Any] = {
        "token": link.token,
        "delegation_id": delegation_id,
        "asked_id": link.request_id,
        "account_id": carla.account_id,
        "group_id": group_id,
        "subscription_id": subscription.pk,
        "assignment_id": world.role_on(subscription, "cem", "reader").pk,
    }
    Enrolment.objects.create(
        organization_id=carla.organization_id,
        level="action-pack",
        renewed_on=at.date(),
        ends_on=at.date() + timedelta(days=364),
    )
    settings.PAYMENT_PROVIDER = SANDBOX
    bought = buy("asks", at=at)
    place = Location.objects.create(organization_id=carla.organization_id, name="Piraeus", country="GR")
    competency = Competency.objects.create(location=place, name="Cloud", earned_on=at.date())
    written = AdvisoryTime.objects.create(
        case_id=number,
        consultant=world.person("ines"),
        day=at.date(),
        minutes=30,
        note="Sizing",
        written_at=at,
        key=new_key(),
    )
    known: dict[str, Any] = {
        "offer": "single-incident",
        "programme_code": "action-pack-support-10",
        "card_id": bought.card_id,
        "purchase_id": bought.pk,
        "number": 100,
        "time_id": written.pk,
        "agreement_id": agreement.id,
        "delegation_id": delegation_id,
        "request_id": 1,
        "set_aside_id": set_aside(
            agreement.id,
            world.relationship("carla", "cem").customer_id,
            units=2,
            most_units=None,
            key="known",
            actor=carla,
            at=at,
        ),
        "customer_id": world.organization_of("cem"),
        "registration_id": Registration.objects.get(agreement_id=agreement.id, account_id=cem.account_id).pk,
        "draft_id": draft_id,
        "file_id": file_of_draft,
        "contact_id": Contact.objects.get(case_id=number, email=cem.email).pk,
        "reply_id": keep_reply(
            None,
            name="Thanks",
            texts={"en": "Thank you, {name}."},
            team_id=world.team("support").pk,
            seen=None,
            actor=world.viewer("ines"),
            at=at,
        ),
        "organization_id": carla.organization_id,
        "location_id": place.pk,
        "enrolment_id": Enrolment.objects.create(
            organization_id=carla.organization_id,
            level="gold",
            renewed_on=at.date(),
            ends_on=at.date() + timedelta(days=364),
        ).pk,
        "competency_id": competency.pk,
        "programme": "competency-kit-support-5",
        "mail_id": OutgoingMail.objects.create(
            key="known",
            kind="agreement-registered",
            to_address=carla.email,
            language="en",
            subject="Added",
            text="…",
            message_id="<known@pactdesk.example>",
            state="parked",
            created_at=at,
        ).pk,
        "import_id": bring(
            table({"programme": "?"}).encode(), "ledger.csv", Options(), actor=world.viewer("marta"), at=at
        ),
        "correction_id": corrections.ask(
            agreement.id,
            Change("add", 50),
            reason="Agreed",
            key=uuid4(),
            actor=world.viewer("marta"),
            at=at,
        ).correction_id,
        "issuance_id": issuing.ask(
            WantedAgreement("gold-partner-support-20", None, carla.account_id, 50, at.date()),
            reason="Agreed",
            key=uuid4(),
            actor=world.viewer("marta"),
            at=at,
        ).issuance_id,
        "kind": "adjust",
        "step": "problem",
        "choice": "answers",
        "code": "load",
        "endpoint_id": endpoint.endpoint_id,
        "webhook_id": endpoint.endpoint_id,
        "delivery_id": endpoints.send_test(endpoint.endpoint_id, actor=carla, at=at),
        "uidb36": "1",
        "key": "wrong-key",
        "app_label": "catalog",
        "content_type_id": 1,
        "object_id": 1,
        "url": "nowhere/",
        "account_id": account("ines").pk,
        "token_id": issue_token("CI", scopes=SCOPES, days=30, actor=carla, at=at).token_id,
        "client_id": issue_client("CI", scopes=SCOPES, actor=carla, at=at).client_id,
        "product": "windows-server",
        "provider": "sandbox",
        "token": letter.token,
        "tag": "requests",
        "rest": "nowhere",
    }
    found = {}
    for name, address, parameters in patterns():
        if name in _HIDDEN or is_table_of_the_administration(address):
            continue
        about_rights = address.startswith(("rights/", "subscriptions/"))
        values = {
            parameter: {**known, **of_rights}[parameter]
            if about_rights
            else {**of_rights, **known}[parameter]
            for parameter in parameters
        }
        if address.startswith(("requests/<str:number>", "desk/requests/<str:number>")):
            values["number"] = f"PD-{number}"
            values.update({"file_id": file_of_request} if "file_id" in values else {})
        if name == "admin:":
            found[name] = "/admin/nowhere/"
        else:
            found[name] = reverse(name, kwargs=values) if name != address else f"/{address}"
    return found


class House:
    """Everybody at the doors, each with one browser; every visit finds the house as it was at first."""

    def __init__(self, **about: Any) -> None:
        self.clients = {name: visitor(name, **about) for name in VISITORS}

    def visit(self, name: str, method: str, address: str) -> HttpResponse:
        client = self.clients[name]
        cookies = deepcopy(client.cookies)
        before = transaction.savepoint()
        try:
            response: HttpResponse = getattr(client, method.lower())(address)
            return response
        finally:
            transaction.savepoint_rollback(before)
            client.cookies = cookies


def answer(response: HttpResponse) -> str:
    if response.status_code in {301, 302}:
        return _PLACES.get(urlsplit(response["Location"]).path, "elsewhere")
    return str(response.status_code)


@pytest.mark.req("REQ-1", "IDN-1")
def test_every_url_opens_to_everybody_as_the_table_says_and_opening_it_changes_nothing(
    addresses: dict[str, str],
) -> None:
    expected = rows(OPENED)
    assert set(addresses) == set(expected)
    clients = {who: visitor(who) for who in VISITORS}
    wrong, before = [], fingerprints()
    for at, (who, client) in enumerate(clients.items()):
        for name, address in addresses.items():
            if (found := answer(client.get(address))) != expected[name][at]:
                wrong.append(f"{who} at {name}: {found}, not {expected[name][at]}")
            if who in ("carla", "marta"):  # who may open the most on either side
                client.head(address)
        after = fingerprints()
        wrong.extend(f"{who} changes {table}" for table in before if after[table] != before[table])
        before = after
    assert not wrong, "\n".join(wrong)


@pytest.mark.req("REQ-1", "IDN-1")
def test_what_is_sent_to_every_url_is_answered_as_the_table_says(addresses: dict[str, str]) -> None:
    house = House()
    expected = rows(SENT)
    assert set(addresses) == set(expected)
    wrong = [
        f"{who} at {name}: {found}, not {told}"
        for name, address in addresses.items()
        for who, told in zip(VISITORS, expected[name], strict=True)
        if (found := answer(house.visit(who, "POST", address))) != told
    ]
    assert not wrong, "\n".join(wrong)


def _reads_no_cookies(address: str) -> bool:
    """Whether nobody can be made to send something there, because being signed in counts for nothing."""
    return address.startswith(("/api/v1/", "/api/oauth/", "/payments/events/"))


def test_the_tables_of_the_administration_are_closed_to_everybody_without_rights() -> None:
    house = House()
    wrong = []
    for _name, address, parameters in patterns():
        if is_table_of_the_administration(address):
            for parameter in parameters:
                address = re.sub(rf"<(\w+:)?{parameter}>", "1", address)
            for who in (ANONYMOUS, "carla", "marta"):
                found = answer(house.visit(who, "GET", f"/{address}"))
                if found not in ({"403", "404", "elsewhere"} if who == "marta" else {"operators"}):
                    wrong.append(f"{who} at {address}: {found}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.req("REQ-1")
@pytest.mark.parametrize("who", ["carla", "olaf", "marta"])
def test_what_belongs_to_others_looks_like_what_does_not_exist(who: str, addresses: dict[str, str]) -> None:
    """Not a word, not a byte tells a stranger that a number is in use."""
    client = visitor(who)
    mine = world.agreement(owner="nora", registered=["nora"])
    seat_of_nora = Registration.objects.get(agreement_id=mine.id).pk
    nora = world.viewer("nora")
    draft = ready(nora, mine.id, at=timezone.now())
    file_of_draft = put(Place(draft_id=draft), nora, at=timezone.now())
    sent = ready(nora, mine.id, at=timezone.now())
    file_of_request = put(Place(draft_id=sent), nora, at=timezone.now())
    number = submit(sent, terms_accepted=True, actor=nora, at=timezone.now()).number
    place_of_nora = Contact.objects.get(case_id=number).pk
    customer = world.relationship("nora", "rafael").customer_id
    own = world.agreement(owner=who, registered=[who])
    own_draft = ready(world.viewer(who), own.id, at=timezone.now())
    sent_by_me = ready(world.viewer(who), own.id, at=timezone.now())
    own_number = submit(sent_by_me, terms_accepted=True, actor=world.viewer(who), at=timezone.now()).number
    hook = endpoints.add_endpoint(
        "https://hooks.example.com/", description="", events=["request.opened"], actor=nora, at=timezone.now()
    ).endpoint_id
    delivery = endpoints.send_test(hook, actor=nora, at=timezone.now())
    for name, theirs, nobodys in (
        ("portal:benefit", {"agreement_id": mine.id}, {"agreement_id": absent(mine.id)}),
        ("portal:benefit-statement", {"agreement_id": mine.id}, {"agreement_id": absent(mine.id)}),
        (
            "portal:benefit-seat",
            {"agreement_id": mine.id, "registration_id": seat_of_nora},
            {"agreement_id": absent(mine.id), "registration_id": seat_of_nora},
        ),
        ("portal:benefit-seat-limit", {"agreement_id": mine.id}, {"agreement_id": absent(mine.id)}),
        ("portal:benefit-letters", {"agreement_id": mine.id}, {"agreement_id": absent(mine.id)}),
        ("portal:benefit-pair", {"agreement_id": mine.id}, {"agreement_id": absent(mine.id)}),
        ("portal:customer", {"customer_id": customer}, {"customer_id": absent(customer)}),
        ("portal:customer-csv", {"customer_id": customer}, {"customer_id": absent(customer)}),
        ("portal:customer-request-new", {"customer_id": customer}, {"customer_id": absent(customer)}),
        ("portal:intake", {"draft_id": draft}, {"draft_id": new_key()}),
        (
            "portal:intake-step",
            {"draft_id": draft, "step": "support"},
            {"draft_id": new_key(), "step": "support"},
        ),
        ("portal:draft-discard", {"draft_id": draft}, {"draft_id": new_key()}),
        (
            "portal:draft-file",
            {"draft_id": draft, "file_id": file_of_draft},
            {"draft_id": new_key(), "file_id": new_key()},
        ),
        (
            "portal:draft-file",
            {"draft_id": own_draft, "file_id": file_of_draft},
            {"draft_id": own_draft, "file_id": new_key()},
        ),
        (
            "portal:request-file",
            {"number": f"PD-{number}", "file_id": file_of_request},
            {"number": f"PD-{absent(number)}", "file_id": new_key()},
        ),
        (
            "portal:request-file",
            {"number": f"PD-{own_number}", "file_id": file_of_request},
            {"number": f"PD-{own_number}", "file_id": new_key()},
        ),
        *(
            (name, {"number": f"PD-{number}"}, {"number": f"PD-{absent(number)}"})
            for name in (
                "portal:request",
                "portal:request-close",
                "portal:request-reopen",
                "portal:request-sharing",
            )
        ),
        (
            "portal:request-contact",
            {"number": f"PD-{number}", "contact_id": place_of_nora},
            {"number": f"PD-{absent(number)}", "contact_id": place_of_nora},
        ),
        (
            "portal:request-contact",
            {"number": f"PD-{own_number}", "contact_id": place_of_nora},
            {"number": f"PD-{own_number}", "contact_id": absent(place_of_nora)},
        ),
        ("portal:confirmation", {"number": f"PD-{number}"}, {"number": f"PD-{absent(number)}"}),
        ("portal:webhook", {"endpoint_id": hook}, {"endpoint_id": absent(hook)}),
        ("portal:webhook-edit", {"endpoint_id": hook}, {"endpoint_id": absent(hook)}),
        ("portal:webhook-secret", {"endpoint_id": hook}, {"endpoint_id": absent(hook)}),
        ("portal:webhook-remove", {"endpoint_id": hook}, {"endpoint_id": absent(hook)}),
        (
            "portal:webhook-delivery",
            {"endpoint_id": hook, "delivery_id": delivery},
            {"endpoint_id": hook, "delivery_id": absent(delivery)},
        ),
    ):
        answers = [client.get(reverse(name, kwargs=kwargs)) for kwargs in (theirs, nobodys)]
        assert [each.status_code for each in answers] == [404, 404], name
        assert len(answers[0].content) == len(answers[1].content), name
        assert answers[0].headers.keys() == answers[1].headers.keys(), name


def absent(number: int) -> int:
    """A number with as many digits that nothing has: not even what was made just after."""
    highest = int("9" * len(str(number)))
    return highest if number + 2 < highest else highest - 5


def fingerprints() -> dict[str, str]:
    """For each table a number that changes with any of its rows. What a sign-in remembers between two pages, and how
    often somebody knocked, is not what the house keeps for people."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor)) - {"accounts_session", "cache"}
        assert len(tables) > 25
        found = {}
        for table in sorted(tables):
            cursor.execute(f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" t')
            found[table] = cursor.fetchone()[0]
    return found


@pytest.mark.parametrize("htmx", [False, True], ids=["form", "htmx"])
def test_nothing_is_sent_without_a_token_against_forgery(htmx: bool, addresses: dict[str, str]) -> None:
    house = House(enforce_csrf_checks=True, **({"headers": {"HX-Request": "true"}} if htmx else {}))
    before = fingerprints()
    wrong = [
        f"{who} at {name}"
        for name, address in addresses.items()
        for who in (("carla",) if htmx else (ANONYMOUS, "carla", "marta"))
        if not _reads_no_cookies(address) and answer(house.visit(who, "POST", address)) != "403"
    ]
    assert not wrong, "\n".join(wrong)
    assert fingerprints() == before


@override_settings(DEMO=True)
def test_in_a_demonstration_everybody_may_read_the_mails(addresses: dict[str, str]) -> None:
    house = House()
    assert {
        who: answer(house.visit(who, "GET", addresses["portal:demo-mail"])) for who in VISITORS
    } == dict.fromkeys(VISITORS, "200")


def test_an_address_that_nobody_has_made_is_a_page_that_cannot_be_found() -> None:
    house = House()
    for who in VISITORS:
        response = house.visit(who, "GET", "/nowhere/")
        assert response.status_code == 404
        assert b"We cannot find this page" in response.content

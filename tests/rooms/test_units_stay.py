"""What the agreements of a programme count can no longer become something else: their ledgers say numbers only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from pactdesk.catalog import models, queries, services
from pactdesk.catalog.services import CatalogMistakes
from pactdesk.kernel.database import constraint_of
from tests import world
from tests.catalogues import written
from tests.racing import behind, outcome

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOURS = "partner-advisory-hours-20"


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    queries.forget()
    yield
    queries.forget()


def catalogue_counting(unit: str, folder: Path) -> Path:
    """The example catalogue, whose programme of advisory hours counts something else."""
    text = world.CATALOGUE.read_text()
    changed = re.sub(rf"(\n  {HOURS}:\n(?:    .*\n)*?    unit: )\w+", rf"\g<1>{unit}", text)
    assert changed != text
    return written(folder, changed)


def count_incidents() -> int:
    return models.Programme.objects.filter(code=HOURS).update(unit="incident")


@pytest.mark.django_db
@pytest.mark.req("AGR-10")
def test_the_unit_of_a_programme_changes_only_as_long_as_nothing_counts_it(tmp_path: Path) -> None:
    world.catalogue()
    operator = Client()
    operator.force_login(world.person("olaf", is_staff=True, is_superuser=True))
    programme = models.Programme.objects.get(code=HOURS)
    page = reverse("admin:catalog_programme_change", args=[programme.pk])
    file = catalogue_counting("incident", tmp_path)
    assert [change.noun for change in services.plan(file, at=NOW).changes] == ["programme"]
    assert 'name="unit"' in operator.get(page).content.decode()
    assert count_incidents() == 1
    programme.save()

    world.agreement(HOURS, at=NOW)
    for verb in (lambda: services.plan(file, at=NOW), lambda: services.apply(file, actor_id=None, at=NOW)):
        with pytest.raises(CatalogMistakes) as refused:
            verb()
        (mistake,) = refused.value.mistakes
        assert mistake.path == f"programmes.{HOURS}.unit"
        assert mistake.expected == "advisory_hour, since agreements count it; add another programme instead"
        assert (mistake.got, mistake.line > 1) == ("'incident'", True)
    assert 'name="unit"' not in operator.get(page).content.decode()
    with pytest.raises(IntegrityError) as guarded, transaction.atomic():
        count_incidents()
    assert constraint_of(guarded.value) == "programme_unit_stays"
    models.Programme.objects.filter(code=HOURS).update(unit="advisory_hour", quantity=30)


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("AGR-10")
def test_an_agreement_that_is_being_issued_counts_already() -> None:
    world.catalogue()
    with behind(lambda: world.agreement(HOURS, at=NOW), count_incidents) as (changing,):
        assert not changing.done()
    refused = outcome(changing)
    assert isinstance(refused, IntegrityError)
    assert constraint_of(refused) == "programme_unit_stays"

"""What a start does for an installation, and what it leaves alone."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from pactdesk.catalog.models import Product
from pactdesk.project import prepare


@pytest.fixture
def catalogue(tmp_path: Path, settings: Any) -> Path:
    """The example catalogue, loaded from a copy as a first start does it."""
    settings.INSTALLATION = settings.INSTALLATION.model_copy(update={"data": tmp_path})
    copy = tmp_path / "catalogue.yaml"
    shutil.copy(prepare.EXAMPLE / "partner-support.yaml", copy)
    prepare._load("catalog", "apply", copy)
    return copy


@pytest.mark.django_db
def test_a_second_start_keeps_what_operators_have_edited(catalogue: Path) -> None:
    product = Product.objects.order_by("pk")[0]
    Product.objects.filter(pk=product.pk).update(name={"en": "Edited"})
    prepare._load("catalog", "apply", catalogue)
    product.refresh_from_db()
    assert product.name == {"en": "Edited"}


@pytest.mark.django_db
def test_a_changed_example_is_loaded_at_the_next_start(catalogue: Path) -> None:
    product = Product.objects.order_by("pk")[0]
    Product.objects.filter(pk=product.pk).update(name={"en": "Edited"})
    with catalogue.open("a") as file:
        file.write("# changed\n")
    prepare._load("catalog", "apply", catalogue)
    product.refresh_from_db()
    assert product.name != {"en": "Edited"}


def test_static_files_are_collected_once_and_again_when_a_source_differs(
    tmp_path: Path, settings: Any
) -> None:
    source, target = tmp_path / "source", tmp_path / "static"
    source.mkdir()
    settings.STATICFILES_DIRS, settings.STATIC_ROOT = [source], str(target)
    (source / "one.txt").write_text("one")
    prepare._collect_static_files(target)
    (target / "one.txt").write_text("not looked at")
    prepare._collect_static_files(target)
    assert (target / "one.txt").read_text() == "not looked at"
    (source / "two.txt").write_text("two")
    prepare._collect_static_files(target)
    assert (target / "one.txt").read_text() == "one"
    assert (target / "two.txt").exists()

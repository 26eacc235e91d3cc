"""What requests are found by."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from pactdesk.cases.models.case import Case


class CaseWords(models.Model):
    """The words of one request, written by the worker after every change of what stands in it.

    What contacts may find and what the desk may find are apart, so that no note can be felt for from outside.
    """

    case = models.OneToOneField(Case, primary_key=True, on_delete=models.CASCADE, related_name="+")
    for_contacts = SearchVectorField()
    for_the_desk = SearchVectorField()

    class Meta:
        indexes = (
            GinIndex(fields=["for_contacts"], name="case_words_contacts"),
            GinIndex(fields=["for_the_desk"], name="case_words_desk"),
        )

    def __str__(self) -> str:
        return f"PD-{self.case_id}"

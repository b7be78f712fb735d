"""Take in an uploaded table line by line: good lines at once, bad ones kept with their reason."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import zip_longest
from typing import Literal

from django.db import transaction

from expo.accounts.models import User
from expo.journal.services import record
from expo.kit import csv_import
from expo.kit.errors import Invalid, Refused

from ..models import Edition, Upload
from ..states import UploadKind
from .common import locked

Outcome = Literal["added", "changed", "unchanged"]
Take = Callable[[csv_import.CsvRow], Outcome]


@transaction.atomic
def take_in(
    *,
    by: User,
    edition: Edition,
    kind: UploadKind,
    filename: str,
    sheet: csv_import.CsvTable,
    needed: Sequence[str],
    take: Take,
) -> Upload:
    """Give each line to `take` in a transaction of its own; the caller has asked the policy.

    The lines and the report commit together, and the same file again changes nothing.
    """
    locked(edition)
    done: Counter[str] = Counter()
    bad: list[csv_import.RowError] = []
    for row in sheet.rows:
        try:
            done[_one(row, sheet, needed, take)] += 1
        except Refused as refusal:
            bad.append(csv_import.RowError(row.line, refusal.field or "", refusal.message, row.cells))
    upload = Upload.objects.create(
        edition=edition,
        kind=kind,
        filename=filename[-120:],
        made_by=by,
        header=list(sheet.header),
        bad=[asdict(line) for line in bad],
        ignored_columns=list(sheet.ignored),
        **done,
    )
    record(f"editions.{kind}_uploaded", by=by, target=upload, data={**done, "bad": len(bad)})
    return upload


def _one(row: csv_import.CsvRow, sheet: csv_import.CsvTable, needed: Sequence[str], take: Take) -> Outcome:
    stray = [cell for name, cell in zip_longest(sheet.header, row.cells, fillvalue="") if cell and not name.strip()]
    if stray:
        raise Invalid(
            "stray-cell", f"The first line names no column for “{stray[0][:60]}”. Is there a delimiter too many?"
        )
    empty = [name for name in needed if not row.values.get(name)]
    if empty:
        raise Invalid("cell-empty", "This cell is empty.", field=empty[0])
    with transaction.atomic():
        return take(row)


def rest(upload: Upload) -> str:
    """The bad lines as a table to mend and upload again."""
    lines = [csv_import.RowError(one["line"], one["column"], one["reason"], tuple(one["cells"])) for one in upload.bad]
    return csv_import.error_table(upload.header, lines)

"""Import an uploaded CSV file row by row: good rows at once, those with errors kept with their reason."""

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
from . import parts

Outcome = Literal["added", "changed", "unchanged"]
Take = Callable[[csv_import.CsvRow], Outcome]


@transaction.atomic
def import_rows(
    *,
    by: User,
    edition: Edition,
    kind: UploadKind,
    filename: str,
    table: csv_import.CsvTable,
    needed: Sequence[str],
    take: Take,
) -> Upload:
    """Give each row to `take` in a transaction of its own; the caller has checked the policy.

    The rows and the report commit together, and the same file again changes nothing.
    """
    parts.locked(edition)
    done: Counter[str] = Counter()
    errors: list[csv_import.RowError] = []
    for row in table.rows:
        try:
            cells = zip_longest(table.header, row.cells, fillvalue="")
            if stray := [cell for name, cell in cells if cell and not name.strip()]:
                text = f"The first line names no column for “{stray[0][:60]}”. Is there a delimiter too many?"
                raise Invalid("stray-cell", text)
            if empty := [name for name in needed if not row.values.get(name)]:
                raise Invalid("cell-empty", "This cell is empty.", field=empty[0])
            with transaction.atomic():
                outcome = take(row)
            done[outcome] += 1
        except Refused as refusal:
            errors.append(csv_import.RowError(row.line, refusal.field or "", refusal.message, row.cells))
    upload = Upload.objects.create(
        edition=edition,
        kind=kind,
        filename=filename[-120:],
        made_by=by,
        header=list(table.header),
        bad=[asdict(line) for line in errors],
        ignored_columns=list(table.ignored),
        **done,
    )
    record(f"editions.{kind}_uploaded", by=by, target=upload, data={**done, "bad": len(errors)})
    return upload


def error_text(upload: Upload) -> str:
    """The rows with errors as a CSV text, to be corrected and uploaded again."""
    lines = [csv_import.RowError(one["line"], one["column"], one["reason"], tuple(one["cells"])) for one in upload.bad]
    return csv_import.error_table(upload.header, lines)

"""What the rubric does about facts of other apps."""

from expo.journal.models import Entry
from expo.journal.tasks import reaction

from .services import criteria


@reaction("rubrics.set_up_where_missing")
def set_up_where_missing(entry: Entry) -> None:
    criteria.set_up_where_missing(entry)

import os
from datetime import timedelta
import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.journeys.test_timetable import *  # noqa
from tests.factories import TopicFactory, DayFactory, FormatFactory, EXPO_DAY
from expo.program.services import sessions as S

@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_look(open_page, stage, scheme, width):
    demo = FormatFactory(edition=stage.edition, slug="demo", minutes=30)
    stage.talks.formats.add(demo)
    t = TopicFactory(edition=stage.edition)
    a = stage.placed("zed@x.example", title="Retrieval when nothing is certain and the title of the session is long enough to wrap", hour=15, format=stage.talk, expected_audience=330)
    b = stage.placed("lee@x.example", title="Tools for the small lab", hour=9, room=stage.side[1], format=stage.workshop, expected_audience=120)
    c = stage.placed("kim@x.example", title="A demo of it", hour=11, format=demo)
    for s in (a, b, c, *Session.objects.all()): s.proposal.topics.add(t)
    DayFactory(edition=stage.edition, date=EXPO_DAY + timedelta(days=1))
    page = open_page(color_scheme=scheme, viewport={"width": width, "height": 900})
    for name in os.environ.get("LOOK", "timetable/").split():
        page.goto(f"/e/{stage.edition.slug}/{name}")
        page.wait_for_timeout(300)
        slug = name.replace("/", "-").replace("?", "-")
        page.screenshot(path=f"/tmp/tt-pics/{slug}{width}-{scheme}.png", full_page=os.environ.get("FULL") == "1")
        print(name, width, scheme, [v["id"] + " " + v["nodes"][0]["html"][:160] for v in Axe().run(page).response["violations"]], page.evaluate("document.documentElement.scrollWidth - innerWidth"), page.evaluate("document.documentElement.scrollHeight"))

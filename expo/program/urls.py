"""URLs of this app."""

from django.urls import path

from .views import answers, board, drafts, editor, links, reasons, runs, sessions, slots

app_name = "program"
HERE = "e/<slug:edition>/timetable/"
RUN = f"{HERE}runs/<int:run>/"
SESSION = f"{HERE}sessions/<int:session>/"
SLOTS = f"{HERE}slots/"
LINKS = f"{HERE}links/"
OWN = "e/<slug:edition>/proposals/<str:proposal>/"
urlpatterns = [
    path(HERE, board.timetable, name="timetable"),
    path(f"{HERE}start/", runs.start, name="start"),
    path(f"{HERE}drafts/", drafts.drafts, name="drafts"),
    path(f"{HERE}repair/", drafts.repair, name="repair"),
    path(RUN, runs.run, name="run"),
    path(f"{RUN}stop/", runs.stop, name="stop"),
    path(f"{RUN}name/", runs.name, name="name"),
    path(f"{RUN}adopt/", runs.adopt, name="adopt"),
    path(f"{RUN}discard/", runs.discard, name="discard"),
    path(SESSION, sessions.session, name="session"),
    path(f"{SESSION}pin/", sessions.pin, name="pin"),
    path(f"{SESSION}unplace/", sessions.unplace, name="unplace"),
    path(f"{SESSION}swap/", sessions.swap, name="swap"),
    path(f"{SESSION}resize/", sessions.resize, name="resize"),
    path(f"{HERE}place/<str:proposal>/", sessions.place, name="place"),
    path(f"{HERE}place/<str:proposal>/why-not/", reasons.why_not, name="why-not"),
    path(f"{SESSION}could-swap/", reasons.could_swap, name="could-swap"),
    path(f"{HERE}what-if/", reasons.what_if, name="what-if"),
    path(SLOTS, slots.slot_list, name="slots"),
    path(f"{SLOTS}tell/", slots.tell, name="tell"),
    path(f"{SLOTS}<int:slot>/turn-down/", slots.turn_down, name="turn-down"),
    path(LINKS, links.link_list, name="links"),
    path(f"{LINKS}<int:link>/remove/", links.remove, name="remove-link"),
    path(f"{OWN}constraints/", answers.constraints, name="constraints"),
    path(f"{OWN}slot/", answers.slot, name="slot"),
    path(f"{OWN}slot/accept/", answers.accept, name="accept-slot"),
    path(f"{HERE}place/<str:proposal>/check/", editor.check, name="check"),
    path(f"{HERE}changes/", editor.changes, name="changes"),
    path(f"{HERE}undo/", editor.undo, name="undo"),
    path(f"{HERE}redo/", editor.redo, name="redo"),
    path(f"{HERE}close/", editor.close, name="close"),
    path(f"{HERE}close/<int:pause>/open/", editor.reopen, name="reopen"),
]

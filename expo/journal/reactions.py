"""What reacts to which fact, by task name: the only place where things travel backwards, without an import."""

REACTIONS: dict[str, tuple[str, ...]] = {
    "editions.call_opened": ("rubrics.set_up_where_missing", "sponsors.mail_invitations"),
    "sponsors.member_invited": ("sponsors.mail_invitations",),
    "sponsors.held_invitations_sent": ("sponsors.mail_invitations",),
    "proposals.submitted": ("assignments.take_up",),
    "proposals.withdrawn": ("assignments.free_withdrawn", "program.free_withdrawn"),
    "proposals.verdict_released": ("assignments.free_decided",),
    "proposals.conflict_declared": ("assignments.release_conflicted",),
    "accounts.affiliations_changed": ("assignments.release_conflicted",),
    "sponsors.team_changed": ("assignments.release_conflicted",),
    "assignments.invitation_confirmed": ("assignments.take_up",),
    "assignments.profile_saved": ("assignments.take_up",),
    "editions.role_granted": ("assignments.invite",),
    "editions.role_revoked": ("assignments.release_conflicted",),
    **dict.fromkeys(
        (
            "proposals.availability_changed",
            "proposals.constraints_changed",
            "proposals.length_agreed",
            "proposals.presenters_changed",
            "editions.break_saved",
            "editions.calendar_saved",
            "editions.day_saved",
            "editions.format_saved",
            "editions.room_closed",
            "editions.room_saved",
            "editions.track_saved",
        ),
        ("program.tell_troubles",),
    ),
}

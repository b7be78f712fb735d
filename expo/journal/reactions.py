"""What reacts to which fact, by task name: the only place where things travel backwards, without an import."""

REACTIONS: dict[str, tuple[str, ...]] = {
    "editions.call_opened": ("rubrics.set_up_where_missing",),
    "proposals.submitted": ("assignments.take_up",),
    "proposals.withdrawn": ("assignments.free_withdrawn", "program.free_withdrawn"),
    "proposals.conflict_declared": ("assignments.release_conflicted",),
    "accounts.affiliations_changed": ("assignments.release_conflicted",),
    "sponsors.team_changed": ("assignments.release_conflicted",),
    "assignments.invitation_confirmed": ("assignments.take_up",),
    "assignments.profile_saved": ("assignments.take_up",),
    "editions.role_granted": ("assignments.invite",),
    "editions.role_revoked": ("assignments.release_conflicted",),
}

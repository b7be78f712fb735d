"""Who may see a picture, by the names of the functions that say so; nobody else may."""

#: `(picture) -> bool`: whether it stands in a current public release, so that anybody may see it.
PUBLIC_IN: tuple[str, ...] = ()
#: `(user, picture) -> bool`, for who is signed in.
SEEN_BY = ("expo.sponsors.queries.sees_logo", "expo.proposals.queries.pictures.sees_portrait")

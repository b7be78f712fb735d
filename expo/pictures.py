"""Who may see a picture, by the names of the functions that say so; nobody else may."""

#: `(picture) -> bool`: whether it stands in a release, so that anybody may see it.
PUBLIC_IN = ("expo.releases.queries.shows_picture",)
#: `(user, picture) -> bool`, for who is signed in.
SEEN_BY = ("expo.sponsors.queries.sees_logo", "expo.proposals.queries.pictures.sees_portrait")

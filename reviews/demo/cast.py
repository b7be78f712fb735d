"""The people of the demo edition whom one can sign in as, all with the same password."""

from allauth.account.models import EmailAddress

from expo.accounts.models import User

PASSWORD = "expo-demo-2027"  # noqa: S105 - printed on purpose; the demo refuses to build where DEBUG is off
CAST = {
    "admin": "Demo Admin",
    "organiser": "Demo Organiser",
    "cochair": "Demo Cochair, academia",
    "cochair2": "Demo Cochair, industry",
    "reviewer": "Demo Reviewer",
    "sponsor": "Demo Sponsor Contact",
}


def sign_in(part: str) -> str:
    """The mail address of a part."""
    return f"{part}@demo.example"


def person(part: str) -> User:
    """The person of a part, made on first use, ready to sign in."""
    user = User.objects.filter(email=sign_in(part)).first()
    if user is None:
        user = User.objects.create_user(sign_in(part), PASSWORD, name=CAST[part], is_staff=part == "admin")
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user

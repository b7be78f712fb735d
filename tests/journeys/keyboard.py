"""What somebody does who has no mouse; what has the focus is always in sight."""

from playwright.sync_api import Locator, Page

from .people import field

FAR = 150
IN_SIGHT = """element => {
    const box = element.getBoundingClientRect();
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 12));
    const label = element.labels?.[0];
    return Boolean(top) && (element.contains(top) || top.contains(element) || Boolean(label?.contains(top)));
}"""


def link(page: Page, name: str) -> Locator:
    return page.get_by_role("link", name=name, exact=True).locator("visible=true").first


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True).locator("visible=true").first


def enter(page: Page, target: Locator) -> None:
    """Go to a link or button and press it."""
    go_to(page, target)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def type_into(page: Page, values: dict[str, str]) -> None:
    for label, value in values.items():
        go_to(page, field(page, label))
        page.keyboard.type(value)


def go_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus; whatever has it on the way must be in sight."""
    target.wait_for()
    for _ in range(FAR):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and not focused.evaluate("element => element.matches('body, html')"):
            assert focused.evaluate(IN_SIGHT), (
                f"the focus is out of sight: {focused.evaluate('each => each.outerHTML')[:200]}"
            )
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{target} cannot be reached with the Tab key")

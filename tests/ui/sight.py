"""What a browser tells assistive technology of a view, and what of it people can read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator

PRESSED = {"button", "link", "checkbox", "radio", "tab", "combobox", "textbox", "searchbox"}
"""Roles of what people press or fill, which needs a name."""


@dataclass(frozen=True)
class Node:
    """A node of the accessibility tree, as Chromium computes it."""

    role: str
    name: str


def nodes(view: Locator) -> Iterator[Node]:
    """The accessibility tree below an element."""
    session = view.page.context.new_cdp_session(view.page)
    mark = "data-jp-modelship-seen"
    view.evaluate("(node, mark) => node.setAttribute(mark, '')", mark)
    try:
        document = session.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
        found = session.send("DOM.querySelector", {"nodeId": document, "selector": f"[{mark}]"})
        told = session.send("Accessibility.queryAXTree", {"nodeId": found["nodeId"]})
    finally:
        view.evaluate("(node, mark) => node.removeAttribute(mark)", mark)
        session.detach()
    for node in told["nodes"]:
        if not node.get("ignored"):
            yield Node(_value(node, "role"), _value(node, "name"))


def nameless(view: Locator) -> list[str]:
    """Roles of the elements that people press or fill and that have no name."""
    return [one.role for one in nodes(view) if one.role in PRESSED and not one.name.strip()]


def roles(view: Locator) -> set[str]:
    return {one.role for one in nodes(view)}


def faint(view: Locator) -> list[str]:
    """Texts whose contrast is below WCAG 2.2 AA: 4.5, for large type 3; with what it is."""
    return [str(one) for one in view.evaluate(_FAINT)]


def keyboard_way(view: Locator, *, most: int = 400) -> tuple[bool, bool]:
    """Whether Tab reaches something in the view, and whether it goes on to something outside."""
    page = view.page
    page.evaluate("() => document.activeElement && document.activeElement.blur()")
    reached = False
    for _ in range(most):
        page.keyboard.press("Tab")
        inside = view.evaluate("node => node.contains(document.activeElement)")
        if reached and not inside:
            return True, True
        reached = reached or inside
    return reached, False


def _value(node: Any, key: str) -> str:
    return str(node.get(key, {}).get("value", ""))


_FAINT = r"""view => {
    const clear = [0, 0, 0, 0];
    const parsed = text => {
        const numbers = (text.match(/-?[\d.]+(e-?\d+)?/g) || []).map(Number);
        if (text.startsWith('color(srgb')) {
            return [...numbers.slice(0, 3).map(one => one * 255), numbers[3] ?? 1];
        }
        return text.startsWith('rgb') ? [...numbers.slice(0, 3), numbers[3] ?? 1] : clear;
    };
    const over = (above, below) => {
        const alpha = above[3];
        return [0, 1, 2].map(i => above[i] * alpha + below[i] * (1 - alpha)).concat(1);
    };
    const lineage = node => {
        const found = [];
        for (let one = node; one; one = one.parentElement || one.getRootNode().host) {
            found.push(one);
        }
        return found;
    };
    const ground = node => lineage(node).reverse().reduce(
        (below, one) => over(parsed(getComputedStyle(one).backgroundColor), below),
        [255, 255, 255, 1]
    );
    const light = colour => {
        const [r, g, b] = colour.slice(0, 3).map(one => {
            const part = one / 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (a, b) => {
        const [dark, bright] = [light(a), light(b)].sort((x, y) => x - y);
        return (bright + 0.05) / (dark + 0.05);
    };
    const foreign = '.cm-editor, jp-button, :disabled, [aria-disabled=true]';
    const found = new Set();
    const texts = document.createTreeWalker(view, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const text = texts.currentNode.textContent.trim();
        const node = texts.currentNode.parentElement;
        const box = node.getBoundingClientRect();
        const seen = node.checkVisibility({opacityProperty: true, visibilityProperty: true});
        if (!text || !seen || box.width < 2 || box.height < 2 || node.closest(foreign)) {
            continue;
        }
        const style = getComputedStyle(node);
        const faded = lineage(node).reduce((all, one) => all * getComputedStyle(one).opacity, 1);
        const below = ground(node);
        const colour = parsed(style.color);
        const ratio = contrast(over([...colour.slice(0, 3), colour[3] * faded], below), below);
        const size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
        const sign = !/[\p{L}\p{N}]/u.test(text);  // graphics need less: 1.4.11
        if (colour[3] > 0 && ratio < (large || sign ? 3 : 4.5)) {
            const name = (node.className || node.parentElement.className || node.tagName);
            found.add(`${ratio.toFixed(2)} "${text.slice(0, 40)}" ${name} ${style.color}`);
        }
    }
    return [...found];
}"""

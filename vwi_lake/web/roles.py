"""The role an element has for assistive technology (W3C HTML-AAM, WAI-ARIA 1.2, SVG-AAM)."""

from vwi_lake.web.dom import Attrs, Element
from vwi_lake.web.wordlists import among

TAG_ROLES = {
    "#text": "text", "address": "group", "article": "article", "aside": "complementary", "blockquote": "blockquote", "button": "button",
    "caption": "caption", "code": "code", "datalist": "listbox", "dd": "definition", "del": "deletion", "details": "group", "dfn": "term",
    "dialog": "dialog", "dt": "term", "em": "emphasis", "embed": "img", "fieldset": "group", "figure": "figure", "footer": "contentinfo",
    "form": "form", "h1": "heading", "h2": "heading", "h3": "heading", "h4": "heading", "h5": "heading", "h6": "heading",
    "header": "banner", "hgroup": "group", "hr": "separator", "html": "document", "image": "img", "img": "img", "ins": "insertion",
    "li": "listitem", "main": "main", "mark": "mark", "math": "math", "menu": "list", "meter": "meter", "nav": "navigation",
    "object": "img", "ol": "list", "optgroup": "group", "option": "option", "output": "status", "p": "paragraph",
    "progress": "progressbar", "s": "deletion", "search": "search", "section": "region", "select": "combobox", "strong": "strong",
    "sub": "subscript", "sup": "superscript", "svg": "img", "table": "table", "tbody": "rowgroup", "td": "cell", "textarea": "textbox",
    "tfoot": "rowgroup", "th": "columnheader", "thead": "rowgroup", "time": "time", "tr": "row", "ul": "list", "dir": "list",
}  # fmt: skip
INPUT_ROLES = {
    "button": "button", "checkbox": "checkbox", "color": "textbox", "date": "textbox", "email": "textbox", "file": "button",
    "hidden": "generic", "image": "button", "number": "spinbutton", "password": "textbox", "radio": "radio", "range": "slider",
    "reset": "button", "search": "searchbox", "submit": "button", "tel": "textbox", "text": "textbox", "url": "textbox",
}  # fmt: skip
ARIA_ROLES = among(
    """
    alert alertdialog application article banner blockquote button caption cell checkbox code columnheader combobox complementary
    contentinfo definition deletion dialog directory document emphasis feed figure form generic grid gridcell group heading image img
    insertion link list listbox listitem log main mark marquee math menu menubar menuitem menuitemcheckbox menuitemradio meter
    navigation none note option paragraph presentation progressbar radio radiogroup region row rowgroup rowheader scrollbar search
    searchbox separator slider spinbutton status strong subscript suggestion superscript switch tab table tablist tabpanel term textbox
    time timer toolbar tooltip tree treegrid treeitem graphics-document graphics-object graphics-symbol
    """
)
SYNONYMS = {"img": "image", "directory": "list", "presentation": "none"}
SECTIONS = frozenset(("article", "aside", "main", "nav", "section"))
SECTION_ROLES = frozenset(("article", "complementary", "main", "navigation", "region"))
_LISTS = frozenset(("ul", "ol", "menu", "dir"))
_SVG_SHAPES = among("circle ellipse foreignobject g line path polygon polyline rect text tspan use")
# a role that means nothing outside its container
_REQUIRED = {
    "option": ("listbox", "combobox"), "tab": ("tablist",), "treeitem": ("tree",), "menuitem": ("menu", "menubar"),
    "menuitemradio": ("menu", "menubar"), "menuitemcheckbox": ("menu", "menubar"),
}  # fmt: skip
_GLOBAL_ARIA = among(
    """
    aria-atomic aria-busy aria-controls aria-current aria-describedby aria-description aria-details aria-dropeffect aria-flowto
    aria-grabbed aria-keyshortcuts aria-label aria-labelledby aria-live aria-owns aria-relevant aria-roledescription
    """
)


def role_of(tag: str, attrs: Attrs) -> str:
    """The role a tree node carries: the first valid written one, else the tag's own, without looking around."""
    if attrs and (written := attrs.get("role")):
        for token in written.lower().split():
            if token in ARIA_ROLES:
                return token
    if tag == "a":
        return "link" if "href" in attrs else "generic"
    if tag == "input":
        return INPUT_ROLES.get((attrs.get("type") or "text").lower(), "textbox")
    return TAG_ROLES.get(tag, "generic")


def computed_role(element: Element) -> str:
    """The role with everything around taken into account; 'image' and 'none' as ARIA 1.3 spells them."""
    element.role = element.role or role_in_context(element)
    return element.role


def role_in_context(element: Element) -> str:
    for token in element.get("role").lower().split():
        role = SYNONYMS.get(token, token)
        if token not in ARIA_ROLES or (role in ("region", "form") and not has_author_name(element)) or is_orphan(element, role):
            continue
        if role == "none" and must_be_exposed(element):
            continue
        return role
    return native_role(element)


def has_author_name(element: Element) -> bool:
    return any(element.get(name).strip() for name in ("aria-label", "aria-labelledby", "title"))


def is_orphan(element: Element, role: str) -> bool:
    if not (wanted := _REQUIRED.get(role)):
        return False
    for ancestor in element.ancestors():
        around = written_role(ancestor) or TAG_ROLES.get(ancestor.tag, "generic")
        if around in wanted or (role == "option" and ancestor.tag in ("select", "datalist")):
            return False
        if around not in ("generic", "none", "group", "presentation", "listitem", "list", role):
            return True
    return True


def written_role(element: Element) -> str:
    return next((SYNONYMS.get(t, t) for t in element.get("role").lower().split() if t in ARIA_ROLES), "")


def is_focusable(element: Element) -> bool:
    if element.attrs.get("tabindex"):
        return True
    return (element.tag in ("button", "select", "textarea", "input") and "disabled" not in element.attrs) or (
        element.tag in ("a", "area") and "href" in element.attrs
    )


def must_be_exposed(element: Element) -> bool:
    """WAI-ARIA's presentational roles conflict resolution: focusable, or with a global attribute."""
    return is_focusable(element) or any(name in _GLOBAL_ARIA and element.get(name).strip() for name in element.attrs)


def native_role(element: Element) -> str:
    tag, rule = element.tag, _NATIVE.get(element.tag)
    if rule:
        return rule(element)
    if tag in _SVG_SHAPES and any(ancestor.tag == "svg" for ancestor in element.ancestors()):
        labelled = has_author_name(element) or any(isinstance(c, Element) and c.tag in ("title", "desc") for c in element.children)
        return "group" if labelled and tag == "g" else "image" if labelled and tag != "text" else "generic"
    role = TAG_ROLES.get(tag, "generic")
    return SYNONYMS.get(role, role)


def scoped(role: str) -> object:
    """header and footer are landmarks only outside sections."""

    def rule(element: Element) -> str:
        inside = any(a.tag in SECTIONS or written_role(a) in SECTION_ROLES for a in element.ancestors())
        return "generic" if inside else role

    return rule


def link_role(element: Element) -> str:
    return "link" if "href" in element.attrs or "xlink:href" in element.attrs else "generic"


def image_role(element: Element) -> str:
    return "none" if element.attrs.get("alt", "?") in ("", None) and not must_be_exposed(element) and not element.get("title") else "image"


def input_role(element: Element) -> str:
    kind = element.get("type").lower() or "text"
    if kind == "checkbox" and "switch" in element.attrs:
        return "switch"
    if "list" in element.attrs and INPUT_ROLES.get(kind, "textbox") in ("textbox", "searchbox"):
        return "combobox"
    if kind == "checkbox" and element.get("aria-pressed"):
        return "button"
    return INPUT_ROLES.get(kind, "textbox")


def select_role(element: Element) -> str:
    size = element.get("size").strip()
    return "listbox" if "multiple" in element.attrs or (size.isdigit() and int(size) > 1) else "combobox"


def list_item_role(element: Element) -> str:
    parent = element.parent
    return (
        "listitem"
        if parent and ((parent.tag in _LISTS and written_role(parent) in ("", "list")) or written_role(parent) == "list")
        else "generic"
    )


def table_of(element: Element) -> Element | None:
    return next((a for a in element.ancestors() if a.tag == "table"), None)


def cell_role(element: Element) -> str:
    table = table_of(element)
    written = written_role(table) if table else "none"
    return {"": "cell", "table": "cell", "grid": "gridcell", "treegrid": "gridcell"}.get(written, "generic")


def header_role(element: Element) -> str:
    table = table_of(element)
    if table is None or written_role(table) not in ("", "table", "grid", "treegrid"):
        return "generic"
    scope = element.get("scope").lower()
    if scope in ("row", "rowgroup"):
        return "rowheader"
    if not scope and element.parent and any(isinstance(c, Element) and c.tag == "td" for c in element.parent.children):
        return "rowheader"
    return "columnheader"


def table_part_role(element: Element) -> str:
    table = table_of(element)
    if table is None or written_role(table) not in ("", "table", "grid", "treegrid"):
        return "generic"
    return "row" if element.tag == "tr" else "rowgroup"


def nested_aside(element: Element) -> str:
    inside = any(a.tag in ("article", "aside", "nav", "section") for a in element.ancestors())
    return "generic" if inside and not has_author_name(element) else "complementary"


def named(role: str) -> object:
    """section and form have their role only with a name."""
    return lambda element: role if has_author_name(element) else "generic"


_NATIVE: dict = {
    "a": link_role, "area": link_role, "aside": nested_aside, "footer": scoped("contentinfo"), "form": named("form"),
    "header": scoped("banner"), "img": image_role, "input": input_role, "li": list_item_role, "section": named("region"),
    "select": select_role, "tbody": table_part_role, "td": cell_role, "tfoot": table_part_role, "th": header_role,
    "thead": table_part_role, "tr": table_part_role,
}  # fmt: skip

"""The role an element has for assistive technology (W3C HTML-AAM)."""

TAG_ROLES = {
    "article": "article", "aside": "complementary", "blockquote": "blockquote", "button": "button", "caption": "caption", "code": "code",
    "datalist": "listbox", "dd": "definition", "del": "deletion", "details": "group", "dfn": "term", "dialog": "dialog", "dt": "term",
    "em": "emphasis", "fieldset": "group", "figure": "figure", "form": "form", "h1": "heading", "h2": "heading", "h3": "heading",
    "h4": "heading", "h5": "heading", "h6": "heading", "header": "banner", "footer": "contentinfo", "hgroup": "group", "hr": "separator",
    "html": "document", "img": "img", "image": "img", "ins": "insertion", "li": "listitem", "main": "main", "mark": "mark", "math": "math",
    "menu": "list", "meter": "meter", "nav": "navigation", "ol": "list", "optgroup": "group", "option": "option", "output": "status",
    "p": "paragraph", "progress": "progressbar", "s": "deletion", "search": "search", "section": "region", "select": "combobox",
    "strong": "strong", "sub": "subscript", "sup": "superscript", "svg": "img", "table": "table", "tbody": "rowgroup", "td": "cell",
    "textarea": "textbox", "tfoot": "rowgroup", "th": "columnheader", "thead": "rowgroup", "time": "time", "tr": "row", "ul": "list",
    "address": "group", "iframe": "generic", "object": "img", "embed": "img", "#text": "text",
}  # fmt: skip


def role_of(tag: str, attrs: dict[str, str | None]) -> str:
    """The written role if there is one, else the tag's own."""
    written = attrs.get("role")
    if written and written.strip():
        return written.split()[0].lower()
    if tag == "a":
        return "link" if "href" in attrs else "generic"
    return TAG_ROLES.get(tag, "generic")

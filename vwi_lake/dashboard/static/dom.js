// Elements and words. Nothing here or elsewhere parses HTML: what pages and models said becomes text nodes.

/** An element: h("a.link", {href, onclick}, child, …); false and null children are left out. */
export function h(kind, attributes = {}, ...children) {
  const [tag, ...classes] = kind.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) {
    if (value == null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [property, to] of Object.entries(value)) element.style.setProperty(property, to);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

export const number = (value) => (value == null ? "–" : value.toLocaleString("en-US", { maximumFractionDigits: 3 }));
export const short = (value) =>
  value == null ? "–" : value.toLocaleString("en-US", { notation: "compact", maximumSignificantDigits: 3 });
export const percent = (part, whole) => (whole ? `${((100 * part) / whole).toFixed(part === whole ? 0 : 1)} %` : "–");
export const usd = (value) => (value == null ? "–" : `$${value.toLocaleString("en-US", { maximumSignificantDigits: 4 })}`);
export const spoken = (name) => String(name).replaceAll("_", " ");
export const when = (text) => (text ? new Date(text).toISOString().replace("T", " ").slice(0, 19) + " UTC" : "–");

/** A link within the page: view and parameters. */
export function place(view, params = {}) {
  const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value !== "" && value != null));
  return `#/${view}${query.size ? `?${query}` : ""}`;
}

/** An address of the web as a link where it is http(s), else as text: pages may say javascript:. */
export function outside(address, words = address) {
  let url = null;
  try {
    url = new URL(address);
  } catch {
    return h("bdi", {}, String(words));
  }
  if (!["http:", "https:"].includes(url.protocol)) return h("bdi", {}, String(words));
  return h("a.outside", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, h("bdi", {}, String(words)));
}

/** A section with a heading; `body` may be elements or what fills them later. */
export const section = (title, note, ...body) =>
  h("section.panel", {}, h("h2", {}, title), note && h("p.note", {}, note), body);

/** An element that is filled once `answer` is there: with what `show` makes of it, or with what went wrong. It is busy until then. */
export function later(answer, show) {
  const element = h("div.later", { "aria-busy": "true" }, h("p.note", {}, "…"));
  element.filled = answer.then(show).catch((error) => h("p.missing", { role: "alert" }, error.message)).then((body) => {
    element.replaceChildren(...[body].flat());
    element.removeAttribute("aria-busy");
  });
  return element;
}

/** Resolves when every `later` within is filled, also those that came with one. */
export async function filled(element) {
  for (let busy; (busy = element.querySelector("[aria-busy]")); ) await busy.filled;
}

/** Rows as a table; `show` maps a column to a function of its value and row. Scrolls by itself, also by keyboard. */
export function table(columns, rows, show = {}, label = "Table") {
  const numeric = columns.map((_, i) => rows.some((row) => typeof row[i] === "number") && rows.every((row) => row[i] == null || typeof row[i] === "number"));
  const head = h("tr", {}, columns.map((name, i) => h(numeric[i] ? "th.number" : "th", { scope: "col" }, spoken(name))));
  const cell = (row) => (name, i) =>
    h(numeric[i] ? "td.number" : String(row[i] ?? "").length > 40 && typeof row[i] === "string" ? "td.long" : "td", {}, show[name] ? show[name](row[i], row) : written(row[i]));
  const body = rows.map((row) => h("tr", {}, columns.map(cell(row))));
  return h("div.scroll", { tabindex: "0", role: "region", "aria-label": label }, h("table", {}, h("thead", {}, head), h("tbody", {}, body)));
}

export function written(value) {
  if (value == null) return h("span.none", {}, "–");
  if (typeof value === "number") return number(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return h("bdi", { title: text.length > 160 ? text.slice(0, 2000) : null }, text.length > 160 ? `${text.slice(0, 160)}…` : text);
}

/** Rows of a panel as objects. */
export const objects = ({ columns, rows }) => rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]])));

// The browser of pairs: filters, search, a list that grows as it is read, and the pair that is open.
import { get, picture } from "vwi/data";
import { h, number, place, spoken } from "vwi/dom";
import { opened } from "vwi/pair";
import { plain } from "vwi/text";

const FILTERS = { rejected_because: "state", subject: "subject", domain: "site", is_visual: "images", answer_source: "answer", agreement: "votes", extractor: "read by" };
const SHOWN = { none: "–", true: "with images", false: "text only", web: "the page's own", synthesized: "synthesized" };
const KEPT = "none"; // rejected because of none
const PAGE = 50;

let view = null; // {key, params, root, list, detail, count, more, after, total}

/** Shows the pairs of `params`; where only the open pair changed, the list stays as it is. */
export async function pairs(path, params) {
  const { id, ...filters } = params;
  const key = JSON.stringify(filters);
  if (view?.key !== key || !view.root.isConnected) {
    view = frame(key, filters);
    const [facets] = await Promise.all([get("facets"), grow()]);
    view.filters.replaceChildren(...Object.entries(FILTERS).map(([name, label]) => choice(name, label, facets[name] ?? [], filters)));
  }
  await open(id);
  return [view.root];
}

function frame(key, filters) {
  const made = { key, filterValues: filters, after: 0, total: null, list: h("ol.pairs", { "aria-label": "Pairs" }), detail: h("article.pair", { "aria-live": "off" }) };
  made.count = h("p.count", { role: "status" });
  made.more = h("button", { type: "button", hidden: true, onclick: () => grow() }, "more");
  made.filters = h("form.filters", { "aria-label": "Filters", onsubmit: (event) => event.preventDefault() });
  made.root = h("div.browser", {}, h("h1.unseen", {}, "Pairs"),
    h("div.left", {}, made.filters, made.count, made.list, made.more), made.detail);
  new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && !made.more.hidden && grow()).observe(made.more);
  return made;
}

const asked = ({ q, rejected_because: state = KEPT, ...filters }) => ({ ...filters, q, rejected_because: state === "all" ? "" : state });

async function grow() {
  const mine = view;
  if (mine.loading) return;
  mine.loading = true;
  try {
    const { pairs: found, total } = await get("pairs", { ...asked(mine.filterValues), after: mine.after, limit: PAGE });
    if (total === null && mine.after === 0) return wait(mine);
    mine.total ??= total;
    mine.list.append(...found.map((pair) => item(pair, mine.filterValues)));
    mine.after = found.at(-1)?.place ?? mine.after;
    mine.more.hidden = found.length < PAGE;
    mine.count.replaceChildren(...(await counted(mine)));
  } finally {
    mine.loading = false;
  }
}

/** The words of a new lake are still being read. */
function wait(mine) {
  mine.count.textContent = "reading the words of all pairs for the first time …";
  setTimeout(() => mine === view && mine.root.isConnected && grow(), 1500);
}

async function counted({ total, filterValues: filters }) {
  if (total) return [`${number(total)} pair${total === 1 ? "" : "s"}`];
  const everywhere = { ...filters, rejected_because: "all" };
  const others = filters.rejected_because === "all" ? 0 : (await get("pairs", { ...asked(everywhere), limit: 1 })).total;
  return others ? ["none in this state; ", h("a", { href: place("pairs", everywhere) }, `${number(others)} among all candidates`)]
    : ["no pair is like that: loosen a filter, or search for fewer words"];
}

function item(pair, filters) {
  const badge = (words, kind = "") => words && h(`span.badge${kind}`, {}, words);
  return h("li", {}, h("a", { href: place("pairs", { ...filters, id: pair.qa_id }), "data-id": pair.qa_id },
    pair.image && picture(pair.image) ? h("img", { src: picture(pair.image), alt: "", loading: "lazy" }) : h("span.no-image", { "aria-hidden": "true" }, "Aa"),
    h("span.words", { dir: "auto" }, plain(pair.question || "(no words)")),
    h("span.badges", {}, badge(pair.subject), h("bdi", {}, pair.domain ?? ""), badge(pair.agreement),
      badge(pair.answer_source === "synthesized" && "synthesized"), badge(pair.rejected_because && spoken(pair.rejected_because), ".bad"))));
}

function choice(name, label, values, filters) {
  const now = filters[name] ?? (name === "rejected_because" ? KEPT : "");
  const words = (value) => (name === "rejected_because" && value === KEPT ? "in the data set" : SHOWN[value] ?? spoken(value));
  const option = (value, text) => h("option", { value, selected: value === now }, text);
  const options = values.map(([value, n]) => [String(value ?? "none"), n]);
  if (now && now !== "all" && !options.some(([value]) => value === now)) options.unshift([now, 0]);
  return h("label", {}, h("span", {}, label), h("select", { name, onchange: (event) => go({ ...filters, [name]: event.target.value }) },
    option(name === "rejected_because" ? "all" : "", "all"), options.map(([value, n]) => option(value, `${words(value)} (${number(n)})`))));
}

const go = (params) => (location.hash = place("pairs", params));

async function open(id) {
  view.root.classList.toggle("open", Boolean(id));
  for (const link of view.list.querySelectorAll("a[aria-current]")) link.removeAttribute("aria-current");
  const link = id && view.list.querySelector(`a[data-id="${CSS.escape(id)}"]`);
  link?.setAttribute("aria-current", "true");
  link?.scrollIntoView({ block: "nearest" });
  view.wanted = id ?? "";
  if (id && view.detail.dataset.id === id) return;
  const mine = view;
  const parts = id ? [h("a.back", { href: place("pairs", mine.filterValues) }, "‹ all pairs"), ...(await opened(id))] : [h("p.missing", {}, "Choose a pair, or press j.")];
  if (mine.wanted !== (id ?? "")) return; // somebody went on meanwhile
  mine.detail.dataset.id = id ?? "";
  mine.detail.replaceChildren(...parts);
  if (id && !matchMedia("(max-width: 60rem)").matches) mine.detail.scrollIntoView({ block: "nearest" });
}

/** Keys of this view; true where one was meant for it. */
export function pairKey(key) {
  if (!view?.root.isConnected) return false;
  const links = [...view.list.querySelectorAll("a[data-id]")];
  const at = links.findIndex((link) => link.getAttribute("aria-current"));
  const to = { j: links[at + 1], k: links[Math.max(at - 1, 0)], r: links[Math.floor(Math.random() * links.length)] }[key];
  if (to) location.hash = to.getAttribute("href");
  else if (key === "j" && !view.more.hidden) view.more.click();
  else if (key === "s") view.detail.querySelector("mark")?.scrollIntoView({ block: "center" });
  else if (key === "Escape" && view.wanted) location.hash = place("pairs", view.filterValues);
  else return false;
  return true;
}

// Which view is shown, the theme, keys, and whether the lake has changed.
import { recolour } from "vwi/charts";
import { about, get, isFile } from "vwi/data";
import { filled, h, place, when } from "vwi/dom";
import { pairKey, pairs } from "vwi/pairs";
import { quality } from "vwi/quality";
import { rejected } from "vwi/rejected";
import { work } from "vwi/work";
import { yields } from "vwi/yields";

const VIEWS = { yields, work, quality, pairs };
const PULSE_MS = 3000;
const main = document.getElementById("main");
const search = document.getElementById("text");
const state = document.getElementById("state");
const keys = document.getElementById("keys");

// -- views -----------------------------------------------------------------------------------------------------------

let turn = 0;

function where() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  return { path: path || "yields", params: Object.fromEntries(new URLSearchParams(query)) };
}

async function show(isSame = false) {
  const mine = ++turn;
  const { path, params } = where();
  const view = VIEWS[path] ?? (path.startsWith("rejected/") ? rejected : yields);
  for (const link of document.querySelectorAll("#views a")) {
    if (link.dataset.view === path) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (document.activeElement !== search) search.value = params.q ?? "";
  if (!isSame && !main.children.length) main.replaceChildren(h("p.note", {}, "…"));
  try {
    const parts = await view(path, params);
    if (mine !== turn) return; // somebody went on meanwhile
    if (isSame) await filled(h("div", {}, parts)); // what somebody looks at stays until the new is whole
    if (mine !== turn) return;
    if (parts.length !== 1 || parts[0] !== main.firstElementChild) main.replaceChildren(...parts);
    if (!isSame && path !== "pairs") scrollTo(0, 0);
    await filled(main);
    if (mine !== turn) return;
    document.title = `${path.split("/").at(-1)} · vwi`;
    main.dataset.ready = location.hash;
  } catch (error) {
    if (mine === turn) main.replaceChildren(h("p.missing", { role: "alert" }, error.message));
  }
}

// -- live ------------------------------------------------------------------------------------------------------------

let seen = null;

async function pulse() {
  if (document.hidden) return;
  try {
    const told = await get("pulse");
    const isNew = seen !== null && (told.snapshot !== seen.snapshot || told.lake_id !== seen.lake_id);
    seen = told;
    state.replaceChildren(h("i.live"), h("span", { title: told.lake }, `snapshot ${told.snapshot}`));
    state.title = `${told.lake}, ${when(told.at)}`;
    if (isNew && where().path in VIEWS && where().path !== "pairs") show(true); // a list somebody reads stays still
  } catch {
    state.replaceChildren(h("i.gone"), "not connected");
  }
}

// -- theme -----------------------------------------------------------------------------------------------------------

const THEMES = ["auto", "light", "dark"];
const themeButton = document.getElementById("theme");

function theme(name) {
  document.documentElement.dataset.theme = name;
  themeButton.textContent = { auto: "◐", light: "○", dark: "●" }[name];
  themeButton.title = `Theme: ${name}`;
  themeButton.setAttribute("aria-label", `Theme: ${name}`);
  try {
    localStorage.setItem("vwi-theme", name);
  } catch {
    // a file may have no storage
  }
  recolour();
}

function storedTheme() {
  try {
    return localStorage.getItem("vwi-theme");
  } catch {
    return null;
  }
}

// -- keys ------------------------------------------------------------------------------------------------------------

function onKey(event) {
  const isTyping = event.target.matches?.("input, select, textarea");
  if (event.ctrlKey || event.metaKey || event.altKey || keys.open) return;
  if (event.key === "Escape" && isTyping) event.target.blur();
  else if (isTyping) return;
  else if (event.key === "/") search.focus();
  else if (event.key === "?") keys.showModal();
  else if ("1234".includes(event.key)) location.hash = place(Object.keys(VIEWS)[event.key - 1]);
  else if (!pairKey(event.key)) return;
  event.preventDefault();
}

// -- begin -----------------------------------------------------------------------------------------------------------

document.getElementById("views").append(...Object.keys(VIEWS).map((name) => h("a", { href: place(name), "data-view": name }, name)));
themeButton.addEventListener("click", () => theme(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % 3]));
document.getElementById("help").addEventListener("click", () => keys.showModal());
document.getElementById("search").addEventListener("submit", (event) => {
  event.preventDefault();
  const { path, params } = where();
  const { id, ...kept } = path === "pairs" ? params : {};
  location.hash = place("pairs", { ...kept, q: search.value.trim() });
  search.blur();
});
addEventListener("keydown", onKey);
addEventListener("hashchange", () => show());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
theme(THEMES.includes(storedTheme()) ? storedTheme() : "auto");
show();
if (isFile) {
  state.textContent = `snapshot ${about.snapshot}, ${when(about.at)}`;
} else {
  pulse();
  setInterval(pulse, PULSE_MS);
  document.addEventListener("visibilitychange", pulse);
}

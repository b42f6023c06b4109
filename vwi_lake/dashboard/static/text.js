// Text of pages and models: formulas are drawn, marks that turn the direction of writing are shown, nothing is parsed as HTML.
import { h } from "vwi/dom";

const FORMULA = /\$\$([^$]+?)\$\$|\\\[([\s\S]+?)\\\]|\\\(([\s\S]+?)\\\)|\$(?!\s)([^$\n]+?)(?<!\s)\$(?!\d)/g;
const TURNING = /[\u202a-\u202e\u2066-\u2069\u200e\u200f]/g;
const MOST_FORMULAS = 400; // of one text
const LONGEST_FORMULA = 3000;
const LONGEST = 20_000; // characters shown at once

/** A text with its formulas; a very long one is cut, with a button for the rest. */
export function text(said, kind = "div.text") {
  const whole = said ?? "";
  if (whole.length <= LONGEST) return h(kind, { dir: "auto" }, formulas(whole));
  const all = h("button", { type: "button", onclick: () => all.replaceWith(...plain(whole.slice(LONGEST))) }, `show all ${whole.length.toLocaleString("en-US")} characters`);
  return h(kind, { dir: "auto" }, formulas(whole.slice(0, LONGEST)), "… ", all);
}

export function formulas(said) {
  const parts = [];
  let end = 0;
  let drawn = 0;
  for (const found of said.matchAll(FORMULA)) {
    const tex = found[1] ?? found[2] ?? found[3] ?? found[4];
    if (tex.length > LONGEST_FORMULA || drawn === MOST_FORMULAS) continue;
    drawn += 1;
    parts.push(...plain(said.slice(end, found.index)), formula(tex, found[1] != null || found[2] != null, found[0]));
    end = found.index + found[0].length;
  }
  return [...parts, ...plain(said.slice(end))];
}

const DISPLAYED = /\\begin\{|\\tag\b/; // what LaTeX allows in displayed formulas only
const UNKNOWN = /Unsupported function name: (\\[A-Za-z]+)/;

function formula(tex, isDisplayed, whole) {
  const element = h("span.formula", { title: whole });
  const macros = {};
  const options = { displayMode: isDisplayed || DISPLAYED.test(tex), throwOnError: true, trust: false, maxSize: [10, 100], maxExpand: 200 };
  for (let tries = 0; tries < 8; tries++) {
    try {
      window.temml.render(tex, element, { ...options, macros });
      return element;
    } catch (error) {
      const name = UNKNOWN.exec(error.message)?.[1]; // a command that the page itself defined: its name says more than nothing
      if (!name || name in macros) break;
      macros[name] = `\\operatorname{${name.slice(1)}}`;
    }
  }
  element.replaceChildren(h("code", {}, whole)); // no LaTeX after all, or more than can be drawn
  return element;
}

/** Text nodes, with the invisible marks that reorder letters made visible. */
export function plain(said) {
  const parts = [];
  let end = 0;
  for (const found of said.matchAll(TURNING)) {
    const name = `U+${found[0].codePointAt(0).toString(16).toUpperCase()}`;
    parts.push(said.slice(end, found.index), h("span.mark", { title: "an invisible mark that turns the direction of writing" }, name));
    end = found.index + 1;
  }
  return [...parts, said.slice(end)];
}

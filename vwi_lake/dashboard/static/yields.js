// What each stage kept, and why the rest was dropped; yields by subject, round, domain and run.
import { about, get, isFile } from "vwi/data";
import { h, later, number, objects, percent, place, section, short, spoken, table, usd, when } from "vwi/dom";

export function yields() {
  return [
    h("h1.unseen", {}, "Yields"),
    written(),
    panel("totals", tiles),
    section("Funnel", "Rows in = kept + rejected. A reason leads to its rows.", panel("funnel", funnelOf)),
    h("div.columns", {},
      section("By subject", "Checked pairs, and those in the data set.", panel("subjects", bySubject)),
      section("By round", "Of search: what it found that no earlier one had.", panel("rounds", byRound)),
    ),
    section("By domain", "The hundred sites that gave most pairs.", panel("domains", byDomain)),
    section("By run", "What each run left; the lake can be read as of its snapshot.", panel("runs", byRun)),
    later(get("panels").then((names) => Promise.all(names.map((name) => get(`panel/${name}`)))), (own) => own.map(panelOfTheirs)),
  ].filter(Boolean);
}

/** A panel's answer as `show` draws it, once it is there; what is missing, or went wrong, in words. */
export const panel = (name, show) => later(get(`panel/${name}`), (told) => (told.missing ? missing(told) : show(told)));
export const missing = ({ missing: why }) => h("p.missing", {}, why);

const panelOfTheirs = (told) => section(spoken(told.name), told.caption,
  told.missing ? missing(told) : table(told.columns, told.rows, {}, told.name));

function tiles(totals) {
  const [all = {}] = objects(totals);
  const tile = (name, value, note) => h("div.tile", {}, h("dt", {}, name), h("dd", {}, h("b", {}, value), note && h("small", {}, note)));
  return h("dl.tiles", {},
    tile("pairs", number(all.pairs ?? 0)),
    tile("with images", number(all.visual_pairs ?? 0), percent(all.visual_pairs, all.pairs)),
    tile("synthesized answers", number(all.synthesized_pairs ?? 0), percent(all.synthesized_pairs, all.pairs)),
    tile("sites", number(all.domains ?? 0), `${number(all.pages ?? 0)} pages`),
    tile("paid", usd(all.cost_usd ?? 0), all.cost_usd ? `${usd(all.cost_usd_per_pair)} a pair` : "no paid calls"));
}

function funnelOf(funnel) {
  const tables = Map.groupBy(objects(funnel), (row) => row.table_name);
  return h("ol.funnel", {}, [...tables].map(([name, rows]) => step(name, rows)));
}

function step(name, rows) {
  const { stage, rows_in: total, kept } = rows[0];
  const reasons = rows.filter((row) => row.rejected_because);
  const part = (n) => ({ width: `${(100 * n) / (total || 1)}%` });
  return h("li", { "data-table": name },
    h("div.name", {}, h("b", {}, spoken(name.replace("silver.", ""))), h("small", {}, spoken(stage))),
    h("div.amount", {}, h("b", {}, number(kept)), h("small", {}, `of ${number(total)} · ${percent(kept, total)}`)),
    h("div.stack", { "aria-hidden": "true" }, h("i.kept", { style: part(kept) }), reasons.map((r) => h("i", { style: part(r.rows) }))),
    h("ul.reasons", {}, reasons.map((r) =>
      h("li", {}, h("a.reason", { href: place(`rejected/${name.replace("silver.", "")}`, { reason: r.rejected_because }) },
        h("b", {}, number(r.rows)), " ", spoken(r.rejected_because))))));
}

const meter = (value, most) => h("span.meter", { "aria-hidden": "true" }, h("i", { style: { width: `${(100 * value) / (most || 1)}%` } }));
const figure = (value) => h("span.figure", {}, number(value));
const most = (told, column) => Math.max(...objects(told).map((row) => row[column] ?? 0), 1);

const bySubject = (told) => table(told.columns, told.rows, {
  subject: (value) => h("a", { href: place("pairs", { subject: value }) }, value),
  pairs: (value) => [meter(value, most(told, "checked")), figure(value)],
}, "Yields by subject");

function byRound(told) {
  const figures = told.columns.slice(1);
  const rows = figures.map((name, i) => [spoken(name), ...told.rows.map((row) => row[i + 1])]);
  return table(["", ...told.rows.map((row) => `round ${row[0]}`)], rows, {}, "Yields by round");
}

const byDomain = (told) => table(told.columns, told.rows, {
  domain: (value) => h("a", { href: place("pairs", { domain: value }) }, h("bdi", {}, value ?? "–")),
  pairs: (value) => [meter(value, most(told, "pairs")), figure(value)],
}, "Yields by domain");

const byRun = (told) => table(told.columns, told.rows, { started_at: when, ended_at: when, cost_usd: usd }, "Yields by run");

const written = () => isFile && h("p.note", {}, `Written ${when(about.at)} from snapshot ${about.snapshot} of ${about.lake}; ${short(about.pairs)} of ${short(about.all)} candidate pairs are in this file.`);

// Throughput, errors and money over time.
import { lines } from "vwi/charts";
import { h, number, objects, section, short, spoken, table, usd } from "vwi/dom";
import { panel } from "vwi/yields";

export function work() {
  return [
    h("h1.unseen", {}, "Work"),
    section("Throughput", "Rows answered per second, stage by stage; failed ones in red.", panel("pace", paceOf)),
    section("Spending", "Model calls over time.", panel("spending", spendingOf)),
    section("Cost", "By stage and model; the last column divides by the pairs kept.", panel("costs", (told) =>
      table(told.columns, told.rows, { cost_usd: usd, cost_usd_per_pair: usd }, "Cost by stage and model"))),
    section("Errors", "Error classes of what the world answered. `vwi run --retry CLASS` asks those again.", panel("errors", (told) =>
      table(told.columns, told.rows, { stage: spoken }, "Errors by class"))),
  ];
}

function paceOf(pace) {
  const rows = objects(pace);
  const seconds = rows[0].seconds;
  const moments = rows.map((row) => row.moment);
  const [first, last] = [Math.min(...moments), Math.max(...moments)];
  const x = Array.from({ length: Math.round((last - first) / seconds) + 1 }, (_, i) => first + i * seconds);
  const stages = [...Map.groupBy(rows, (row) => row.stage)];
  return h("div.small-charts", {}, stages.map(([stage, mine]) => {
    const at = new Map(mine.map((row) => [row.moment, row]));
    const sum = (name) => mine.reduce((total, row) => total + row[name], 0);
    const rate = (name) => x.map((moment) => (at.get(moment)?.[name] ?? 0) / seconds);
    const busy = mine.length * seconds;
    const told = `${number(sum("rows"))} rows, ${short(sum("rows") / busy)} a second while at work, ${number(sum("errors"))} failed`;
    return h("figure", {}, h("figcaption", {}, h("b", {}, spoken(stage)), h("small", {}, told)),
      lines({ x, isTime: true, legend: false, height: 110, label: `${spoken(stage)}: ${told}`, format: short,
        series: [{ label: "answered", values: rate("rows") }, ...(sum("errors") ? [{ label: "failed", values: rate("errors"), colour: "--bad" }] : [])] }));
  }));
}

function spendingOf(spending) {
  const rows = objects(spending);
  const x = rows.map((row) => row.moment);
  let sum = 0;
  const paid = rows.map((row) => (sum += row.cost_usd ?? 0));
  const chart = (title, label, series, format = short) => h("figure", {}, h("figcaption", {}, h("b", {}, title), h("small", {}, label)),
    lines({ x, isTime: true, legend: false, height: 140, label: `${title}: ${label}`, series, format }));
  const total = (name) => rows.reduce((n, row) => n + (row[name] ?? 0), 0);
  return h("div.small-charts", {},
    chart("Money", `${usd(sum)} in all`, [{ label: "paid", values: paid }], usd),
    chart("Calls", `${number(total("calls"))} calls, ${number(total("failed"))} without an answer`,
      [{ label: "calls", values: rows.map((r) => r.calls) }, { label: "failed", values: rows.map((r) => r.failed), colour: "--bad" }]),
    chart("Tokens", `${short(total("tokens"))} in all`, [{ label: "tokens", values: rows.map((r) => r.tokens) }]),
    chart("Latency", "median seconds of a call", [{ label: "seconds", values: rows.map((r) => r.latency_s) }]));
}

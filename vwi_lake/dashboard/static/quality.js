// How far votes can be trusted; trainings and evaluations.
import { interval, lines } from "vwi/charts";
import { h, number, objects, place, section, table, when } from "vwi/dom";
import { panel } from "vwi/yields";

export function quality() {
  return [
    h("h1.unseen", {}, "Quality"),
    section("Votes", "How often a drafted majority is the page's own answer, with a 95 % interval. Pages may be wrong, too.", panel("votes", votesOf)),
    section("Training loss", "By step.", panel("losses", lossesOf)),
    section("Trainings", null, panel("trainings", (told) => table(told.columns, told.rows, { asked_at: when }, "Trainings"))),
    section("Evaluations", "With 95 % intervals where they were computed.", panel("evaluations", evaluationsOf)),
    section("Comparisons", "Differences of two evaluations; an interval off zero is no chance.", panel("comparisons", comparisonsOf)),
  ];
}

function votesOf(votes) {
  const rows = objects(votes);
  const columns = ["votes", "kept", "pairs", "agreeing", "differing", "undecided", "precision", "interval"];
  return table(columns, rows.map((r) => [r.votes, r.is_kept, r.pairs, r.agreeing, r.differing, r.undecided, r.precision, r]), {
    votes: (value, row) => h("a", { href: place("pairs", { agreement: value, rejected_because: row[1] ? null : "all" }) }, value),
    kept: (value) => (value ? "kept" : "rejected"),
    precision: (value) => (value == null ? "–" : `${(100 * value).toFixed(1)} %`),
    interval: (r) => interval({ low: r.precision_low, value: r.precision, high: r.precision_high, from: 0, to: 1 }),
  }, "Vote quality");
}

function lossesOf(losses) {
  const runs = [...Map.groupBy(objects(losses), (row) => row.run_id)];
  const x = [...new Set(objects(losses).map((row) => row.step))].sort((a, b) => a - b);
  const series = runs.map(([run, rows]) => {
    const at = new Map(rows.map((row) => [row.step, row.loss]));
    return { label: run, values: x.map((step) => at.get(step) ?? null) };
  });
  return lines({ x, xLabel: "step", series, height: 280, label: `Training loss of ${runs.length} trainings over ${number(x.at(-1))} steps`, format: number });
}

function evaluationsOf(told) {
  const rows = objects(told);
  const high = Math.max(...rows.map((r) => r.ci_high ?? r.value ?? 0), 0);
  return table(["run", "task", "metric", "value", "n", "interval"], rows.map((r) => [r.run_id, r.task, r.metric, r.value, r.n, r]), {
    interval: (r) => interval({ low: r.ci_low, value: r.value, high: r.ci_high, from: 0, to: high <= 1 ? 1 : high }),
  }, "Evaluations");
}

function comparisonsOf(told) {
  const rows = objects(told);
  const far = Math.max(...rows.flatMap((r) => [Math.abs(r.ci_low ?? 0), Math.abs(r.ci_high ?? 0), Math.abs(r.difference ?? 0)]), 1e-9);
  return table(["run a", "run b", "task", "difference", "p", "n", "interval"], rows.map((r) => [r.run_a, r.run_b, r.task, r.difference, r.p, r.n, r]), {
    p: (value) => (value != null && value < 0.001 ? "< 0.001" : number(value)),
    interval: (r) => interval({ low: r.ci_low, value: r.difference, high: r.ci_high, from: -far, to: far }),
  }, "Comparisons");
}

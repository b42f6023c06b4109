// Lines over time or steps, drawn by uPlot; colours come from the theme.
import { h } from "vwi/dom";

const COLOURS = 8; // --line-1 … in style.css
const drawn = new Set();

/** A colour of the theme as canvas takes it. */
const resolved = (name) => {
  const probe = h("span", { style: { color: `var(${name})` } });
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
};

/** Seconds since 1970 as a label, as fine as the ticks are apart; UTC, as all times here. */
function clock(seconds, step) {
  const [date, time] = new Date(seconds * 1000).toISOString().split("T");
  return step >= 86_400 ? date : step >= 60 ? `${date.slice(5)} ${time.slice(0, 5)}` : time.slice(0, 8);
}

/** x: numbers; series: [{label, values, colour?}]; the label says what the picture shows to those who cannot see it. */
export function lines({ x, xLabel = "time", series, label, height = 180, isTime = false, legend = series.length > 1, format = (v) => v }) {
  const box = h("div.chart", { role: "img", "aria-label": label });
  const draw = () => {
    box.replaceChildren();
    const axis = { stroke: resolved("--faint"), grid: { stroke: resolved("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui" };
    const options = {
      width: Math.max(200, box.clientWidth || 600),
      height,
      legend: { show: legend },
      cursor: { drag: { x: true, y: false } },
      scales: { x: { time: false }, y: { range: (_, low, high) => [Math.min(0, low ?? 0), high > 0 ? high * 1.05 : 1] } },
      axes: [{ ...axis, space: 70, values: (_, ticks, __, ___, step) => ticks.map((tick) => (isTime ? clock(tick, step) : tick)) }, { ...axis, size: 56, values: (_, ticks) => ticks.map(format) }],
      series: [{ label: xLabel }, ...series.map((one, i) => ({ label: one.label, stroke: resolved(one.colour ?? `--line-${(i % COLOURS) + 1}`), width: 1.5, spanGaps: true, points: { show: x.length < 60 } }))],
    };
    new window.uPlot(options, [x, ...series.map((one) => one.values)], box);
  };
  watched.observe(box);
  redraw.set(box, draw);
  drawn.add(box);
  return box;
}

const redraw = new WeakMap();
const watched = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (!target.isConnected) {
      watched.unobserve(target);
      drawn.delete(target);
    } else if (target.dataset.width !== String(target.clientWidth)) {
      target.dataset.width = target.clientWidth;
      redraw.get(target)();
    }
  }
});

/** Colours follow the theme. */
export function recolour() {
  for (const box of drawn) if (box.isConnected) redraw.get(box)();
}

/** An interval from low to high with its value, on a scale from `from` to `to`. */
export function interval({ low, value, high, from, to }) {
  const at = (v) => `${(100 * (Math.min(Math.max(v, from), to) - from)) / (to - from || 1)}%`;
  return h("span.interval", { "aria-hidden": "true" },
    from < 0 && to > 0 && h("i.zero", { style: { left: at(0) } }),
    low != null && h("i.range", { style: { left: at(low), right: `calc(100% - ${at(high)})` } }),
    value != null && h("i.dot", { style: { left: at(value) } }));
}

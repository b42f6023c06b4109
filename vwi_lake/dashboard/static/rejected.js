// The rows that one table rejected for one reason.
import { get, picture } from "vwi/data";
import { h, outside, place, spoken, table, written } from "vwi/dom";

const PICTURES = ["sha256", "seed_id", "image"];

export async function rejected(path, params) {
  const name = path.split("/")[1];
  const body = h("div", {});
  const more = h("button", { type: "button", hidden: true }, "more rows");
  let after = null;
  const load = async () => {
    const told = await get(`rejected/${name}`, { reason: params.reason, after });
    body.append(told.rows.length ? rowsOf(told, name) : h("p.missing", {}, after === null ? "no row is rejected for this reason any more" : "no more rows"));
    after = told.next;
    more.hidden = told.next == null;
  };
  more.addEventListener("click", load);
  await load();
  return [
    h("p.path", {}, h("a", { href: place("yields") }, "Yields"), " › ", spoken(name)),
    h("h1", {}, spoken(params.reason)),
    h("p.note", {}, "Rows of ", h("code", {}, `rejects.${name}`), ", as the rules see them. ",
      h("code", {}, `vwi sql "from rejects.${name} where rejected_because = '${params.reason}'"`), " gives them all."),
    body, more,
  ];
}

/** Columns that say nothing of any of these rows are left out. */
function rowsOf({ columns: all, rows: whole }, name) {
  const isSaid = (value) => value != null && value !== "" && !(Array.isArray(value) && value.length === 0);
  const said = all.map((_, i) => whole.some((row) => isSaid(row[i])));
  const told = { columns: all.filter((_, i) => said[i]), rows: whole.map((row) => row.filter((_, i) => said[i])) };
  const show = {};
  for (const column of told.columns) {
    if (column === "qa_id" || column === "duplicate_of") show[column] = (id) => (id ? h("a", { href: place("pairs", { id, rejected_because: column === "qa_id" ? "" : null }) }, id) : "–");
    else if (column.endsWith("url")) show[column] = (url) => (url ? outside(url, url.length > 90 ? `${url.slice(0, 90)}…` : url) : "–");
    else if (PICTURES.includes(column)) show[column] = (sha) => (sha && picture(sha) ? h("img.thumb", { src: picture(sha), alt: "", loading: "lazy", onerror: (e) => e.target.remove() }) : written(sha));
  }
  return table(told.columns, told.rows, show, `Rows of ${spoken(name)}`);
}

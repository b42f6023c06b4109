// One pair: what was asked, what was answered and by whom, where it stands on its page, and the way from the seed to here.
import { get, picture } from "vwi/data";
import { h, number, outside, percent, place, spoken, table, usd, when } from "vwi/dom";
import { formulas, text } from "vwi/text";

export async function opened(id) {
  const told = await get(`pair/${id}`);
  const source = h("div.source", {}, h("p.note", {}, "reading the page …"));
  sourceOf(id).then((parts) => source.replaceChildren(...parts), (error) => source.replaceChildren(h("p.missing", {}, error.message)));
  return [
    heading(told), images(told, "question"),
    part("Question", text(told.pair.question)),
    answers(told), images(told, "solution"), drafts(told),
    part("On its page", told.page && h("p.note", {}, outside(told.page.url), " · ", told.page.title && h("bdi", {}, told.page.title)),
      told.pair.solution_url && told.pair.solution_url !== told.pair.page_url && h("p.note", {}, "its solution: ", outside(told.pair.solution_url)), source),
    part("How it came here", trace(told)),
  ].filter(Boolean);
}

const part = (title, ...body) => h("section", {}, h("h2", {}, title), body);

const RULES = [["rejected_as_candidate", "qa candidates"], ["rejected_as_pair", "qa pairs"], ["rejected_as_answer", "aligned answers"], ["rejected_as_copy", "unique pairs"], ["rejected_as_leak", "clean pairs"]];

function heading({ pair, page }) {
  const why = RULES.find(([name]) => pair[name]);
  const state = pair.is_kept ? h("p.state.good", {}, `in the data set · ${pair.split}`)
    : h("p.state.bad", {}, `rejected by ${why?.[1] ?? "a rule"}: `, h("b", {}, spoken(pair[why?.[0]] ?? "not built yet")),
      pair.duplicate_of && [" of ", h("a", { href: place("pairs", { id: pair.duplicate_of }) }, pair.duplicate_of)],
      pair.benchmark_item && [` (${pair.benchmark_item}, ${percent(pair.share_of_item, 1)} of its words)`]);
  return h("header", {}, h("p.note", {}, pair.subject ?? "", " · ", h("bdi", {}, page?.domain ?? ""), " · ", h("code", {}, pair.qa_id)), state);
}

function images({ images: all }, where) {
  const mine = all.filter((image) => image.part === where);
  if (!mine.length) return null;
  return h("div.images", {}, mine.map((image) => h("figure", {},
    image.sha256 && picture(image.sha256)
      ? h("a", { href: picture(image.sha256), target: "_blank", rel: "noopener" }, h("img", { src: picture(image.sha256), alt: `Image ${image.position} of the ${where}`, width: image.width, height: image.height }))
      : h("span.no-image", {}, image.rejected_because ? spoken(image.rejected_because) : "not in this file"),
    h("figcaption", {}, `${image.width ?? "?"} × ${image.height ?? "?"} `,
      image.rejected_because && h("span.badge.bad", {}, spoken(image.rejected_because)),
      image.is_relevant != null && h(image.is_relevant ? "span.badge.good" : "span.badge.bad", {}, image.is_relevant ? "belongs" : "does not belong"),
      image.why && h("bdi", {}, ` ${image.why}`)))));
}

function answers({ pair }) {
  const one = (title, answer, shortly, note) => h("div.answer", {}, h("h3", {}, title), note && h("p.note", {}, note),
    answer ? text(answer) : h("p.missing", {}, "none"), shortly && h("p.shortly", { dir: "auto" }, "Answer: ", formulas(shortly)));
  const final = pair.answer_source && one("Final answer", pair.answer, pair.short_answer, `${pair.answer_source === "web" ? "the page's own" : "synthesized"}${pair.verdict ? ` · drafts and page: ${spoken(pair.verdict)}` : ""}`);
  const shown = [final];
  if (pair.answer_source !== "web" || !pair.is_kept) shown.push(one("The page's own", pair.solution, pair.short_solution));
  if (pair.n_drafts && pair.answer_source !== "synthesized") shown.push(one("Majority of the drafts", pair.majority_answer, pair.majority_short_answer, `${pair.n_agreeing} of ${pair.n_drafts} agree, by ${spoken(pair.compared_by)}`));
  return part("Answers", h("div.answers", {}, shown), pair.verdict_why && h("p.note", {}, "Alignment: ", h("bdi", {}, pair.verdict_why)));
}

function drafts({ pair, drafts: all }) {
  if (!all.length) return null;
  const one = (draft) => h("details.draft", { "data-group": draft.agreeing_group },
    h("summary", {}, h("span.badge", {}, `draft ${draft.sample + 1}`), draft.error ? h("span.badge.bad", {}, spoken(draft.error)) : h("bdi", {}, formulas(draft.short_answer ?? draft.answer.slice(0, 120))),
      draft.agreeing_group && h(draft.agreeing_group === 1 ? "span.badge.good" : "span.badge", {}, draft.agreeing_group === 1 ? "majority" : `group ${draft.agreeing_group}`)),
    draft.answer && text(draft.answer));
  return part(`Drafts and votes${pair.n_drafts ? `: ${pair.n_agreeing} of ${pair.n_drafts} agree` : ""}`, all.map(one));
}

// -- the page --------------------------------------------------------------------------------------------------------

async function sourceOf(id) {
  const told = await get(`source/${id}`);
  if (told.missing) return [h("p.missing", {}, told.missing)];
  const box = h("div.document", { tabindex: "0", role: "region", "aria-label": "The page as text, with the pair marked", dir: "auto" },
    told.parts.map(([kind, words]) => (kind ? h(`mark.of-${kind}`, { title: `the ${kind}` }, read(words, told.images)) : read(words, told.images))));
  requestAnimationFrame(() => {
    const mark = box.querySelector("mark.of-pair") ?? box.querySelector("mark");
    if (mark) box.scrollTop = mark.offsetTop - box.offsetTop - 60;
  });
  return [told.is_located ? null : h("p.missing", {}, "The pair's place was not found: it stands in the page's data, not in its text."), box].filter(Boolean);
}

const LINE = /^(#{1,6}) (.*)$/;
const IMAGE = /\[img(\d+)(?:: ([^\]]*))?\]/g;

/** Lines of a document as vwi tree shows it. */
const read = (document, files) => document.split("\n").filter(Boolean).map((line) => {
  const heading = LINE.exec(line);
  return heading ? h("p.heading", {}, withImages(heading[2], files)) : h("p", {}, withImages(line, files));
});

function withImages(line, files) {
  const parts = [];
  let end = 0;
  for (const found of line.matchAll(IMAGE)) {
    const sha = files[found[1]];
    const shown = sha && picture(sha);
    parts.push(...formulas(line.slice(end, found.index)), shown ? h("img", { src: shown, alt: found[2] ?? "", loading: "lazy" }) : h("span.badge", {}, found[2] || "image"));
    end = found.index + found[0].length;
  }
  return [...parts, ...formulas(line.slice(end))];
}

// -- trace -----------------------------------------------------------------------------------------------------------

function trace({ pair, page, hits, calls }) {
  const step = (name, ...told) => h("li", {}, h("b", {}, name), h("div", {}, told));
  const facts = (all) => h("p", {}, all.filter((fact) => fact).flatMap((fact) => [fact, " · "]).slice(0, -1));
  const spent = calls.reduce((sum, call) => sum + (call.cost_usd ?? 0), 0);
  return h("ol.trace", {},
    step("found", hits.length ? hits.slice(0, 5).map(hit) : h("p", {}, "no search hit is known")),
    page && step("fetched", facts([when(page.fetched_at), page.status && `status ${page.status}`, page.robots && `robots: ${page.robots}`, page.licence && h("bdi", {}, `licence: ${page.licence}`), page.rendered && "rendered by a browser", page.size_bytes && `${number(page.size_bytes)} bytes`])),
    page && step("read", facts([page.title && h("bdi", {}, page.title), page.language, `${number(page.n_words)} words`, `${number(page.n_images)} images`])),
    step("extracted", facts([`by ${pair.extractor}`, pair.cue && `cue: ${spoken(pair.cue)}`, pair.first_node != null && `nodes ${pair.first_node} – ${pair.last_node}`, pair.on_page != null && `${percent(pair.on_page, 1)} of the question is on the page`, pair.solution_on_page != null && `${percent(pair.solution_on_page, 1)} of the solution`])),
    step("checked", h("p", {}, pair.rejected_as_pair ? spoken(pair.rejected_as_pair) : "kept", pair.check_why && [": ", h("bdi", {}, pair.check_why)])),
    pair.n_drafts != null && step("voted", facts([`${pair.n_agreeing} of ${pair.n_drafts} drafts agree`, pair.compared_by && `compared by ${spoken(pair.compared_by)}`])),
    step("answer", facts([pair.answer_source && spoken(pair.answer_source), pair.verdict && spoken(pair.verdict), pair.rejected_as_answer && spoken(pair.rejected_as_answer)])),
    calls.length > 0 && step("model calls", h("p", {}, `${calls.length} calls, ${usd(spent)}`), callsOf(calls)));
}

const hit = (found) => h("p", {}, found.seed_id && picture(found.seed_id) && h("img.thumb", { src: picture(found.seed_id), alt: "the seed image", loading: "lazy", onerror: (e) => e.target.remove() }),
  found.source ? h("bdi", {}, `seed ${found.source} `) : "", `round ${found.round ?? 1}, ${found.provider}, rank ${found.rank}, score ${number(found.score)}`);

function callsOf(calls) {
  const columns = ["stage", "model", "outcome", "tokens", "cost", "seconds", "reply"];
  const rows = calls.map((c) => [spoken(c.stage), c.model, c.outcome, (c.prompt_tokens ?? 0) + (c.completion_tokens ?? 0), c.cost_usd, c.latency_s, c.reply]);
  return table(columns, rows, { cost: usd, reply: (said) => (said ? h("details", {}, h("summary", {}, "reply"), h("pre", {}, said.slice(0, 20_000))) : "–") }, "Model calls");
}

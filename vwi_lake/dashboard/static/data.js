// Where answers come from: the server, or what was written into the file. The rest of the page does not know which.

const written = document.getElementById("data");
const kept = written ? JSON.parse(written.textContent) : null;

export const isFile = kept !== null;
export const about = kept?.about ?? {};

/** The answer to `path` with `params`; raises what the server said was wrong. */
export async function get(path, params = {}) {
  const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value !== "" && value != null));
  if (isFile) return fromFile(path, params);
  const reply = await fetch(`api/${path}${query.size ? `?${query}` : ""}`);
  const told = await reply.json();
  if (!reply.ok) throw new Error(told.error ?? `the server says ${reply.status}`);
  return told;
}

/** Address of a picture, or null where the file was written without it. */
export const picture = (sha) => (isFile ? kept.images[sha] ?? null : `image/${sha}`);

function fromFile(path, params) {
  if (path === "pairs") return search(params);
  const key = path.startsWith("rejected/") ? `${path}?${params.reason}` : path;
  if (key in kept.answers) return kept.answers[key];
  throw new Error("this is not in the file; `vwi dashboard` shows all of it");
}

/** What the server's SQL does, on the pairs of the file. */
function search({ q = "", after = 0, limit = 50, ...filters }) {
  const words = plain(q).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const meets = (pair) =>
    Object.entries(filters).every(([name, value]) => !value || String(pair[name] ?? "none") === value) &&
    words.every((word) => plain(`${pair.question} ${pair.answer} ${pair.more}`).includes(word));
  const found = kept.pairs.filter(meets);
  return { pairs: found.filter((pair) => pair.place > after).slice(0, limit), total: found.length };
}

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

// Runs in every frame before the page's own scripts: makes a page repeatable, and lets the renderer read and use it.
(() => {
  "use strict";
  // What would leave the page by ways that no request interception sees, or wait for a person.
  for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "WebTransport", "SharedWorker"]) delete window[name];
  window.open = () => null;
  window.print = () => {};
  navigator.sendBeacon = () => true;

  // The same page is shuffled the same way each time: mulberry32, https://gist.github.com/tommyettinger/46a874533244883189143505d203312c
  let seed = 1;
  Math.random = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };

  const listening = new WeakSet();
  const add = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (type, ...rest) {
    if (this instanceof Element && /^(click|mouse(down|up)|pointer(down|up)|touch(start|end))$/.test(type)) listening.add(this);
    return add.call(this, type, ...rest);
  };

  const roots = new WeakMap();
  let hasRoots = false;
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, options);
    roots.set(this, root);
    hasRoots = true;
    return root;
  };

  let changes = 0;
  new MutationObserver((list) => (changes += list.length)).observe(document, { childList: true, characterData: true, subtree: true });

  const shown = (el) => el.checkVisibility({ visibilityProperty: true }) && el.getClientRects().length > 0;
  const NEVER = "nav, header, footer, aside, dialog, [role=navigation], [role=banner], [role=contentinfo], [role=search], [role=dialog], [role=menu]";
  const NATIVE = "button, summary, label, input[type=button], input[type=radio], input[type=checkbox], input[type=submit], input[type=image], [onclick], [role=button], [role=option], [role=radio], [role=checkbox]";
  const off = (el) => el.disabled || el.getAttribute("aria-disabled") === "true" || el.type === "reset";
  const points = (el) => getComputedStyle(el).cursor === "pointer" && !(el.parentElement && getComputedStyle(el.parentElement).cursor === "pointer");

  function leads(el) {
    const link = el.closest("a[href]");
    return link !== null && !/^(#|javascript:)/i.test(link.getAttribute("href"));
  }

  function isTarget(el) {
    return (el.matches(NATIVE) || listening.has(el) || typeof el.onclick === "function" || points(el)) && !off(el) && !leads(el) && !el.closest(NEVER) && shown(el);
  }

  const path = (el) => {
    const names = [];
    for (let at = el; at && at !== document.body; at = at.parentElement) names.push(at.localName);
    return names.reverse().join(">");
  };

  let held = [];
  function targets() {
    for (const el of document.querySelectorAll("[data-vwi-target]")) el.removeAttribute("data-vwi-target");
    const found = [...document.body.querySelectorAll("*")].slice(0, 5000).filter(isTarget);
    held = found.filter((el) => !found.some((other) => other !== el && el.contains(other)) && el !== document.body).slice(0, 60);
    const groups = [...new Set(held.map(path))];
    for (const el of held) el.setAttribute("data-vwi-target", groups.indexOf(path(el)));
    return held.map((el) => ({ group: path(el), text: (el.innerText || el.value || el.getAttribute("aria-label") || "").trim().slice(0, 200) }));
  }

  // Texts that are shown, and pictures; those to be clicked begin with a dot.
  function blocks() {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = walker.nextNode(); node && found.length < 2000; node = walker.nextNode()) {
      if (node.nodeType === Node.ELEMENT_NODE) {
        if (node.localName === "img" && shown(node)) found.push(`img ${node.getAttribute("src")}`);
        continue;
      }
      const text = node.data.trim();
      const el = node.parentElement;
      if (text && !/^(script|style|noscript|template|option)$/.test(el.localName) && shown(el)) {
        found.push((el.closest("[data-vwi-target]") ? "•" : "") + text.slice(0, 500));
      }
    }
    return found;
  }

  function copy(node) {
    if (node.nodeType !== Node.ELEMENT_NODE) return node.cloneNode(false);
    const made = node.cloneNode(false);
    const inner = roots.has(node) ? roots.get(node).childNodes : node.childNodes;
    for (const child of inner) {
      const given = child.localName === "slot" ? child.assignedNodes({ flatten: true }) : [];
      for (const one of given.length ? given : [child]) made.append(copy(one));
    }
    return made;
  }

  function html() {
    return (hasRoots ? copy(document.documentElement) : document.documentElement).outerHTML;
  }

  // Mark, press as a person would, and let promises run; timers stand still meanwhile.
  async function press(number) {
    const el = held[number];
    if (!el || !el.isConnected) return null;
    for (const other of document.querySelectorAll("[data-vwi-took]")) other.removeAttribute("data-vwi-took");
    el.setAttribute("data-vwi-took", "");
    const before = html();
    for (const type of ["pointerdown", "mousedown", "pointerup", "mouseup"]) {
      const Kind = type.startsWith("pointer") ? PointerEvent : MouseEvent;
      el.dispatchEvent(new Kind(type, { bubbles: true, cancelable: true, view: window }));
    }
    if (typeof el.click === "function") el.click();
    else el.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, view: window }));
    for (let i = 0; i < 20; i++) await null;
    return { before, after: html(), blocks: blocks() };
  }

  // What a frame shows, to stand in its place: addresses no longer depend on the frame's own.
  function framed() {
    for (const [name, selector] of [["src", "[src]"], ["href", "[href]"]]) {
      for (const el of document.querySelectorAll(selector)) {
        if (typeof el[name] === "string" && el.getAttribute(name)) el.setAttribute(name, el[name]);
      }
    }
    return document.body ? document.body.innerHTML : "";
  }

  const own = Object.freeze({ changes: () => (document.readyState === "loading" ? ++changes : changes), targets, blocks, html, press, framed });
  Object.defineProperty(window, "__vwi", { value: own, enumerable: false });
})();

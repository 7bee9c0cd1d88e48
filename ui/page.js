// What the page does in the browser: shows a footnote's quote on hover, opens its source, and moves the eye and the
// keyboard there and back. Document text reaches this file only through textContent, never as markup.
(() => {
  const KEYS = ["document", "start", "end"];
  const same = (a, b) => KEYS.every((key) => a.dataset[key] === b.dataset[key]);
  const wide = () => window.matchMedia("(min-width: 900px)").matches;
  const hovers = () => window.matchMedia("(hover: hover)").matches; // on a touch screen the card would be in the way
  const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  let asked = null; // the button that asked for a source and has not been shown it yet
  let opener = null; // the button to go back to

  // ---- the small card with the quote
  const tip = document.createElement("div");
  tip.id = "fn-tip";
  tip.setAttribute("role", "tooltip");
  tip.hidden = true;
  const showTip = (chip) => {
    if (!tip.isConnected) document.body.append(tip);
    const quote = document.createElement("q");
    quote.textContent = chip.dataset.tip;
    const place = document.createElement("span");
    place.textContent = chip.dataset.place;
    tip.replaceChildren(quote, place);
    tip.hidden = false;
    const at = chip.getBoundingClientRect();
    const left = Math.min(Math.max(8, at.left + at.width / 2 - tip.offsetWidth / 2), innerWidth - tip.offsetWidth - 8);
    const above = at.top - tip.offsetHeight - 8;
    tip.style.left = `${left}px`;
    tip.style.top = `${above > 8 ? above : at.bottom + 8}px`;
  };
  const hideTip = () => { tip.hidden = true; };
  const chipOf = (event) => event.target instanceof Element ? event.target.closest(".fn-chip") : null;
  for (const name of ["mouseover", "focusin"]) {
    document.addEventListener(name, (event) => (chipOf(event) && hovers() ? showTip(chipOf(event)) : hideTip()));
  }
  document.addEventListener("keydown", hideTip);
  document.addEventListener("focusout", hideTip);
  document.addEventListener("scroll", hideTip, true);

  // ---- the list of documents closes when one is done with it
  const closeList = (event) => {
    const list = document.querySelector(".fn-docs[open]");
    if (!list) return;
    if (event.key === "Escape") {
      list.querySelector("summary").focus();
      list.open = false;
    } else if (event.type === "click" && (!list.contains(event.target) || event.target.closest(".fn-doc"))) list.open = false;
  };
  document.addEventListener("click", closeList);
  document.addEventListener("keydown", closeList);

  // ---- a source shown in the evidence pane
  const markOpen = (source) => {
    for (const button of document.querySelectorAll("[data-document][aria-current]")) button.removeAttribute("aria-current");
    if (!source) return;
    for (const button of document.querySelectorAll("button[data-document]")) {
      if (same(button, source)) button.setAttribute("aria-current", "true");
    }
  };
  const toMark = (source) => {
    const text = source.querySelector(".fn-text");
    const mark = source.querySelector("mark");
    if (text) text.scrollTop = mark ? mark.offsetTop - Math.max(0, (text.clientHeight - mark.offsetHeight) / 3) : 0;
    const sheet = source.querySelector(".fn-sheet");
    const box = sheet?.querySelector(".fn-mark");
    if (!box) return;
    const at = box.getBoundingClientRect();
    const frame = sheet.getBoundingClientRect();
    sheet.scrollTop += at.top - frame.top - sheet.clientHeight / 3;
    const left = Math.min(...[...sheet.querySelectorAll(".fn-mark")].map((mark) => mark.getBoundingClientRect().left));
    sheet.scrollLeft += left - frame.left - 20;
  };

  // ---- a source with pages: what it is looked at as is kept while the page is open; a page is drawn when it is seen
  let view = "page";
  let closer = null; // whether a page is so large that the quote fills the pane's width; in a narrow pane unless told
  let draw = null; // asks for the pages of a source
  let requests = 0;
  const press = (button, on) => button.setAttribute("aria-pressed", String(on));
  const isClose = (source) => closer ?? source.querySelector(".fn-sheet").clientWidth < 600;
  const turn = (source, to) => {
    source.dataset.view = to;
    for (const button of source.querySelectorAll(".fn-switch button")) press(button, button.dataset.view === to);
    press(source.querySelector(".fn-closer"), isClose(source));
    for (const leaf of source.querySelectorAll(".fn-leaf")) {
      const edges = [...leaf.querySelectorAll(".fn-mark")].map(({ style }) => [parseFloat(style.left), parseFloat(style.width)]);
      const share = Math.max(...edges.map(([left, width]) => left + width)) - Math.min(...edges.map(([left]) => left));
      leaf.style.width = isClose(source) ? `${Math.min(200, Math.max(125, 9000 / share))}%` : "";
    }
    toMark(source);
  };
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      const { document, start, end } = target.closest(".fn-source").dataset;
      requests += 1;
      draw?.({ document, start: +start, end: +end, number: requests });
    }
  });
  const unfold = (source) => {
    const sheet = source.querySelector(".fn-sheet");
    if (!sheet) return;
    turn(source, view);
    seen.observe(sheet);
  };
  const views = (event) => {
    const button = event.target.closest(".fn-views button");
    if (!button) return;
    const source = button.closest(".fn-source");
    if (button.dataset.view) view = button.dataset.view;
    else closer = !isClose(source);
    turn(source, view);
  };

  const settle = (source) => {
    toMark(source);
    if (!asked || !same(asked, source)) return; // shown by itself at the end of an answer: leave the person where they are
    asked = null;
    const head = source.querySelector(".fn-source-head");
    head?.focus({ preventScroll: true });
    if (!wide()) head?.scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });
  };
  const back = () => {
    if (!opener?.isConnected) return;
    if (opener.closest("#fn-shelf")) window.footnote.show(true);
    opener.focus({ preventScroll: true });
    if (!wide()) opener.scrollIntoView({ block: "center", behavior: calm() ? "auto" : "smooth" });
  };

  window.footnote = {
    // For a part with buttons that name a span of a document.
    sources(element, trigger, name) {
      element.addEventListener("click", (event) => {
        const button = event.target.closest("button[data-document]");
        if (!button) return;
        hideTip();
        asked = opener = button;
        const shown = document.querySelector("#fn-evidence .fn-source");
        if (shown && same(shown, button)) return settle(shown);
        trigger(button.dataset.event ?? name, { document: button.dataset.document, start: +button.dataset.start, end: +button.dataset.end });
      });
    },
    // For the pane that shows them.
    evidence(element, trigger, watch, name) {
      draw = (span) => trigger(name, span);
      element.addEventListener("click", (event) => {
        if (event.target.closest(".fn-back")) back();
        views(event);
      });
      element.addEventListener("keydown", (event) => { if (event.key === "Escape") back(); });
      watch("value", () => {
        const source = element.querySelector(".fn-source");
        markOpen(source);
        if (!source) return;
        unfold(source);
        settle(source);
      });
    },
    // For the part that pages come in: they are put where they were asked for, if that is still shown.
    drawn(element, watch) {
      watch("value", () => {
        const pages = element.querySelector(".fn-drawn");
        const source = document.querySelector("#fn-evidence .fn-source");
        if (!pages || !source || !same(pages, source)) return;
        const content = [...pages.children].map((child) => child.cloneNode(true));
        const fault = content.find((child) => child.matches(".fn-no-pages"));
        if (fault) {
          source.querySelector(".fn-views")?.replaceWith(fault);
          source.dataset.view = "text";
          toMark(source);
        } else {
          source.querySelector(".fn-sheet").replaceChildren(...content);
          turn(source, view);
        }
      });
    },
    // For the conversation: follow the answer as it grows, unless the person has scrolled up to read.
    follow(element, watch) {
      const box = document.querySelector("#fn-talk");
      let following = true;
      let number = "";
      for (const name of ["wheel", "touchmove", "keydown"]) {
        (box ?? element).addEventListener(name, () => { following = false; }, { passive: true });
      }
      watch("value", () => {
        const now = element.querySelector(".fn-exchange")?.getAttribute("aria-label") ?? "";
        if (now !== number) following = true; // a new question always comes into view
        number = now;
        if (!now || !following) return;
        // The question goes to the top, and the answer grows below it: a long one is read from its beginning.
        const away = element.getBoundingClientRect().top - 20;
        if (wide() && box) box.scrollTop += away - box.getBoundingClientRect().top;
        else window.scrollBy(0, away);
      });
    },
    // For the report of a change: what depends on the documents is asked for anew, not too often while it goes on.
    reports(element, trigger, watch, dismiss, halt, renew) {
      let news = "";
      let when = 0;
      watch("value", () => {
        const report = element.querySelector(".fn-reports");
        if ((report?.dataset.news ?? "") === news) return;
        if (report?.dataset.run === "going" && Date.now() - when < 1500) return;
        news = report?.dataset.news ?? "";
        when = Date.now();
        if (report) trigger(renew);
      });
      element.addEventListener("click", (event) => {
        if (event.target.closest(".fn-dismiss")) trigger(dismiss);
        if (event.target.closest(".fn-halt")) trigger(halt);
      });
    },
  };
})();

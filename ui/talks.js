// What the browser does for conversations: the list of them and its drawer, what can be done with an answer, and which
// conversation was open. Text of documents and people reaches this file only through textContent and value.
(() => {
  const OPEN = "footnote-open";
  const narrow = () => window.matchMedia("(max-width: 1199px)").matches;

  // ---- which conversation is open: each tab has its own, a new one begins with the last that was
  const recall = () => { try { return sessionStorage[OPEN] ?? localStorage[OPEN] ?? ""; } catch { return ""; } };
  const remember = (id) => { try { sessionStorage[OPEN] = localStorage[OPEN] = id; } catch { /* storage is off */ } };

  // ---- a small window that asks before something is done
  const asking = (title, act, name) => new Promise((resolve) => {
    const dialog = document.createElement("dialog");
    const form = document.createElement("form");
    const head = document.createElement("h2");
    const field = document.createElement("input");
    const buttons = document.createElement("div");
    dialog.className = "fn-dialog";
    form.method = "dialog";
    head.textContent = title;
    field.value = name ?? "";
    field.maxLength = 200;
    field.setAttribute("aria-label", title);
    for (const [label, value] of [["Cancel", "no"], [act, "yes"]]) {
      const button = document.createElement("button");
      button.textContent = label;
      button.value = value;
      button.dataset.act = label;
      if (value === "no") {
        button.type = "button";
        button.addEventListener("click", () => dialog.close("no"));
      }
      buttons.append(button);
    }
    form.append(head, ...(name === undefined ? [] : [field]), buttons);
    dialog.append(form);
    // Inside the page's own container, where its styles hold.
    (document.querySelector("#fn-frame") ?? document.body).append(dialog);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes" ? { name: field.value } : null);
    });
    dialog.showModal();
    if (name !== undefined) field.select();
  });

  // ---- the drawer, where the window is too narrow for the list to stand beside the conversation
  const menu = () => document.querySelector(".fn-menu");
  const drawer = (open) => {
    document.querySelector("#fn-rail")?.toggleAttribute("data-shown", open);
    menu()?.setAttribute("aria-expanded", String(open));
  };
  const leave = () => {
    if (menu()?.getAttribute("aria-expanded") !== "true") return;
    drawer(false);
    menu().focus();
  };
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && !event.target.closest?.("dialog")) leave(); });
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("#fn-rail, .fn-menu, dialog")) drawer(false);
    for (const acts of document.querySelectorAll(".fn-talk-acts[open]")) if (!acts.contains(event.target)) acts.open = false;
  });

  // ---- forms below an answer
  const form = (within, name) => within.querySelector(`form[data-form="${name}"]`);
  const show = (article, name, shown) => {
    const opener = article.querySelector(`[data-act="show"][data-form="${name}"]`);
    form(article, name).hidden = !shown;
    opener?.setAttribute("aria-expanded", String(shown));
    if (!shown) return opener?.focus();
    const text = form(article, name).querySelector("textarea");
    text.focus();
    if (name !== "comment") text.setSelectionRange(text.value.length, text.value.length);
  };

  // Beyond this machine the page may come without encryption; the clipboard is then reached the old way only.
  const copied = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      area.className = "fn-hidden";
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  };
  const copy = async (button) => {
    const done = await copied(button.dataset.text);
    button.focus();
    button.textContent = done ? "Copied" : "Could not copy";
    setTimeout(() => { button.textContent = "Copy"; }, 2500);
  };

  const judge = (article, button, trigger) => {
    const given = button.getAttribute("aria-pressed") !== "true";
    for (const thumb of article.querySelectorAll(".fn-thumb")) thumb.setAttribute("aria-pressed", String(given && thumb === button));
    trigger("judge", { number: +article.dataset.number, verdict: given ? button.dataset.verdict : "" });
    if (given) show(article, "comment", true);
    else form(article, "comment").hidden = true;
  };
  const sent = (article, given, trigger) => {
    const text = given.querySelector("textarea").value.trim();
    const name = given.dataset.form;
    if (name === "comment") {
      const thumb = article.querySelector('.fn-thumb[aria-pressed="true"]');
      trigger("judge", { number: +article.dataset.number, verdict: thumb?.dataset.verdict ?? "", comment: text });
      given.hidden = true;
      thumb?.focus();
    } else if (text) {
      trigger("again", name === "correct" ? { read_as: text } : { question: text });
      document.querySelector("#fn-box textarea")?.focus(); // what was focused goes away with the answer
    }
  };

  const chosen = async (act, item, trigger) => {
    const id = item.dataset.talk;
    const name = item.dataset.name;
    item.querySelector("details").open = false;
    if (act === "choose") {
      trigger("choose", { id });
      if (narrow()) leave();
    } else if (act === "export") trigger("export", { id });
    else if (act === "rename") {
      const given = await asking("Rename this conversation", "Rename", name);
      if (given) trigger("rename", { id, name: given.name });
    } else if (act === "remove") {
      const short = name.length > 80 ? `${name.slice(0, 80)} …` : name;
      if (await asking(`Delete “${short}” for good?`, "Delete")) trigger("remove", { id });
    }
  };

  window.talks = {
    // For the button that opens the drawer.
    menu(element) {
      element.addEventListener("click", (event) => {
        if (!event.target.closest(".fn-menu")) return;
        const open = menu().getAttribute("aria-expanded") !== "true";
        drawer(open);
        if (open) document.querySelector("#fn-rail .fn-rail-close")?.focus();
      });
    },
    // For the list of conversations.
    rail(element, trigger, watch) {
      element.addEventListener("click", (event) => {
        if (event.target.closest(".fn-rail-close")) return leave();
        const button = event.target.closest("[data-act]");
        if (button) chosen(button.dataset.act, button.closest("[data-talk]"), trigger);
      });
      watch("value", () => {
        const nav = element.querySelector(".fn-rail");
        if (nav) remember(nav.dataset.open);
        for (const time of element.querySelectorAll("time")) {
          const at = new Date(time.dateTime);
          if (!Number.isNaN(+at)) time.textContent = at.toLocaleDateString(undefined, { dateStyle: "medium" });
        }
      });
      setTimeout(() => trigger("restore", { id: recall() })); // once the page is there to show it
    },
    // For a part with answers in it.
    answers(element, trigger) {
      element.addEventListener("click", (event) => {
        const button = event.target.closest("[data-act]");
        if (!button) return;
        const article = button.closest(".fn-exchange");
        const act = button.dataset.act;
        if (act === "copy") copy(button);
        else if (act === "judge") judge(article, button, trigger);
        else if (act === "retry") trigger("again", {});
        else if (act === "show") show(article, button.dataset.form, button.getAttribute("aria-expanded") !== "true");
        else if (act === "hide") show(article, button.closest("form").dataset.form, false);
      });
      element.addEventListener("submit", (event) => {
        event.preventDefault();
        sent(event.target.closest(".fn-exchange"), event.target, trigger);
      });
      element.addEventListener("keydown", (event) => {
        const given = event.target.closest("form[data-form]");
        if (!given) return;
        if (event.key === "Enter" && !event.shiftKey && event.target.matches("textarea") && !event.isComposing) {
          event.preventDefault();
          given.requestSubmit();
        } else if (event.key === "Escape") {
          event.stopPropagation();
          show(given.closest(".fn-exchange"), given.dataset.form, false);
        }
      });
    },
    // For the questions to begin with.
    beginnings(element, trigger, name) {
      element.addEventListener("click", (event) => {
        const button = event.target.closest("[data-question]");
        if (!button) return;
        trigger(name, { question: button.dataset.question });
        document.querySelector("#fn-box textarea")?.focus();
      });
    },
    // For what is handed out: a file to keep.
    outbox(element, watch) {
      watch("value", () => {
        const given = element.querySelector("[data-file]");
        if (!given) return;
        const link = document.createElement("a");
        link.href = URL.createObjectURL(new Blob([given.dataset.text], { type: "text/markdown" }));
        link.download = given.dataset.file;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
      });
    },
  };
})();

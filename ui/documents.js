// The documents view in the browser: opens and closes it, tells of ticks, and asks once more before a deletion.
(() => {
  const frame = () => document.querySelector("#fn-frame");
  const opens = () => document.querySelector(".fn-view");
  const isOpen = () => frame()?.dataset.view === "documents";
  const keysOf = (boxes) => boxes.map((box) => box.dataset.key);
  // Every box that the list shows, by whether it is ticked: the page itself learns of a tick a moment later.
  const ticks = () => {
    const boxes = [...document.querySelectorAll("#fn-list .fn-tick")];
    return { on: keysOf(boxes.filter((box) => box.checked)), off: keysOf(boxes.filter((box) => !box.checked)) };
  };
  const show = (open) => {
    if (!frame() || isOpen() === open) return;
    frame().dataset.view = open ? "documents" : "chat";
    opens()?.setAttribute("aria-expanded", String(open));
    if (!open) scrollTo(0, 0);
  };

  // ---- the step before a deletion: asked of one document at a time
  let doubted = ""; // the key of that document
  const keyOf = (item) => item.querySelector(".fn-tick").dataset.key;
  const sure = (list) => {
    for (const item of list.querySelectorAll(".fn-item")) {
      item.querySelector(".fn-sure").hidden = keyOf(item) !== doubted;
      item.querySelector(".fn-doubt").setAttribute("aria-expanded", String(keyOf(item) === doubted));
    }
  };
  const doubt = (list, item, on) => {
    doubted = on ? keyOf(item) : "";
    sure(list);
    item.querySelector(on ? ".fn-keep" : ".fn-doubt").focus(); // the harmless one of the two
  };

  // ---- "all shown" tells what the single boxes say
  const sum = (list) => {
    const every = list.querySelector(".fn-tick-all");
    const boxes = [...list.querySelectorAll(".fn-tick")];
    const on = boxes.filter((box) => box.checked).length;
    if (!every) return;
    every.checked = on > 0 && on === boxes.length;
    every.indeterminate = on > 0 && on < boxes.length;
  };

  // ---- files dropped anywhere on the page, folders with all below, go the way of "Add files"
  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const drag = (on) => { if (frame()) frame().dataset.drag = on ? "over" : ""; };
  const fileOf = (entry) => new Promise((done) => entry.file(done, () => done(null)));
  const namesIn = (reader) => new Promise((done) => reader.readEntries(done, () => done([])));
  const filesIn = async (entry) => {
    if (entry instanceof File) return [entry];
    if (entry.name.startsWith(".")) return [];
    if (entry.isFile) return [await fileOf(entry)];
    const reader = entry.createReader();
    const found = [];
    for (let some = await namesIn(reader); some.length; some = await namesIn(reader)) { // it gives a hundred at a time
      for (const below of some) found.push(...(await filesIn(below)));
    }
    return found;
  };
  const handIn = async (entries) => {
    const files = (await Promise.all(entries.map(filesIn))).flat().filter(Boolean);
    const input = document.querySelector("#fn-bar input[type=file]");
    if (!input || !files.length) return;
    const given = new DataTransfer();
    for (const file of files) given.items.add(file);
    input.files = given.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    const said = document.querySelector(".fn-drop-said");
    if (said) said.textContent = files.length === 1 ? "1 file on its way …" : `${files.length} files on their way …`;
  };
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault(); // else the browser would leave the page for the file
    drag(true);
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) drag(false); });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    drag(false);
    const given = [...event.dataTransfer.items].filter((item) => item.kind === "file");
    handIn(given.map((item) => item.webkitGetAsEntry() ?? item.getAsFile())); // the one when it is a folder
  });

  Object.assign(window.footnote, {
    show,
    // For the place to drop files, which can be clicked too.
    drop(element) {
      element.addEventListener("click", (event) => {
        if (event.target.closest(".fn-drop")) document.querySelector("#fn-bar input[type=file]")?.click();
      });
      const reports = document.querySelector("#fn-reports");
      const quiet = () => { element.querySelector(".fn-drop-said").textContent = ""; };
      if (reports) new MutationObserver(quiet).observe(reports, { childList: true, subtree: true });
    },
    // For the button in the bar.
    view(element, trigger, name) {
      element.addEventListener("click", (event) => {
        if (!event.target.closest(".fn-view")) return;
        show(!isOpen());
        if (!isOpen()) return document.querySelector("#fn-box textarea")?.focus();
        document.querySelector(".fn-shelf-title")?.focus({ preventScroll: true });
        trigger(name);
      });
      document.addEventListener("click", (event) => { if (event.target.closest?.("#fn-fresh")) show(false); });
    },
    // For the list.
    list(element, trigger, watch, act, tick, these, untag) {
      element.addEventListener("click", (event) => {
        const button = event.target.closest("button");
        const item = event.target.closest(".fn-item");
        if (button?.matches(".fn-these")) {
          trigger(these);
          show(false); // the next step is to ask
          document.querySelector("#fn-box textarea")?.focus();
        }
        if (!button || !item) return;
        if (button.matches(".fn-title")) show(false); // its text is shown beside the chat
        else if (button.matches(".fn-doubt")) doubt(element, item, keyOf(item) !== doubted);
        else if (button.matches(".fn-keep")) doubt(element, item, false);
        else if (button.matches(".fn-untag")) {
          item.querySelector(".fn-title").focus(); // the button goes away
          trigger(untag, { key: button.dataset.key, tag: button.dataset.tag });
        }
        else if (button.dataset.act) {
          const open = document.querySelector("#fn-evidence .fn-source")?.dataset.document ?? "";
          doubted = "";
          sure(element);
          if (button.dataset.act === "delete") document.querySelector(".fn-shelf-title")?.focus(); // the row goes away
          trigger(act, { act: button.dataset.act, key: button.dataset.key, open });
        }
      });
      element.addEventListener("change", (event) => {
        const all = event.target.matches(".fn-tick-all");
        if (!all && !event.target.matches(".fn-tick")) return;
        const boxes = [...element.querySelectorAll(".fn-tick")];
        for (const box of all ? boxes : [event.target]) box.checked = box.defaultChecked = event.target.checked;
        sum(element);
        trigger(tick, ticks());
      });
      element.addEventListener("keydown", (event) => {
        const item = event.target.closest(".fn-item");
        if (event.key === "Escape" && item && keyOf(item) === doubted) doubt(element, item, false);
      });
      // Rows are kept and given new content: what a person did to one must not be taken for the next one's.
      watch("value", () => {
        for (const box of element.querySelectorAll(".fn-tick")) box.checked = box.defaultChecked;
        sure(element);
        sum(element);
      });
    },
    // For the tags to filter by.
    picks(element, trigger, name) {
      element.addEventListener("click", (event) => {
        const button = event.target.closest(".fn-pick");
        if (button) trigger(name, { tag: button.dataset.tag });
      });
    },
    // For the form that tags what is ticked.
    tagging(element, trigger, name) {
      element.addEventListener("submit", (event) => {
        event.preventDefault();
        const box = element.querySelector("#fn-tag-box");
        trigger(name, { tag: box.value, act: event.submitter?.value ?? "add", ...ticks() });
        box.value = "";
        box.focus();
      });
    },
    // For the line that tells which documents are asked.
    limits(element, trigger, name) {
      element.addEventListener("click", (event) => {
        if (!event.target.closest(".fn-ask-all")) return;
        for (const box of document.querySelectorAll(".fn-tick")) box.checked = box.defaultChecked = false;
        trigger(name);
      });
    },
    // For the remembered folders.
    folders(element, trigger, name) {
      element.addEventListener("click", (event) => {
        const button = event.target.closest("button[data-act]");
        if (button) trigger(name, { act: button.dataset.act, key: button.dataset.key });
      });
    },
  });
})();

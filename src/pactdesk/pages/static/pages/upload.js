/* Files go when they are chosen: with progress, in pieces, on from where they stopped. The server draws the rows. */
(() => {
  "use strict";
  const running = new Map();
  let queue = Promise.resolve();
  const on = (name, act, first) => document.addEventListener(name, act, first);
  const rowOf = (id) => document.querySelector(`[data-file="${id}"]`);
  const trouble = () => document.dispatchEvent(new CustomEvent("htmx:sendError", { detail: {} }));

  // Answers what the server drew, put in its place; fails where it drew something else.
  const ask = (box, method, url, body, id, from) => new Promise((done, fail) => {
    const xhr = new XMLHttpRequest();
    xhr.open(method, url);
    xhr.setRequestHeader("X-CSRFToken", box.token);
    if (id) {
      running.set(id, xhr);
      xhr.setRequestHeader("Upload-Offset", from);
      xhr.upload.onprogress = ({ loaded }) => rowOf(id)?.querySelector("progress")?.setAttribute("value", from + loaded);
    }
    xhr.onerror = xhr.onabort = fail;
    xhr.onload = () => {
      const drawn = document.createElement("template");
      drawn.innerHTML = xhr.responseText;
      const row = drawn.content.querySelector("li.file");
      if ((!row && xhr.status !== 204) || (id && !running.has(id))) return fail();
      const list = row && document.querySelector(`[data-files="${box.files}"] ul`);
      if (list) {
        const before = rowOf(row.dataset.file);
        if (before) before.replaceWith(row); else list.append(row);
        list.hidden = false;
      }
      return done({ ...row?.dataset, status: xhr.status });
    };
    xhr.send(body);
  });
  const about = (box) => ({ ...box.dataset, token: box.closest("form").elements.csrfmiddlewaretoken.value });

  const send = async (box, file, { file: id, url, received }) => {
    let from = +received;
    for (let failures = 0; running.has(id) && failures < 5;) {
      const to = file.size > box.whole ? from + +box.piece : file.size;
      try {
        const row = await ask(box, "PUT", url, file.slice(from, to), id, from);
        if (row.state !== "uploading" || ![200, 409].includes(row.status)) break;
        from = +row.received;
        failures = 0;
      } catch {
        failures += 1;
        if (failures === 5) trouble();
        await new Promise((done) => { setTimeout(done, 500 * 2 ** failures); });
      }
    }
    running.delete(id);
  };

  const take = async (element, files) => {
    const box = about(element);
    for (const file of files) {
      // What was typed comes along: a new draft begins with its first file.
      const body = new FormData(element.closest("form"));
      body.set("file_name", file.name);
      body.set("file_size", file.size);
      body.set("file_mark", file.lastModified);
      const row = await ask(box, "POST", box.files, body).catch(trouble);
      if (row?.status !== 201 || running.has(row.file)) continue;
      if (box.home) history.replaceState(history.state, "", box.home);
      running.set(row.file);
      queue = queue.then(() => send(box, file, row));
    }
  };

  ["change", "dragover", "drop", "paste"].forEach((name) => on(name, (event) => {
    const { target } = event;
    const box = name === "paste" ? target.closest("form")?.querySelector("[data-files]") : target.closest("[data-files]");
    const { files } = event.dataTransfer || event.clipboardData || target;
    if (!box || !files || (name === "paste" && !files.length)) return;
    event.preventDefault();
    const chosen = [...files];
    if (name === "change") target.value = ""; // else the form would bring them, too
    take(box, chosen);
  }));

  on("click", (event) => {
    const row = event.target.closest("[data-remove]")?.closest("li");
    const box = row?.closest("[data-files]");
    if (!box) return;
    event.preventDefault();
    const { file: id, url } = row.dataset;
    const xhr = running.get(id);
    running.delete(id);
    xhr?.abort();
    ask(about(box), "DELETE", url).then(({ status }) => {
      if (status === 204) rowOf(id).remove();
      box.querySelector("ul").hidden = !box.querySelector("li");
      box.querySelector("[type=file]").focus();
    }, trouble);
  });

  // A form that leaves the page waits for its files.
  on("submit", (event) => {
    const form = event.target;
    if (!running.size || form.matches("[hx-boost]") || !form.querySelector("[data-state=uploading]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    queue.then(() => form.requestSubmit(event.submitter));
  }, true);
})();

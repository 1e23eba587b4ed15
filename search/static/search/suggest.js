/* Suggestions while somebody types: an editable combobox with a list, as WAI-ARIA describes it.
   Without this script the form works as it is. */
(() => {
  const WAIT_MILLISECONDS = 120;
  const SHORTEST = 2;

  function enhance(input) {
    const list = document.createElement("ul");
    list.id = `${input.id}-suggestions`;
    list.className = "suggestions";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", input.dataset.suggestions);
    list.hidden = true;
    const status = document.createElement("p");
    status.className = "vh";
    status.setAttribute("role", "status");
    input.after(list, status);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", list.id);

    let timer = 0;
    let asked = null;
    let active = -1;

    function close() {
      list.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function mark(index) {
      const options = list.children;
      if (active >= 0 && options[active]) options[active].setAttribute("aria-selected", "false");
      active = index;
      if (active < 0) {
        input.removeAttribute("aria-activedescendant");
        return;
      }
      options[active].setAttribute("aria-selected", "true");
      options[active].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", options[active].id);
    }

    function option(suggestion, index) {
      const item = document.createElement("li");
      item.id = `${list.id}-${index}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.dataset.url = suggestion.url;
      const kind = document.createElement("span");
      kind.className = "suggestion-kind";
      kind.textContent = suggestion.kind;
      const title = document.createElement("span");
      title.textContent = suggestion.title;
      item.append(kind, " ", title);
      return item;
    }

    function show(suggestions) {
      list.replaceChildren(...suggestions.map(option));
      active = -1;
      input.removeAttribute("aria-activedescendant");
      list.hidden = suggestions.length === 0;
      input.setAttribute("aria-expanded", String(suggestions.length > 0));
      const number = suggestions.length;
      status.textContent = number ? `${input.dataset.number} ${number}` : "";
    }

    async function ask() {
      const typed = input.value.trim();
      if (asked) asked.abort();
      if (typed.length < SHORTEST) {
        close();
        return;
      }
      asked = new AbortController();
      try {
        const address = `${input.dataset.suggest}?q=${encodeURIComponent(typed)}`;
        const answer = await fetch(address, { signal: asked.signal, credentials: "omit" });
        if (!answer.ok) {
          close();
          return;
        }
        const told = await answer.json();
        if (document.activeElement === input && input.value.trim() === typed) show(told.suggestions);
      } catch (error) {
        if (error.name !== "AbortError") close();
      }
    }

    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, WAIT_MILLISECONDS);
    });
    input.addEventListener("keydown", (event) => {
      const last = list.children.length - 1;
      if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        close();
      } else if (event.key === "ArrowDown" && last >= 0) {
        event.preventDefault();
        if (list.hidden) {
          list.hidden = false;
          input.setAttribute("aria-expanded", "true");
        }
        mark(active >= last ? 0 : active + 1);
      } else if (event.key === "ArrowUp" && !list.hidden) {
        event.preventDefault();
        mark(active <= 0 ? last : active - 1);
      } else if (event.key === "Enter" && active >= 0 && !list.hidden) {
        event.preventDefault();
        window.location.assign(list.children[active].dataset.url);
      }
    });
    input.addEventListener("blur", close);
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const chosen = event.target.closest("[data-url]");
      if (chosen) window.location.assign(chosen.dataset.url);
    });
  }

  for (const input of document.querySelectorAll("[data-suggest]")) enhance(input);
})();

// Comments outside the editor: sent without leaving the page, so that a half-filled review stays; a passage that is
// selected in the frame beside them is quoted.
(() => {
    const list = () => document.querySelector("[data-desk-comments]");

    async function send(event) {
        const form = event.target;
        if (!form.closest("[data-desk-comments]")) return;
        event.preventDefault();
        const data = new FormData(form, event.submitter);
        for (const button of form.querySelectorAll("button")) button.disabled = true;
        const headers = { "X-Requested-With": "XMLHttpRequest" };
        const answer = await fetch(form.action, { method: "POST", body: data, headers }).catch(() => null);
        const told = answer && (answer.ok || answer.status === 400) ? await answer.text() : "";
        const next = new DOMParser().parseFromString(told, "text/html").querySelector("[data-desk-comments]");
        if (next) {
            keepAnswers(next, form);
            list().replaceWith(next);
            next.querySelector("[role=alert]")?.scrollIntoView({ block: "nearest" });
            return;
        }
        for (const button of form.querySelectorAll("button")) button.disabled = false;
        form.querySelector(".cs-error")?.remove();
        const words = gettext("It was not sent: there is no connection, or you are signed out. Your words are still here.");
        form.prepend(Object.assign(document.createElement("p"), { className: "cs-error", role: "alert", textContent: words }));
    }

    // What stands half written in the other fields is put into the new list.
    function keepAnswers(next, sent) {
        for (const field of list().querySelectorAll("textarea, select")) {
            if (sent.contains(field) || !field.value) continue;
            const same = next.querySelector(`#${field.id}`);
            if (same && !same.value.trim()) same.value = field.value;
        }
    }

    const plain = (words) => words.replace(/\s+/g, " ").trim();

    // The frame's document runs no script, and in some browsers no listener either: it is asked when the button is used.
    function offerTheSelection(frame) {
        const button = document.createElement("button");
        Object.assign(button, { type: "button", className: "button button-small button-secondary", textContent: gettext("Comment") });
        button.title = gettext("Select words first, and they are quoted");
        frame.parentElement.querySelector(".cs-review__bar").append(button);
        button.addEventListener("click", () => quote(plain(frame.contentDocument?.getSelection()?.toString() || "")));
    }

    function quote(words) {
        const place = document.getElementById("cs-comment-place");
        const text = document.getElementById("cs-comment-text");
        const option = words && [...place.options].find((one) => plain(one.dataset.words).includes(words));
        if (option) place.value = option.value;
        place.form.elements.namedItem("quote").value = option ? words : "";
        if (words && !text.value) text.value = `“${words.slice(0, 300)}” `;
        text.focus();
        text.scrollIntoView({ block: "center" });
    }

    document.addEventListener("submit", send);
    const frame = document.querySelector(".cs-review__frame");
    if (frame) offerTheSelection(frame);
})();

// Signs in again without leaving the editor. Who needs a second step does it in another window; this one notices.
(() => {
    const POLL_MILLISECONDS = 3000;
    let dialog = null;
    let poll = null;

    const address = () => document.querySelector("[data-desk-sign-in]").dataset.deskSignIn;

    function build() {
        dialog = document.querySelector("[data-desk-dialog]").content.firstElementChild.cloneNode(true);
        dialog.querySelector("form").addEventListener("submit", send);
        dialog.querySelector("[data-desk-later]").addEventListener("click", () => dialog.close());
        dialog.addEventListener("close", () => clearInterval(poll));
        document.body.append(dialog);
    }

    function open() {
        if (!dialog) build();
        if (dialog.open) return;
        say("");
        dialog.showModal();
        poll = setInterval(look, POLL_MILLISECONDS);
    }

    function say(words) {
        dialog.querySelector("[data-desk-problem]").textContent = words;
    }

    async function look() {
        const here = await window.desk.pulse.ask();
        if (here.state === "stranger") say("That is another account. Sign in as the one whose words these are.");
        if (here.state !== "here") return false;
        dialog.querySelector("input[name=password]").value = "";
        dialog.close();
        window.desk.saving.retryNow();
        return true;
    }

    const ask = (options) =>
        fetch(address(), { ...options, headers: { "X-Requested-With": "XMLHttpRequest", Accept: "application/json" } });

    async function token() {
        const { html } = await (await ask({})).json();
        return new DOMParser().parseFromString(html, "text/html").querySelector("input[name=csrfmiddlewaretoken]").value;
    }

    async function send(event) {
        event.preventDefault();
        const data = new FormData(event.target);
        try {
            data.set("csrfmiddlewaretoken", await token());
            const answer = await ask({ method: "POST", body: data });
            if (answer.status === 429) return say("Too many attempts. Wait a few minutes.");
            const reply = await answer.json();
            if (!answer.ok) return say(problemsOf(reply.form));
            if (!(await look()) && !dialog.querySelector("[data-desk-problem]").textContent) {
                say("A second step is needed: use the link below, then come back. This window notices.");
            }
        } catch {
            say("The server cannot be reached. Try again in a moment.");
        }
        return undefined;
    }

    function problemsOf(form) {
        const fields = Object.values(form?.fields || {}).flatMap((field) => field.errors);
        return [...(form?.errors || []), ...fields].join(" ") || "That did not work. Try again.";
    }

    function button() {
        const made = document.createElement("button");
        made.type = "button";
        made.className = "button button-small";
        made.textContent = "Sign in";
        made.addEventListener("click", open);
        return made;
    }

    window.desk.signIn = { open, button };
})();

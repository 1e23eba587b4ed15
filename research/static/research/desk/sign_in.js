// Signs in again without leaving the editor: a password, and the code of a second step for who has one.
(() => {
    const POLL_MILLISECONDS = 3000;
    let dialog = null;
    let poll = null;

    const address = () => document.querySelector("[data-desk-sign-in]").dataset.deskSignIn;
    const codeAddress = () => document.querySelector("[data-desk-second-step]").dataset.deskSecondStep;
    const tokenIn = (html) => new DOMParser().parseFromString(html, "text/html").querySelector("input[name=csrfmiddlewaretoken]").value;

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
        showStep("first");
        dialog.showModal();
        poll = setInterval(look, POLL_MILLISECONDS);
    }

    function say(words) {
        dialog.querySelector("[data-desk-problem]").textContent = words;
    }

    function showStep(name) {
        for (const one of ["first", "second"]) {
            const step = dialog.querySelector(`[data-desk-${one}]`);
            step.hidden = step.disabled = one !== name;
        }
        if (name === "second") dialog.querySelector("input[name=code]").focus();
    }

    // Returns the token of the form that asks for a code, "" when the server asks for none.
    async function secondStep() {
        const answer = await fetch(codeAddress(), { headers: { Accept: "text/html" } });
        const html = answer.ok ? await answer.text() : "";
        return html.includes('name="code"') ? tokenIn(html) : "";
    }

    async function sendCode(data) {
        const step = await secondStep();
        if (!step) {
            showStep("first");
            return say(gettext("That took too long. Start again with your password."));
        }
        data.set("csrfmiddlewaretoken", step);
        const answer = await fetch(codeAddress(), { method: "POST", body: data, redirect: "manual" });
        dialog.querySelector("input[name=code]").value = "";
        if (answer.status === 429) return say(gettext("Too many attempts. Wait a few minutes."));
        if (await look()) return undefined;
        const words = gettext("That code is not right, or it was used already. Wait for the next one.");
        return dialog.querySelector("[data-desk-problem]").textContent || say(words);
    }

    async function look() {
        const here = await window.desk.pulse.ask();
        if (here.state === "stranger") say(gettext("That is another account. Sign in as the one whose words these are."));
        if (here.state !== "here") return false;
        dialog.querySelector("input[name=password]").value = "";
        showStep("first");
        dialog.close();
        window.desk.saving.retryNow();
        return true;
    }

    const ask = (options) =>
        fetch(address(), { ...options, headers: { "X-Requested-With": "XMLHttpRequest", Accept: "application/json" } });

    // A password that was accepted before leaves the server waiting for the code: then it answers with no form.
    async function token() {
        const answer = await ask({});
        const isForm = answer.headers.get("Content-Type")?.includes("json");
        return isForm ? tokenIn((await answer.json()).html) : "";
    }

    async function send(event) {
        event.preventDefault();
        const data = new FormData(event.target);
        try {
            if (data.has("code")) return await sendCode(data);
            const first = await token();
            if (!first) return askForCode();
            data.set("csrfmiddlewaretoken", first);
            const answer = await ask({ method: "POST", body: data });
            if (answer.status === 429) return say(gettext("Too many attempts. Wait a few minutes."));
            const reply = await answer.json();
            if (!answer.ok) {
                dialog.querySelector("input[name=password]").select();
                return say(problemsOf(reply.form));
            }
            say("");
            if (!(await look()) && !dialog.querySelector("[data-desk-problem]").textContent) {
                if (await secondStep()) return askForCode();
                say(gettext("That did not work. Try again."));
            }
        } catch {
            say(gettext("The server cannot be reached. Try again in a moment."));
        }
        return undefined;
    }

    function askForCode() {
        say("");
        showStep("second");
    }

    function problemsOf(form) {
        const fields = Object.values(form?.fields || {}).flatMap((field) => field.errors);
        return [...(form?.errors || []), ...fields].join(" ") || gettext("That did not work. Try again.");
    }

    function button() {
        const made = document.createElement("button");
        made.type = "button";
        made.className = "button button-small";
        made.textContent = gettext("Sign in");
        made.addEventListener("click", open);
        return made;
    }

    window.desk.signIn = { open, button };
})();

// Asks the server who is signed in, and which version of the page is the newest; takes the token of the new session.
(() => {
    const ADDRESS = () => document.querySelector("[data-desk-pulse]").dataset.deskPulse;
    const TIMEOUT_MILLISECONDS = 8000;
    let owner = null; // whose words stand in this window

    const pageOf = () => (document.querySelector("form[data-edit-form]")?.action.match(/\/pages\/(\d+)\/edit/) || [])[1] || "";

    function take(token) {
        window.wagtailConfig.CSRF_TOKEN = token;
        document.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach((field) => { field.value = token; });
    }

    // Returns {state, user, revision}: "here", "signedout", "stranger", "offline" or "fault".
    async function ask() {
        let answer;
        try {
            answer = await fetch(`${ADDRESS()}?page=${pageOf()}`, {
                headers: { "X-Requested-With": "XMLHttpRequest", Accept: "application/json" },
                cache: "no-store",
                signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
            });
        } catch {
            return { state: "offline" };
        }
        if (answer.status === 403) return { state: "signedout" };
        if (!answer.ok) return { state: "fault" };
        const pulse = await answer.json().catch(() => null);
        if (!pulse) return { state: "fault" };
        if (owner !== null && pulse.user !== owner) return { state: "stranger" };
        owner = pulse.user;
        take(pulse.token);
        return { state: "here", ...pulse };
    }

    window.desk = { ...window.desk, pulse: { ask, pageOf, ownerOf: () => owner, startAs: (user) => { owner = user; } } };
})();

// Autosave that tells the truth. Wagtail's own takes the form as it stands when an answer arrives for what was saved
// (w-autosave:success calls w-unsaved#clear), so that words typed while a save is under way are neither sent nor warned
// of: https://github.com/wagtail/wagtail/blob/v8.0.1/client/src/controllers/AutosaveController.ts - remove when fixed.
(() => {
    const { snapshot } = window.desk;
    const RETRY_SECONDS = [2, 4, 8, 15];
    const ANSWER_SECONDS = 30;
    const WORDS = {
        idle: "",
        unsaved: gettext("Not saved yet"),
        saving: gettext("Saving…"),
        saved: gettext("Saved"),
        offline: gettext("Not saved: no connection"),
        fault: gettext("Not saved: the server had a fault"),
        signedout: gettext("Not saved: you are signed out"),
        stranger: gettext("Not saved: somebody else is signed in"),
        refused: gettext("Not saved"),
        newer: gettext("Not saved: a newer version exists"),
    };
    // What the strip above the form says where the short words do not say what to do.
    const ADVICE = {
        offline: gettext("There is no connection. Your words are kept in this browser; saving is tried again by itself."),
        fault: gettext("The server had a fault. Your words are kept in this browser; saving is tried again by itself."),
        signedout: gettext("You are signed out. Your words are kept in this browser until you sign in again."),
        stranger: gettext("Somebody else signed in with this browser. Your words are kept here, and are not saved under another name."),
        newer: gettext("This article was saved in another window, or by somebody else. Your words are kept in this browser. “Save draft” shows both texts side by side, and you choose."),
    };

    const form = () => document.querySelector("form[data-edit-form]");
    const controller = (name) => window.wagtail.app.getControllerForElementAndIdentifier(form(), name);
    const currentEntries = () => snapshot.entriesOf(new FormData(form()));
    const current = () => snapshot.serialised(currentEntries());

    let confirmed = null; // what the server has, as far as it said
    let loaded = null; // the entries of the form as it was loaded
    let sent = null; // the entries of the save under way
    let state = "idle";
    let ready = false; // Wagtail's watch has started
    let touched = false; // somebody used this page since it was loaded
    let tries = 0;
    let timer = null;
    let unanswered = false; // a request was cut: the server may have saved it
    let leaving = false; // a save by hand is under way: the browser leaves by itself
    let held = null; // a save by hand that waits for the answer to the one under way

    const tell = (name, detail) => document.dispatchEvent(new CustomEvent(`desk:${name}`, { detail }));

    function show(next, advice) {
        state = next;
        const place = document.querySelector("[data-desk-saving]");
        if (place) {
            place.dataset.state = next;
            const words = place.querySelector("[data-desk-saving-words]");
            const time = next === "saved" ? ` ${new Date().toLocaleTimeString(document.documentElement.lang || "en-GB", { hour: "2-digit", minute: "2-digit", timeZoneName: "short" })}` : "";
            if (words.textContent !== WORDS[next] + time) words.textContent = WORDS[next] + time;
        }
        showAdvice(next, advice ?? ADVICE[next] ?? "");
        tell("state", { state: next });
    }

    function showAdvice(next, words) {
        let strip = document.querySelector("[data-desk-advice]");
        if (!strip && words) {
            strip = document.createElement("div");
            strip.className = "cs-advice";
            strip.dataset.deskAdvice = "";
            strip.setAttribute("role", "alert");
            form().prepend(strip);
        }
        if (!strip) return;
        strip.hidden = !words;
        if (strip.dataset.words === next + words) return;
        strip.dataset.words = next + words;
        strip.replaceChildren(Object.assign(document.createElement("p"), { textContent: words }));
        if (next === "signedout") strip.append(window.desk.signIn.button());
    }

    // Gives the baseline of Wagtail's watch: what differs from it is unsaved, and is sent next.
    function setBaseline(entries) {
        confirmed = snapshot.serialised(entries);
        const unsaved = controller("w-unsaved");
        if (confirmed === current() || !unsaved) return;
        unsaved.initialFormData = "not what the server has";
        unsaved.previousFormData = "";
        unsaved.hasEditsValue = true;
    }

    // On a slow machine fields are still being drawn when the watch starts. What nobody typed is nothing to save: a
    // version of the article would be made, and a line of its contributors, by looking at it.
    function isOnlyLoading() {
        if (touched || confirmed === null) return false;
        confirmed = current();
        controller("w-unsaved")?.clear();
        return true;
    }

    function onSave(event) {
        // Sent beside the form that is on its way already, it would make a second article of a new one.
        if (leaving || isOnlyLoading()) {
            event.preventDefault();
            return;
        }
        sent = snapshot.entriesOf(event.detail.formData);
        show("saving", "");
        tell("unsaved", { entries: sent });
    }

    function onSuccess(event) {
        const { revision_id: id, revision_created_at: created_at } = event.detail.response;
        nameVersion({ id, created_at });
        tries = 0;
        unanswered = false;
        clearTimeout(timer);
        const updates = event.detail.response.field_updates || {};
        const known = new Set((sent || []).map(([name]) => name));
        const partials = controller("w-autosave")?.hasPartialsTarget ? controller("w-autosave").partialsTarget : null;
        const saved = (sent || currentEntries()).map(([name, value]) => [name, name in updates ? String(updates[name] ?? "") : value]);
        const added = [...form().elements].filter((field) => field.name && !known.has(field.name) && partials?.contains(field));
        const theServers = new Set(added.map((field) => field.name));
        const now = currentEntries().filter(([name]) => !theServers.has(name));
        if (snapshot.serialised(saved) === snapshot.serialised(now)) {
            confirmed = current();
            controller("w-unsaved").clear();
            show("saved");
            tell("confirmed");
            return;
        }
        setBaseline(saved);
        show("unsaved");
        tell("unsaved", { entries: currentEntries() });
    }

    // Sent while another save is under way, a form would name the version before it, and be taken for somebody else's.
    function holdWhileSaving(event) {
        if (state !== "saving" || held) return;
        event.preventDefault();
        event.stopImmediatePropagation();
        held = { submitter: event.submitter };
    }

    function letGo() {
        if (!held) return;
        const { submitter } = held;
        held = null;
        // Wagtail's own listeners to the same answer write down which version there is now.
        setTimeout(() => {
            if (state === "saving") show("unsaved");
            if (submitter) submitter.disabled = false;
            form().requestSubmit(submitter);
        });
    }

    async function onError(event) {
        tell("unsaved", { entries: currentEntries() });
        const { type, text } = event.detail;
        if (type === "validation_error" || type === "locked") return show("refused", interpolate(gettext("Not saved: %(text)s"), { text }, true));
        if (type === "network_error") unanswered = true;
        const pulse = await window.desk.pulse.ask();
        if (pulse.state !== "here") return wait(pulse.state);
        if (type === "invalid_revision") return onNewer(pulse);
        return wait(type === "network_error" ? "offline" : "fault");
    }

    // A newer version that this very window made, when the answer to it was cut, is no conflict. The next save makes a
    // version of its own, so that nothing is overwritten even where this is wrong.
    async function onNewer(pulse) {
        const alone = !(await window.desk.copies.othersAreOpen());
        if (!unanswered || !alone || !pulse.revision || pulse.revision.user !== pulse.user) return show("newer");
        unanswered = false;
        startFrom(pulse.revision);
        return retryNow();
    }

    function startFrom(revision) {
        const autosave = controller("w-autosave");
        if (autosave) {
            autosave.revisionIdValue = 0;
            autosave.activeValue = true;
        }
        nameVersion(revision);
    }

    // What a save by hand says it is based on. Wagtail writes it down with its next ping only, a while later.
    function nameVersion(revision) {
        for (const [name, value] of [["loaded_revision_id", revision.id], ["loaded_revision_created_at", revision.created_at]]) {
            const field = form().elements.namedItem(name);
            if (field && value) field.value = value;
        }
    }

    function wait(next) {
        show(next);
        clearTimeout(timer);
        if (next === "signedout") return window.desk.signIn.open();
        if (next === "stranger") return undefined;
        timer = setTimeout(retryNow, 1000 * RETRY_SECONDS[Math.min(tries, RETRY_SECONDS.length - 1)]);
        tries += 1;
        return undefined;
    }

    // A failed hydration switches Wagtail's autosave off for good, although the page is there and can be saved.
    async function retryNow() {
        clearTimeout(timer);
        const pulse = await window.desk.pulse.ask();
        if (pulse.state !== "here") return wait(pulse.state);
        const autosave = controller("w-autosave");
        if (!autosave || current() === confirmed) return undefined;
        autosave.activeValue = true;
        autosave.clearRetries();
        return autosave.save(new Event("desk:retry"));
    }

    function onTyping() {
        if (confirmed === null || leaving) return;
        const same = current() === confirmed;
        if (!same && isOnlyLoading()) return;
        if (!same) tell("unsaved", { entries: currentEntries() });
        if (!same && ["idle", "saved"].includes(state)) show("unsaved");
        if (same && state === "unsaved") show("saved");
    }

    // Wagtail takes its first look at the form two seconds after it was loaded: what was typed before is typed too.
    function onFirstTouch() {
        if (confirmed === null) takeAsLoaded();
    }

    function takeAsLoaded() {
        loaded = currentEntries();
        confirmed = snapshot.serialised(loaded);
    }

    // It looks twice at the start, and again after each save.
    function onWatchStarts() {
        if (confirmed === null) takeAsLoaded();
        else if (confirmed !== current()) {
            setBaseline([...new URLSearchParams(confirmed)]);
            onTyping();
        }
        if (ready) return;
        ready = true;
        tell("ready", { entries: loaded });
    }

    // A change that no person made, such as a set of empty fields that opens, is nothing to save.
    function quietly(change) {
        const same = confirmed === null || current() === confirmed;
        change();
        if (!same || confirmed === null) return;
        confirmed = current();
        controller("w-unsaved")?.clear();
    }

    function onLeaving(event) {
        if (leaving || confirmed === null || current() === confirmed) return;
        event.preventDefault();
    }

    function start() {
        if (!form()?.dataset.controller?.includes("w-autosave")) return;
        for (const name of ["pointerdown", "keydown", "beforeinput", "input", "paste", "drop"]) {
            document.addEventListener(name, () => { touched = true; }, { capture: true, once: true });
        }
        document.addEventListener("w-autosave:save", onSave);
        document.addEventListener("w-autosave:success", onSuccess);
        document.addEventListener("w-autosave:error", onError);
        for (const name of ["success", "error"]) document.addEventListener(`w-autosave:${name}`, letGo);
        form().addEventListener("submit", holdWhileSaving, { capture: true });
        document.addEventListener("w-unsaved:watch-edits", onWatchStarts);
        for (const name of ["pointerdown", "keydown", "beforeinput", "paste"]) {
            form().addEventListener(name, onFirstTouch, { capture: true });
        }
        for (const name of ["input", "change", "keyup"]) form().addEventListener(name, () => setTimeout(onTyping));
        setInterval(onTyping, 1000);
        window.addEventListener("online", retryNow);
        window.addEventListener("beforeunload", onLeaving);
        form().addEventListener("submit", (event) => {
            leaving = !event.defaultPrevented;
            if (!leaving) return;
            tell("submitted", { entries: currentEntries() });
            // Where the answer is no page, or none comes, this one goes on saving.
            setTimeout(() => { leaving = false; }, 1000 * ANSWER_SECONDS);
        });
        window.addEventListener("pageshow", () => { leaving = false; });
    }

    window.desk.saving = { retryNow, currentEntries, quietly, startFrom };
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
    else start();
})();

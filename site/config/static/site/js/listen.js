/* Reads an article aloud with the browser's own voice: what stands on the page, its notices first. Nothing is stored,
   and only voices of this device are used, so that nothing leaves it. Without this script there is just no button. */
(() => {
  const READ =
    ".article-head .notice, .article-head h1, .article-head .stand, .article-body h2, .article-body h3, " +
    ".article-body p, .article-body li, .article-body figcaption, .article-body caption";
  // Closed details, the study's record, and what only repeats a drawing.
  const LEFT_OUT = "details:not([open]), .where-from, .details, .vh, [hidden], .article-body nav, .credit";
  const synthesis = window.speechSynthesis;
  const words = document.currentScript.dataset;
  const article = document.querySelector("article.article");
  const byline = article?.querySelector(".byline");
  if (!synthesis || !byline) return;

  let queue = [];
  let spoken = null;
  let run = 0;

  function voice() {
    const spokenIn = article.querySelector("h1").lang || document.documentElement.lang;
    const language = spokenIn.slice(0, 2).toLowerCase();
    return synthesis
      .getVoices()
      .find((each) => each.localService && each.lang.toLowerCase().startsWith(language));
  }

  function wordsOf(element) {
    const copy = element.cloneNode(true);
    for (const left of copy.querySelectorAll(`${LEFT_OUT}, details, .term-note, svg`)) left.remove();
    for (const part of copy.querySelectorAll("p, div")) part.append(" ");
    return copy.textContent.replace(/\s+/g, " ").trim();
  }

  function parts() {
    return [...article.querySelectorAll(READ)]
      .filter((each) => !each.closest(LEFT_OUT) && !each.parentElement.closest(READ))
      .map((element) => ({ element, words: wordsOf(element) }))
      .filter((part) => part.words);
  }

  function mark(element) {
    spoken?.classList.remove("is-spoken");
    spoken = element;
    spoken?.classList.add("is-spoken");
  }

  function show(state) {
    play.textContent = { idle: words.listen, speaking: words.pause, paused: words.goOn }[state];
    play.dataset.state = state;
    stop.hidden = state === "idle";
  }

  function next(mine) {
    if (mine !== run) return;
    const part = queue.shift();
    if (!part) {
      end();
      return;
    }
    mark(part.element);
    // One part an utterance: long ones are cut off by some browsers.
    const utterance = new SpeechSynthesisUtterance(part.words);
    utterance.voice = voice();
    utterance.lang = utterance.voice.lang;
    utterance.onend = () => next(mine);
    utterance.onerror = () => end();
    synthesis.speak(utterance);
  }

  function end() {
    run += 1;
    queue = [];
    synthesis.cancel();
    mark(null);
    show("idle");
  }

  const bar = document.createElement("p");
  bar.className = "listen";
  const play = document.createElement("button");
  const stop = document.createElement("button");
  for (const [button, label] of [
    [play, words.listen],
    [stop, words.stop],
  ]) {
    button.type = "button";
    button.className = "button button-quiet";
    button.textContent = label;
    bar.append(button);
  }

  play.addEventListener("click", () => {
    const state = play.dataset.state;
    if (state === "speaking") {
      synthesis.pause();
      show("paused");
    } else if (state === "paused") {
      synthesis.resume();
      show("speaking");
    } else {
      queue = parts();
      run += 1;
      show("speaking");
      next(run);
    }
  });
  stop.addEventListener("click", () => {
    end();
    play.focus();
  });
  window.addEventListener("pagehide", end);

  function offer() {
    if (bar.isConnected || !voice()) return;
    show("idle");
    byline.after(bar);
  }
  offer();
  // Voices arrive later in some browsers.
  synthesis.addEventListener?.("voiceschanged", offer);
})();

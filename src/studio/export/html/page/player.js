"use strict";
// One sound at a time, all at the same loudness unless somebody wants them as they are.
(() => {
  const players = [...document.querySelectorAll("figure.sound audio")];
  const match = document.getElementById("match");
  const gains = new Map();
  let context = null;

  const gain = (player) => {
    const db = Number(player.dataset.gainDb ?? 0);
    return match.checked ? 10 ** (db / 20) : 1;
  };

  // A player's own volume cannot exceed 1, so what is to be louder needs a gain of its own.
  const connect = (player) => {
    if (gains.has(player) || !window.AudioContext) return;
    context ??= new AudioContext();
    const node = context.createGain();
    context.createMediaElementSource(player).connect(node).connect(context.destination);
    gains.set(player, node);
  };

  const set = (player) => {
    const node = gains.get(player);
    if (node) node.gain.value = gain(player);
    else player.volume = Math.min(1, gain(player));
  };

  const follow = (player) => {
    const pictures = player.closest("figure").querySelector(".pictures");
    const step = () => {
      const at = player.duration ? player.currentTime / player.duration : 0;
      pictures.style.setProperty("--at", `${100 * at}%`);
      pictures.classList.toggle("played", at > 0 && !player.ended);
      if (!player.paused) requestAnimationFrame(step);
    };
    step();
  };

  for (const player of players) {
    player.addEventListener("play", () => {
      for (const other of players) if (other !== player) other.pause();
      connect(player);
      context?.resume();
      set(player);
      follow(player);
    });
    for (const event of ["pause", "seeked", "ended"]) {
      player.addEventListener(event, () => follow(player));
    }
  }
  match?.addEventListener("change", () => gains.forEach((_, player) => set(player)));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") for (const player of players) player.pause();
  });
})();

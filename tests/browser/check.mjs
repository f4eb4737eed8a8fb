// Opens a page of `pecmae export html` in Chromium and fails unless it is a page that anybody can use:
// valid HTML, nothing requested, nothing complained of, no serious finding of axe-core, no sideways scrolling,
// and sounds that play, one at a time, by keyboard, at the loudness that it promises.
//
//   node check.mjs PAGE.html [SCREENSHOTS]
import { readFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { HtmlValidate } from "html-validate";
import puppeteer from "puppeteer-core";

const [file, screenshots] = process.argv.slice(2);
const address = pathToFileURL(path.resolve(file)).href;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const failures = [];
const expect = (holds, what) => {
  console.log(`${holds ? "ok  " : "FAIL"} ${what}`);
  if (!holds) failures.push(what);
};
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function validate() {
  const validator = new HtmlValidate({ extends: ["html-validate:recommended"] });
  const report = await validator.validateString(readFileSync(file, "utf8"));
  for (const { messages } of report.results) {
    for (const { line, column, message, ruleId } of messages.slice(0, 20)) {
      console.log(`     ${line}:${column} ${ruleId}: ${message}`);
    }
  }
  expect(report.valid, "the HTML is valid");
}

/// Everything that reaches the speakers also reaches a meter.
const meter = () => {
  const connect = AudioNode.prototype.connect;
  window.meters = [];
  AudioNode.prototype.connect = function (target, ...more) {
    if (target instanceof AudioDestinationNode) {
      const analyser = this.context.createAnalyser();
      analyser.fftSize = 2048;
      connect.call(this, analyser);
      window.meters.push(analyser);
    }
    return connect.call(this, target, ...more);
  };
};

/// Plays the whole of a player's sound, and returns the root mean square of what reached the speakers.
const listen = async (index) => {
  const player = document.querySelectorAll("figure.sound audio")[index];
  player.currentTime = 0;
  const ended = new Promise((resolve) => player.addEventListener("ended", resolve, { once: true }));
  await player.play();
  const block = new Float32Array(2048);
  let [power, n] = [0, 0];
  const timer = setInterval(() => {
    for (const meter of window.meters) {
      meter.getFloatTimeDomainData(block);
      for (const sample of block) power += sample * sample;
    }
    n += block.length;
  }, 20);
  await ended;
  clearInterval(timer);
  return Math.sqrt(power / Math.max(1, n));
};

async function sounds(page) {
  const players = await page.$$("figure.sound audio");
  expect(players.length > 0, `there are sounds: ${players.length}`);
  if (players.length < 2) return;

  await players[0].scrollIntoView();
  await players[0].focus();
  await page.keyboard.press("Space");
  await sleep(900);
  const state = (player) => player.evaluate((p) => [p.paused, p.currentTime]);
  const [isPaused, at] = await state(players[0]);
  expect(!isPaused && at > 0.2, `the space bar plays the sound that has the focus (${at.toFixed(2)} s)`);
  const shown = await players[0].evaluate(
    (p) => getComputedStyle(p.closest("figure").querySelector(".playhead")).display,
  );
  expect(shown === "block", "a playhead follows");
  await players[1].evaluate((p) => p.play());
  await sleep(300);
  expect((await state(players[0]))[0], "another sound stops the one before");
  await page.keyboard.press("Escape");
  await sleep(100);
  expect((await state(players[1]))[0], "Escape stops");

  const index = await page.$$eval("figure.sound audio", (all) => {
    const size = (p) => Math.abs(Number(p.dataset.gainDb ?? 0));
    return all.reduce((best, p, i) => (size(p) > size(all[best]) ? i : best), 0);
  });
  const gain = await page.$$eval("figure.sound audio", (all, i) => Number(all[i].dataset.gainDb), index);
  const matched = await page.evaluate(listen, index);
  await page.click("#match");
  const raw = await page.evaluate(listen, index);
  await page.click("#match");
  const found = 20 * Math.log10(matched / raw);
  expect(matched > 1e-4, `sound reaches the speakers (RMS ${matched.toFixed(4)})`);
  expect(Math.abs(found - gain) < 1.5, `matched loudness is ${gain} dB from raw (${found.toFixed(1)} dB measured)`);
}

async function look(browser, width, scheme) {
  const page = await browser.newPage();
  const [said, asked] = [[], []];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  page.on("request", (request) => {
    const url = request.url();
    if (url !== address && !url.startsWith("data:")) asked.push(url);
  });
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.evaluateOnNewDocument(meter);
  await page.goto(address, { waitUntil: "load" });
  const at = `${width} px, ${scheme}`;
  expect((await page.$$("h1")).length === 1, `${at}: it opens`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(wide <= width, `${at}: nothing sticks out sideways (${wide} px)`);
  // Folded tables are part of the page.
  await page.$$eval("details", (all) => all.forEach((d) => (d.open = true)));
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  for (const { impact, id, help, nodes } of violations) {
    console.log(`     axe: ${impact}: ${id}: ${help}: ${nodes[0].html.slice(0, 160)} (${nodes.length})`);
  }
  const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  expect(serious.length === 0, `${at}: axe-core finds nothing serious (${violations.length} minor)`);
  await page.$$eval("details", (all) => all.forEach((d) => (d.open = false)));
  if (width > 1000 && scheme === "light") await sounds(page);
  if (screenshots) {
    mkdirSync(screenshots, { recursive: true });
    await page.evaluate(() => window.scrollTo(0, 0));
    for (const anchor of await page.$$eval("main > section", (all) => all.map((s) => s.id))) {
      const section = await page.$(`#${anchor}`);
      const { x, y, width, height } = await section.boundingBox();
      const clip = { x: 0, y, width: x + width + x, height: Math.min(height, 2400) };
      await page.screenshot({ path: path.join(screenshots, `${anchor}-${at.replace(" px, ", "-")}.png`), clip });
    }
  }
  expect(asked.length === 0, `${at}: nothing is requested ${asked.slice(0, 3)}`);
  expect(said.length === 0, `${at}: the console is silent ${said.slice(0, 3)}`);
  await page.close();
}

await validate();
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--disable-dev-shm-usage"],
});
try {
  for (const scheme of ["light", "dark"]) {
    for (const width of [400, 1400]) await look(browser, width, scheme);
  }
} finally {
  await browser.close();
}
console.log(failures.length === 0 ? "the page is well" : `${failures.length} checks failed`);
process.exit(failures.length === 0 ? 0 : 1);

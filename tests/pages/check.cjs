"use strict";
// See `run`. Ends with one line a page, and with 1 where any has a finding.
const fs = require("fs");
const path = require("path");
const { pathToFileURL } = require("url");
const modules = process.env.NMSW_PAGES_MODULES;
const load = (name) => require(path.join(modules, name));
const puppeteer = load("puppeteer-core");
const { HtmlValidate } = load("html-validate");
const axeSource = fs.readFileSync(path.join(modules, "axe-core", "axe.min.js"), "utf8");
const [out, ...pages] = process.argv.slice(2);

const VIEWS = [
  { name: "wide", width: 1400, height: 1000, dark: false },
  { name: "dark", width: 1400, height: 1000, dark: true },
  { name: "narrow", width: 420, height: 900, dark: false }];

async function validated(file) {
  const validator = new HtmlValidate({
    extends: ["html-validate:standard"],
    rules: { "no-inline-style": "off", "long-title": "off", "require-sri": "off" } });
  const text = fs.readFileSync(file, "utf8").replace(/<script>[\s\S]*?<\/script>/g, "<script></script>");
  const report = await validator.validateString(text, file);
  return report.results.flatMap((one) => one.messages)
    .filter((message) => message.severity === 2)
    .map((message) => `html ${message.line}:${message.column} ${message.ruleId}: ${message.message}`);
}

// Controls do what they say: the first facet leaves fewer rows, a heading sorts, a curve goes.
async function tried(page) {
  return page.evaluate(() => {
    const findings = [];
    const rows = (article) => [...article.querySelectorAll("tbody tr")].filter((row) => !row.hidden).length;
    const facet = document.querySelector(".tools select");
    if (facet) {
      const article = facet.closest("article"), before = rows(article);
      facet.selectedIndex = 1;
      facet.dispatchEvent(new Event("change"));
      if (!(rows(article) < before && rows(article) > 0)) findings.push("a filter leaves the rows as they were");
      facet.selectedIndex = 0;
      facet.dispatchEvent(new Event("change"));
      if (rows(article) !== before) findings.push("a filter taken back does not bring the rows back");
    }
    const table = document.querySelector("#table2 table, article.table table");
    if (table) {
      const places = [...table.tBodies[0].rows];
      const head = [...[...table.tHead.rows].pop().cells].find((cell) => cell.classList.contains("value"));
      if (head) {
        const number = (row) => parseFloat(row.cells[head.cellIndex].textContent.replace("−", "-"));
        head.querySelector("button").click();
        const values = [...table.tBodies[0].rows].map(number).filter((value) => !Number.isNaN(value));
        if (values.some((value, i) => i > 0 && value < values[i - 1])) findings.push("a sorted column is not sorted");
        head.querySelector("button").click();
        head.querySelector("button").click();
        if ([...table.tBodies[0].rows].some((row, i) => row !== places[i])) findings.push("the third click does not restore the order");
      }
    }
    const key = document.querySelector("g.key[role=button]");
    if (key) {
      key.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
      const series = key.closest("svg").querySelector(`g.s[data-s="${key.dataset.s}"]`);
      if (getComputedStyle(series).visibility !== "hidden") findings.push("a curve that is off is seen");
      key.dispatchEvent(new MouseEvent("click"));
      if (getComputedStyle(series).visibility !== "visible") findings.push("a curve does not come back");
      const area = document.querySelector("rect.area");
      area.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
      const tip = document.querySelector(".tip");
      if (tip.hidden || !/\d/.test(tip.textContent)) findings.push("no value is shown by the arrow keys");
      area.dispatchEvent(new FocusEvent("blur"));
    }
    return findings;
  });
}

async function checkView(browser, file, view, findings) {
  const page = await browser.newPage();
  const say = (text) => findings.push(`${view.name}: ${text}`);
  page.on("console", (message) => { if (message.type() === "error") say(`console: ${message.text()}`); });
  page.on("pageerror", (error) => say(`script: ${error.message}`));
  page.on("request", (request) => {
    if (!/^(file|data|blob):/.test(request.url())) say(`request: ${request.url()}`);
  });
  await page.setViewport({ width: view.width, height: view.height });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: view.dark ? "dark" : "light" }]);
  await page.goto(pathToFileURL(path.resolve(file)).href, { waitUntil: "load", timeout: 240000 });
  const isCase = await page.$("#case");
  if (isCase) await page.waitForFunction("document.documentElement.dataset.ready === 'yes'", { timeout: 240000 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) say(`the page is ${wide} px wider than its window`);
  const stem = path.join(out, path.basename(path.dirname(file)) + "_" + path.basename(file, ".html") + "_" + view.name);
  await page.screenshot({ path: stem + ".png" });
  if (view.name !== "narrow") {
    // The page forbids scripts from elsewhere, not those that the browser's owner runs.
    await page.evaluate(axeSource);
    const result = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
    for (const violation of result.violations)
      say(`axe ${violation.id}: ${violation.help} (${violation.nodes.length}): ${violation.nodes[0].html.slice(0, 160)}`);
  }
  if (view.name === "wide") {
    for (const finding of await tried(page)) say(finding);
    const marks = await page.$$("section figure");
    for (const [place, mark] of [...marks.entries()].slice(0, 3)) await mark.screenshot({ path: `${stem}_figure${place}.png` });
  }
  await page.close();
}

(async () => {
  const browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium", headless: true, protocolTimeout: 600000,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
      "--no-first-run", "--hide-scrollbars", "--enable-unsafe-swiftshader"] });
  let hasFindings = false;
  for (const file of pages) {
    const findings = await validated(file);
    for (const view of VIEWS) await checkView(browser, file, view, findings);
    findings.forEach((finding) => console.log(`  ${finding}`));
    console.log(`${file}: ${findings.length} findings`);
    hasFindings = hasFindings || findings.length > 0;
  }
  await browser.close();
  process.exit(hasFindings ? 1 : 0);
})();

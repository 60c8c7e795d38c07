// Writes ui.css and ui.rtl.css from govuk-frontend, without its brand.
// The one rule: nothing of GOV.UK's identity (typeface, crest, crown, header, footer, colours) leaves here.
// Usage, by a maintainer, in this folder: npm install && node build.mjs
import { readFileSync, writeFileSync } from "node:fs";
import postcss from "postcss";
import rtlcss from "rtlcss";

const source = "node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.css";
const target = "../../src/duly/web/static/";
const note =
  "/* Made by tools/ui/build.mjs from govuk-frontend 6.6.0 (MIT, see LICENSE-govuk-frontend.txt),\n" +
  "   without its typeface, crest, header, footer and colours. Do not edit: theme.css overrides. */\n";

// Parts that are GOV.UK's identity, or that no page of ours uses and that need JavaScript.
const dropped =
  /\.govuk-(header|footer|generic-header|crest|cookie-banner|exit-this-page|accordion|tabs|character-count|file-upload|password-input|feedback|frontend-supported|skip-link-focused)/;

// GOV.UK's palette -> ours. A static colour that is not listed is a neutral or a tint of a tag.
const colours = {
  "#1d70b8": "#0b4f4a", // brand
  "#1a65a6": "#0a5c55", // link
  "#0f385c": "#06332f", // link hover
  "#54319f": "#5a3a78", // visited
  "#f4f8fb": "#f1f6f5", // surface
  "#8eb8dc": "#93bab5", // surface border
  "#0f7a52": "#1d6b3e", // success
  "#083d29": "#10401f",
  "#0b5c3e": "#15542f",
  "#ca3535": "#b3261e", // error
  "#982828": "#8c1d18",
  "#651b1b": "#5f1512",
  "#fd0": "#ffc857", // focus
  "#ffee80": "#ffe2a6",
  "#d2e2f1": "#d5e8e5", // tint of the brand
  "#cfe4dc": "#d3e8da", // tint of success
  "#00ffe0": "#ffc857",
};

function debrand(root) {
  root.walkAtRules("font-face", (rule) => rule.remove());
  root.walkRules((rule) => {
    const kept = rule.selectors.filter((selector) => !dropped.test(selector));
    if (kept.length === 0) rule.remove();
    else rule.selectors = kept;
  });
  root.walkDecls((decl) => {
    if (decl.value.includes("url(")) return decl.remove();
    if (decl.prop === "--govuk-frontend-version") return decl.remove();
    decl.value = decl.value.replace(/"?GDS Transport"?,\s*arial,\s*sans-serif/g, "var(--duly-font)");
    for (const [from, to] of Object.entries(colours)) {
      decl.value = decl.value.replace(new RegExp(from + "(?![0-9a-f])", "gi"), to);
    }
  });
  root.walkComments((comment) => comment.remove());
  root.walkAtRules((rule) => {
    if (rule.nodes && rule.nodes.length === 0) rule.remove();
  });
}

const css = postcss([debrand]).process(readFileSync(source, "utf8"), { from: undefined }).css;
for (const trace of [/GDS Transport/i, /crest/i, /crown/i, /url\(/i, /govuk-header/i, /govuk-footer/i, /#1d70b8/i]) {
  if (trace.test(css)) throw new Error(`${trace} is still in the sheet: extend build.mjs`);
}
// rtlcss turns everything but the arrow of a closed details element.
const arrow =
  "[dir=rtl] .govuk-details:not([open])>.govuk-details__summary:before{clip-path:polygon(100% 0,0 50%,100% 100%);" +
  "border-width:7px 12.124px 7px 0;border-right-color:inherit}\n";
writeFileSync(target + "ui.css", note + css + "\n");
writeFileSync(target + "ui.rtl.css", note + rtlcss.process(css) + "\n" + arrow);

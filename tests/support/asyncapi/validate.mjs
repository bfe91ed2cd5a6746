// Validates an AsyncAPI document with the initiative's own parser; says what is wrong on stderr.
import { createRequire } from "node:module";

const [modules, path] = process.argv.slice(2);
const { Parser, fromFile } = createRequire(`${modules}/`)("@asyncapi/parser");
const { document, diagnostics } = await fromFile(new Parser(), path).parse();
const WARNING = 1;
const wrong = diagnostics.filter((found) => found.severity <= WARNING);
for (const found of wrong) console.error(found.code, found.path.join("."), found.message);
process.exit(document === undefined || wrong.length > 0 ? 1 : 0);

// An endpoint as a host writes it in Node.js, with the standard's own library.
// node receiver.cjs PACKAGES PORT SECRET LOG: a line of LOG for each delivery that held, and
// `refused` for one that did not. One answer in twenty is an error after the line is written.
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");

const [packages, port, secret, log] = process.argv.slice(2);
const { Webhook } = require(path.join(packages, "node_modules", "standardwebhooks"));
const webhook = new Webhook(secret);
let taken = 0;

function held(body, headers) {
  try {
    const event = webhook.verify(body, headers);
    return event.id === headers["webhook-id"] ? event : null;
  } catch {
    return null;
  }
}

http
  .createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      const event = held(Buffer.concat(parts).toString("utf8"), request.headers);
      fs.appendFileSync(log, event ? `${event.id} ${event.subject}\n` : "refused\n");
      response.writeHead(!event ? 400 : ++taken % 20 ? 204 : 503).end();
    });
  })
  .listen(Number(port), "127.0.0.1");

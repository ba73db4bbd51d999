// node nodemailer.mjs LETTER PORT COUNT CONNECTIONS: what nodemailer's pool does with COUNT messages of the letter.
import { readFileSync } from "node:fs";
import nodemailer from "nodemailer";

const [, , file, port, count, connections] = process.argv;
const letter = JSON.parse(readFileSync(file, "utf8"));
const fill = (text, number) => text.replaceAll("{{name}}", `Person ${number}`).replaceAll("{{link}}", `https://letters.example.org/${number}`);
const transport = nodemailer.createTransport({
  host: "127.0.0.1", port: Number(port), secure: false, ignoreTLS: true, pool: true,
  maxConnections: Number(connections), maxMessages: Infinity,
});

const total = Number(count);
const before = process.cpuUsage();
const start = process.hrtime.bigint();
let next = 0;
async function worker() {
  while (next < total) {
    const number = next++;
    await transport.sendMail({
      from: "Desk <desk@example.org>", to: `person${number}@example.net`, subject: fill(letter.subject, number),
      text: fill(letter.text, number), html: fill(letter.html, number),
      envelope: { from: `bounces+${number}@example.org`, to: `person${number}@example.net` },
    });
  }
}
await Promise.all(Array.from({ length: Number(connections) }, worker));
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
const used = process.cpuUsage(before);
transport.close();
console.log(JSON.stringify({ count: total, seconds, cpu: (used.user + used.system) / 1e6 }));

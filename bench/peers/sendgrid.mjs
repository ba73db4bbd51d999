// node sendgrid.mjs LETTER BATCHES PORT: what @sendgrid/mail does with the letter, a thousand recipients a request.
import { readFileSync } from "node:fs";
import client from "@sendgrid/client";
import mail from "@sendgrid/mail";

const [, , file, batches, port] = process.argv;
const letter = JSON.parse(readFileSync(file, "utf8"));
client.setApiKey("SG.bench");
client.setDefaultRequest("baseUrl", `http://127.0.0.1:${port}/`);
mail.setClient(client);
mail.setSubstitutionWrappers("", "");

const before = process.cpuUsage();
const start = process.hrtime.bigint();
for (let batch = 0; batch < Number(batches); batch++) {
  await mail.send({
    from: letter.from, replyTo: letter.reply_to, headers: letter.headers, subject: "x",
    content: [{ type: "text/plain", value: letter.text }, { type: "text/html", value: letter.html }],
    trackingSettings: { clickTracking: { enable: false }, openTracking: { enable: false } },
    personalizations: letter.people.map((one) => ({
      to: { email: one.email, name: one.name }, subject: one.subject, substitutions: one.substitutions,
      headers: one.headers, customArgs: { attempt_id: one.attempt_id }, substitutionWrappers: ["", ""],
    })),
  });
}
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
const used = process.cpuUsage(before);
console.log(JSON.stringify({ count: letter.people.length * Number(batches), seconds, cpu: (used.user + used.system) / 1e6 }));

// Twilio's SDK for Node, as its documentation uses it, over kept connections. No ledger.
// node twiliosdk.mjs URL COUNT CONNECTIONS   with NODE_EXTRA_CA_CERTS set.
import twilio from "twilio";

const [url, count, connections] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const client = twilio("AC" + "0123456789abcdef".repeat(2), "token", { keepAlive: true, maxSockets: connections });
client.api.baseUrl = url;
const body = "Eastmarch Police: there is no threat to you. Read on at https://letters.example.org/w/abcdefghijklmnopqrstuv ";
const hook = "https://letters.example.org/hooks/twilio/status/abcdefghijklmnopqrstuvwxyz-1";
let next = 0;

async function work() {
  while (next < count) {
    const number = next++;
    await client.messages.create({
      to: `+447700900${String(number % 1000).padStart(3, "0")}`,
      from: "Example",
      body: body + number,
      statusCallback: hook,
      validityPeriod: 36000,
      smartEncoded: false,
    });
  }
}

const start = process.hrtime.bigint();
const before = process.cpuUsage();
await Promise.all(Array.from({ length: connections }, work));
const used = process.cpuUsage(before);
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
console.log(JSON.stringify({ count, seconds, cpu: (used.user + used.system) / 1e6 }));

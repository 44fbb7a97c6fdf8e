import { randomBytes } from "node:crypto";
import { createServer } from "node:http";

/** The bank's card service: not the shop's, so nobody sees inside it. Approves after 40 to 180 ms, declines one in thirty. */

async function authorize(request, response) {
	for await (const _ of request);
	await new Promise((resolve) => setTimeout(resolve, 40 + Math.random() * 140));
	const approved = Math.random() > 1 / 30;
	const body = approved
		? { approved, authorization: randomBytes(4).toString("hex").toUpperCase() }
		: { approved, reason: "insufficient funds" };
	response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
}

createServer({ keepAliveTimeout: 60_000 }, authorize).listen(Number(process.argv[2]), "127.0.0.1");
